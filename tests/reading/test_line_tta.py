"""A line is read in other shapes only in doubt, and all shapes vote."""

import numpy as np
import pytest

from digitlib.reading import ctc
from digitlib.reading.line_tta import read_strip


def network(*answers):
    """Return a fake network that gives these texts and confidences one by one."""
    rest, shapes = iter(answers), []

    def run(strips):
        text, confidence = next(rest)
        shapes.append(strips.shape)
        rows = np.full((4 * len(text) + 1, ctc.CLASSES), 1e-6)
        rows[:, ctc.BLANK] = 1
        for i, each in enumerate(ctc.encode(text)):
            rows[4 * i + 2, :-1] = (1 - confidence) / (ctc.CLASSES - 2)  # no "?"
            rows[4 * i + 2, each] = confidence
        return np.log(rows)[None].astype(np.float32)

    return run, shapes


STRIP = np.zeros((40, 100), np.float32)


def test_a_sure_reading_stands_alone():
    run, shapes = network(("12", 0.96))
    reading = read_strip(run, STRIP)
    assert reading.text == "12"
    assert reading.confidences == pytest.approx([0.96, 0.96], abs=1e-3)
    assert reading.places == pytest.approx(np.array([[2, 3, 2.5], [6, 7, 6.5]]) / 9)
    assert shapes == [(1, 40, 100, 1)]
    assert read_strip(network(("", 1.0))[0], STRIP).text == ""


def test_in_doubt_all_shapes_vote():
    run, shapes = network(("12", 0.6), ("17", 0.8), ("17", 0.5), ("127", 0.9))
    reading = read_strip(run, STRIP)
    assert reading.text == "17"  # 0.64 + 0.25 against 0.36 and 0.73
    assert len(shapes) == 4
    assert {shape[1] for shape in shapes} == {40}
    assert len({shape[2] for shape in shapes}) == 4
    assert reading.probabilities.sum(axis=1) == pytest.approx([1, 1], abs=1e-3)
    assert (reading.confidences < 0.8).all()
