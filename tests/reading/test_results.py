"""What a Reading contains, and how it is shown."""

import json

import numpy as np
import pytest

from digitlib.reading import Digit, Line, Reading, show_confidence


def digit(label, box):
    row = np.full(10, 0.01, np.float32)
    row[int(label)] = 0.9
    return Digit(label, 0.9, row, box, np.zeros((28, 28, 1), np.float32))


ONE, TWO, SIX = (
    digit("1", (0, 0, 9, 20)),
    digit("2", (30, 5, 40, 25)),
    digit("6", (0, 40, 9, 60)),
)


def test_text_and_digits_go_line_by_line():
    reading = Reading((Line("1-2", (0, 0, 40, 25), (ONE, TWO)), *Reading.of(SIX).lines))
    assert (reading.text, reading.digits) == ("1-2\n6", (ONE, TWO, SIX))


def test_digits_alone_are_one_line_with_the_box_of_all():
    (line,) = Reading.of(ONE, TWO).lines
    assert (line.text, line.box, line.digits) == ("12", (0, 0, 40, 25), (ONE, TWO))
    assert Reading.of() == Reading(())


def test_reading_is_plain_json():
    reading = Reading((Line("1-2", (0, 0, 40, 25), (ONE, TWO)), *Reading.of(SIX).lines))
    plain = json.loads(json.dumps(reading.to_dict(), allow_nan=False))
    assert set(plain) == {"text", "message", "lines", "digits"}
    assert plain["lines"] == [
        {"text": "1-2", "box": [0, 0, 40, 25], "digits": [0, 1], "cells": []},
        {"text": "6", "box": [0, 40, 9, 60], "digits": [2], "cells": []},
    ]
    first = plain["digits"][0]
    assert set(first) == {"label", "confidence", "probabilities", "box", "accepted"}
    assert len(first["probabilities"]) == 10


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (0, "0.0 %"),
        (0.9531, "95.3 %"),
        (0.99899, "99.9 %"),
        (0.999, "99.9 %"),
        (np.float32(0.999), "99.9 %"),  # a little more than 0.999
        (0.999001, "over 99.9 %"),
        (0.9991, "over 99.9 %"),
        (1, "over 99.9 %"),
        (np.float32(1), "over 99.9 %"),
    ],
)
def test_confidence_is_never_shown_as_100_percent(probability, shown):
    assert show_confidence(probability) == shown
