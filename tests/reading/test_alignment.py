"""The ink of a line, shared out among its signs."""

import numpy as np

from digitlib.reading import ink
from digitlib.reading.alignment import share_out


def drawn(*strokes, width=300):
    picture = ink.draw(list(strokes), (width, 280), 14)
    return 1 - np.asarray(picture.convert("L"), np.float32) / 255


def moved(stroke, right):
    return [(x + right, y) for x, y in stroke]


def zero(middle):
    """A pointed 0, 100 pixels wide, with its middle at this x."""
    corners = [(-50, 140), (0, 40), (50, 140), (0, 240), (-50, 140)]
    return [(middle + x, y) for x, y in corners]


def test_ink_apart_goes_to_the_nearest_middle():
    line = drawn(zero(70), zero(200))
    owners = share_out(line, np.array([70.0, 200.0]))
    visible = line > 0.5
    assert (owners[:, :130][visible[:, :130]] == 0).all()
    assert (owners[:, 140:][visible[:, 140:]] == 1).all()
    assert (owners[~visible] == -1).all()


def test_a_loose_stroke_goes_to_the_sign_beside_it():
    bar = [(150, 60), (190, 60)]  # the bar of a 5, apart from its bow
    owners = share_out(drawn(zero(70), zero(215), bar), np.array([70.0, 210.0]))
    assert owners[60, 170] == 1


def test_touching_digits_are_cut_where_they_touch():
    line = drawn(zero(70), zero(170))  # they meet at 120
    owners = share_out(line, np.array([75.0, 160.0]))
    left, right = (np.flatnonzero((owners == i).any(axis=0)) for i in (0, 1))
    assert 104 <= left[-1] <= 136
    assert 104 <= right[0] <= 136


def test_three_in_one_piece_are_cut_twice():
    line = drawn(zero(60), zero(160), zero(260), width=330)
    owners = share_out(line, np.array([60.0, 160.0, 260.0]))
    widths = [np.ptp(np.flatnonzero((owners == i).any(axis=0))) for i in range(3)]
    assert all(85 <= width <= 130 for width in widths)


def test_no_ink_belongs_to_nobody():
    owners = share_out(np.zeros((20, 30), np.float32), np.array([5.0]))
    assert (owners == -1).all()
