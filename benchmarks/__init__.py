"""Speed and memory of the project, measured on this machine: `make bench`."""
