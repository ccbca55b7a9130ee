"""Tests of `digitlib.workshop`, laid out as it is."""
