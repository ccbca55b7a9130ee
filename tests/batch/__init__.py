"""Tests of `digitlib.batch`, laid out as it is."""
