"""Tests of `digitlib.classset`, laid out as it is."""
