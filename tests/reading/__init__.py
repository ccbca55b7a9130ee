"""Tests of `digitlib.reading`, laid out as it is."""
