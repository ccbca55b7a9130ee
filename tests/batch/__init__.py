"""Tests of `digitlib.batch`, one file per module."""
