"""Tests of `digitlib.classset`, one file per module."""
