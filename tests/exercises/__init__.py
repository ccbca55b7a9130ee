"""Tests of `digitlib.exercises`, laid out as it is."""
