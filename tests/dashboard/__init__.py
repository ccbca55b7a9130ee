"""Tests of `digitlib.dashboard`, laid out as it is."""
