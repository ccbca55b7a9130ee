"""Tests of `digitlib.web`, one file per module."""
