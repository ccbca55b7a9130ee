"""Whole lines are counted, and errors for each sign."""

import numpy as np
import pytest

from digitlib.evaluation import lines
from digitlib.reading.results import Digit, Line, Reading


def test_spaces_and_line_breaks_do_not_count():
    figures = lines.score(["12 3\n4", "1,5", ""], ["1234", "1.5", "12"])
    assert figures == {"lines": 3, "exact": 1 / 3, "error_rate": 3 / 9}


def test_each_kind_is_read_as_pictures(monkeypatch):
    grey = np.full((40, 90), 255, np.uint8)
    made = [("pen", [(grey, "1.5"), (grey, "2")]), ("comb", [(grey, "1.5")])]
    monkeypatch.setattr(lines, "load", lambda: iter(made))

    class Fake:
        def read(self, picture):
            assert picture.size == (90, 40)
            digit = Digit("1", 0.9, np.zeros(10), (0, 0, 1, 1), np.zeros((28, 28, 1)))
            return Reading((Line("1.5", digit.box, (digit,)),))

    measured = lines.measure(Fake())
    assert {kind: each["exact"] for kind, each in measured.items()} == {
        "pen": 0.5,
        "comb": 1,
    }
    assert measured["pen"]["error_rate"] == pytest.approx(3 / 4)
