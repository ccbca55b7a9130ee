"""Tests of `digitlib.evaluation`, laid out as it is."""
