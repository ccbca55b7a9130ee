"""Tests of `app`, one file per subject."""
