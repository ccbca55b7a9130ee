"""Tests of `app`, laid out as it is."""
