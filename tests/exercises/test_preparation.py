"""The checks of lesson 2 take every right answer, and no wrong one or nonsense."""

import numpy as np
import pytest

from digitlib import exercises
from digitlib.reading import ink, load_model
from tests.conftest import SEVEN

PICTURE = ink.draw(SEVEN)


@pytest.fixture(scope="module")
def model():
    return load_model()


def thinner(mask):
    result = np.zeros_like(mask)
    for y in range(1, len(mask) - 1):
        for x in range(1, len(mask[0]) - 1):
            around = [mask[y - 1, x], mask[y + 1, x], mask[y, x - 1], mask[y, x + 1]]
            result[y, x] = mask[y, x] and all(around)
    return result


def with_a_wrapped_edge(mask):
    around = [np.roll(mask, by, axis) for by in (-1, 1) for axis in (0, 1)]
    return mask & np.all(around, axis=0)


def with_corners(mask):
    height, width = mask.shape
    padded = np.pad(mask, 1)
    shifts = [(y, x) for y in range(3) for x in range(3)]
    return np.all([padded[y : y + height, x : x + width] for y, x in shifts], axis=0)


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (None, "first"),
        (lambda mask: mask, "it returns [[True, True, True]"),
        (np.zeros_like, "it returns [[False, False, False]"),
        (with_a_wrapped_edge, "it returns [[True, True, True]"),
        (with_corners, "is wrong"),
        (lambda mask: mask[1:-1], "shape"),
    ],
)
def test_wrong_ways_to_thin_are_refused(answer, remark, capsys):
    exercises.check_thinner(answer)
    printed = capsys.readouterr().out
    assert printed.startswith("Not yet.")
    assert remark in printed


def test_the_right_way_to_thin_is_taken(capsys):
    exercises.check_thinner(thinner)
    assert capsys.readouterr().out == "Right!\n"


def test_a_drawing_is_taken_if_it_is_read_as_wanted(model, capsys):
    exercises.check_drawing(model.read(PICTURE), "3")
    exercises.check_drawing(model.read(ink.draw([])), "3")
    exercises.check_drawing(model.read(PICTURE), "7")
    assert capsys.readouterr().out.splitlines() == [
        "Not yet. The network reads 7.",
        "Not yet. The network reads nothing.",
        "Right!",
    ]


def test_only_the_first_angle_that_fails_is_taken(model, capsys):
    for angle in (None, "30", 15, 0, 400):
        exercises.check_turn(angle, PICTURE, model)
        assert "one of the angles" in capsys.readouterr().out
    verdicts = []
    for angle in range(10, 360, 10):
        exercises.check_turn(angle, PICTURE, model)
        verdicts.append(capsys.readouterr().out)
    assert verdicts.count("Right!\n") == 1
    first = verdicts.index("Right!\n")
    assert all("still read" in verdict for verdict in verdicts[:first])
    assert any("smaller angle" in verdict for verdict in verdicts[first + 1 :])
