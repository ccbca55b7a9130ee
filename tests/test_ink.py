"""Strokes to picture: ink where the pen went, nowhere else."""

import numpy as np

from digitlib import ink


def test_nothing_drawn_is_white_paper():
    assert np.asarray(ink.draw([], size=(30, 20))).tolist() == [[255] * 30] * 20


def test_single_point_is_a_dot_of_the_pen_width():
    black = np.asarray(ink.draw([[(50, 40)]], size=(100, 80), pen_width=10)) < 128
    rows, columns = np.nonzero(black)
    assert (rows.mean().round(), columns.mean().round()) == (40, 50)
    assert 8 <= np.ptp(columns) + 1 <= 12


def test_line_has_the_pen_width_and_stops_at_the_edge():
    picture = np.asarray(ink.draw([[(-50, 40), (500, 40)]], size=(100, 80)))
    width = (picture[:, 50] < 128).sum()
    assert abs(width - ink.PEN_WIDTH) <= 1


def test_empty_stroke_is_ignored():
    assert np.array_equal(ink.draw([[]]), ink.draw([]))
