"""Ink is taken apart into digits, in reading order, without specks."""

import numpy as np

from digitlib.segment import separate


def sheet(*boxes, height=100, width=200):
    """Ink in the given boxes: left, top, right, bottom."""
    ink = np.zeros((height, width), np.float32)
    for left, top, right, bottom in boxes:
        ink[top:bottom, left:right] = 1
    return ink


def boxes(ink):
    return [piece.box for piece in separate(ink)]


def test_no_ink_no_digits():
    assert separate(sheet()) == []


def test_one_piece_is_one_digit_with_its_box():
    assert boxes(sheet((30, 20, 50, 70))) == [(30, 20, 50, 70)]


def test_line_is_read_from_left_to_right():
    right, left, middle = (150, 30, 170, 70), (10, 25, 30, 65), (80, 35, 100, 75)
    assert boxes(sheet(right, left, middle)) == [left, middle, right]


def test_lines_are_read_from_top_to_bottom():
    first, second = (100, 5, 120, 45), (140, 8, 160, 48)
    third = (20, 55, 40, 95)
    assert boxes(sheet(third, second, first)) == [first, second, third]


def test_loose_top_joins_the_digit_below_it():
    assert boxes(sheet((50, 20, 80, 25), (50, 32, 75, 80))) == [(50, 20, 80, 80)]


def test_specks_and_dashes_are_no_digits():
    digit, speck, dash = (50, 20, 80, 80), (10, 10, 13, 13), (120, 50, 160, 54)
    assert boxes(sheet(digit, speck, dash)) == [digit]


def test_object_at_the_edge_is_no_digit():
    digit, desk = (50, 20, 70, 60), (0, 80, 200, 100)
    assert boxes(sheet(digit, desk)) == [digit]


def test_digit_that_touches_the_edge_is_kept():
    cut_off, whole = (180, 20, 200, 70), (100, 20, 120, 70)
    assert boxes(sheet(cut_off, whole)) == [whole, cut_off]
    assert boxes(sheet(cut_off)) == [cut_off]


def test_neighbour_is_not_in_the_cut():
    """A 1 under the arm of a wide 7: the boxes overlap, the ink must not mix."""
    ink = sheet((20, 20, 100, 28), (20, 28, 28, 90), (60, 60, 70, 95))
    pieces = separate(ink)
    assert sum(piece.ink.sum() for piece in pieces) == ink.sum()


def test_texture_of_thousands_of_specks_ends_soon():
    ink = np.zeros((1000, 1000), np.float32)
    ink[::4, ::4] = 1  # 62,500 pieces
    assert len(separate(ink)) <= 200
