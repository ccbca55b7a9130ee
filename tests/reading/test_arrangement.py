"""How large the text of a reading is shown, and how many digits are folded."""

import numpy as np
import pytest

from digitlib.reading.arrangement import COLUMNS, MOST_LISTED, arrange
from digitlib.reading.results import Digit, Line, Reading


def line(text, confidence=0.99):
    """A line that says this; a "?" is a digit that was rejected."""
    box = (0, 0, 9, 9)
    glyph = np.zeros((28, 28, 1), np.float32)
    row = np.full(10, 0.0, np.float32)
    digits = (Digit(each, confidence, row, box, glyph) for each in text if each != " ")
    return Line(text, box, tuple(digits))


def arranged(*lines):
    return arrange(Reading(lines).to_dict())


@pytest.mark.parametrize(
    ("texts", "columns"),
    [
        (["7"], 3),
        (["2047"], 6),
        (["1", "2", "3"], 6),
        (["1 2 3 4 5 6"], 12),
        (["123456789012"] * 9, 24),
        (["1" * 36], 36),
        (["1" * 19] * 22, 48),
        (["1" * 99], 48),
    ],
)
def test_a_longer_text_is_smaller(texts, columns):
    assert columns in COLUMNS
    shown = arranged(*map(line, texts))
    assert shown.columns == columns
    assert shown.may_scroll == (columns > 12)


def test_few_digits_are_listed_as_they_are():
    shown = arranged(line("1?" * (MOST_LISTED // 2)))
    assert shown.summary == ""
    assert shown.order == tuple((i, "") for i in range(MOST_LISTED))


def test_of_many_digits_those_in_doubt_come_first():
    shown = arranged(line("12? 45", 0.9), line("?7", 0.7), line("12345678", 0.8))
    assert shown.summary == "15 digits: 13 sure, 2 in doubt"
    places = dict(shown.order)
    assert sorted(places) == list(range(15)), "each digit once"
    assert list(places)[:4] == [2, 5, 6, 7]
    assert places[2] == "line 1, digit 3"
    assert places[5] == "line 2, digit 1"
    assert places[14] == "line 3, digit 8"
    assert list(places)[-4:] == [0, 1, 3, 4], "the surest are last"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("1" * 13, "13 digits, none in doubt"),
        ("?" * 13, "13 digits, all in doubt"),
        ("1" * 12 + "?", "13 digits: 12 sure, 1 in doubt"),
    ],
)
def test_the_sentence_counts(text, summary):
    shown = arranged(line(text))
    assert shown.summary == summary
    assert dict(shown.order)[12] == "digit 13", "the only line has no number"


@pytest.mark.parametrize("result", [{}, {"error": {"message": "It is no picture."}}])
def test_an_error_has_nothing_to_list(result):
    assert arrange(result).order == ()
