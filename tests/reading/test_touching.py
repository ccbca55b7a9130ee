"""Touching digits are split where a path crosses the least ink."""

import numpy as np

from digitlib.reading import ink
from digitlib.reading.touching import ink_box, split

ZERO = [(50 + 40 * np.cos(a), 100 + 60 * np.sin(a)) for a in np.linspace(0, 6.3, 40)]


def drawn(*strokes, width=300):
    return 1 - np.asarray(ink.draw(strokes, (width, 200), 12), np.float32) / 255


def moved(stroke, right):
    return [(x + right, y) for x, y in stroke]


def zeros(n):
    """Return zeros in a row, each joined to the next by a short bridge."""
    bridges = [[(90 + 110 * i, 100), (120 + 110 * i, 100)] for i in range(n - 1)]
    return drawn(*(moved(ZERO, 110 * i) for i in range(n)), *bridges, width=110 * n)


def test_two_zeros_that_touch_are_two():
    left, right = split(zeros(2))[0]
    assert np.allclose(left + right, zeros(2))
    assert 96 <= ink_box(left > 0.5)[2] <= 114
    assert 96 <= ink_box(right > 0.5)[0] <= 114


def test_three_are_three():
    assert len(split(zeros(3))[0]) == 3


def test_narrow_or_solid_ink_is_not_split():
    assert split(drawn([(50, 20), (45, 180)])) == []
    assert split(drawn([(20, 40), (120, 40), (60, 180)])) == []


def test_no_ink_is_not_split():
    assert split(np.zeros((20, 30), np.float32)) == []
