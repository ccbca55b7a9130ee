"""Measure the speed and memory of the project on this machine: `make bench`."""
