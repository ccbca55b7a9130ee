"""Tests of `digitlib.workshop`, one file per module."""
