"""Tests of `digitlib.plots`, laid out as it is."""
