"""Tests of `digitlib.dashboard`, one file per module."""
