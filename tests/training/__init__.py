"""Tests of `digitlib.training`, laid out as it is."""
