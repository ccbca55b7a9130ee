"""Ink is segmented into digits, in reading order and without specks."""

import numpy as np

from digitlib.reading.segment import separate, take_apart


def sheet(*boxes, height=100, width=200):
    """Return ink in the given boxes: left, top, right, bottom."""
    ink = np.zeros((height, width), np.float32)
    for left, top, right, bottom in boxes:
        ink[top:bottom, left:right] = 1
    return ink


def segments(ink):
    """Return the digits of each region's first hypothesis."""
    return [each for region in separate(ink) for each in next(region.hypotheses())]


def boxes(ink):
    return [segment.box for segment in segments(ink)]


def test_no_ink_no_digits():
    assert separate(sheet()) == []


def test_one_component_is_one_digit_with_its_box():
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


def dotted(*boxes):
    """Return the box of the only region with its dots; None if it has no dot."""
    (region,) = separate(sheet(*boxes))
    return region.dotted and region.dotted.box


def test_a_dot_above_or_below_may_belong_to_a_sign():
    stem = (50, 30, 58, 70)
    assert dotted(stem, (56, 8, 64, 16)) == (50, 8, 64, 70)
    assert dotted(stem, (50, 82, 58, 90)) == (50, 30, 58, 90)


def test_a_point_beside_and_a_line_below_are_no_dots():
    stem = (50, 20, 58, 60)
    assert dotted(stem) is None
    assert dotted(stem, (70, 52, 78, 60)) is None
    assert dotted(stem, (20, 75, 120, 79)) is None
    assert dotted(stem, (50, 91, 58, 99)) is None  # too far away


def test_object_at_the_edge_is_no_digit():
    digit, desk = (50, 20, 70, 60), (0, 80, 200, 100)
    assert boxes(sheet(digit, desk)) == [digit]


def test_digit_that_touches_the_edge_is_kept():
    cut_off, whole = (180, 20, 200, 70), (100, 20, 120, 70)
    assert boxes(sheet(cut_off, whole)) == [whole, cut_off]
    assert boxes(sheet(cut_off)) == [cut_off]


def test_neighbour_is_not_in_the_segment():
    """A 1 is under the arm of a wide 7: the boxes overlap, the ink must not mix."""
    ink = sheet((20, 20, 100, 28), (20, 28, 28, 90), (60, 60, 70, 95))
    assert sum(segment.ink.sum() for segment in segments(ink)) == ink.sum()


def test_texture_of_thousands_of_specks_is_limited():
    ink = np.zeros((1000, 1000), np.float32)
    ink[::4, ::4] = 1  # 62,500 components
    assert len(separate(ink)) <= 200


def hypotheses(ink):
    """Return how many digits each hypothesis has, region by region."""
    return [[len(each) for each in region.hypotheses()] for region in separate(ink)]


def test_near_strokes_may_be_one_digit():
    left, right = (30, 20, 45, 60), (52, 20, 60, 80)
    assert hypotheses(sheet(left, right)) == [[2, 1]]
    assert hypotheses(sheet(left, (100, 20, 108, 80))) == [[1], [1]]


def test_strokes_that_overlap_are_more_likely_one_digit():
    ell = sheet((30, 20, 36, 60), (30, 54, 50, 60))
    assert hypotheses(ell + sheet((46, 20, 54, 50))) == [[1, 2]]


def test_frame_around_a_digit_is_no_digit():
    digit = (70, 30, 80, 70)
    frame = sheet((40, 10, 110, 90)) - sheet((43, 13, 107, 87))
    assert boxes(sheet(digit) + frame) == [digit]


def test_solid_object_at_the_edge_is_no_digit():
    digit, thumb = (50, 30, 75, 80), (120, 0, 160, 40)
    assert boxes(sheet(digit, thumb)) == [digit]


def test_neighbours_far_below_are_other_lines():
    above, below = (50, 5, 60, 45), (50, 60, 60, 98)
    assert boxes(sheet(below, above)) == [above, below]


def test_a_digit_at_the_edge_is_read_beside_a_small_stroke():
    digit, speck = (20, 0, 60, 90), (90, 20, 94, 45)
    ink = sheet(digit, speck)
    ink[20:70, 30:50] = 0  # makes it a ring, so that it is not solid
    assert boxes(ink) == [digit]


def test_a_digit_cut_at_a_corner_is_kept_beside_a_speck():
    digit, speck = (50, 30, 160, 200), (20, 125, 26, 137)
    ink = sheet(digit, speck, height=200, width=160)
    ink[50:180, 70:140] = 0
    assert digit in boxes(ink)


def test_a_digit_at_the_edge_is_kept_beside_its_own_dash():
    body, dash = (0, 49, 52, 156), (64, 44, 136, 55)
    ink = sheet(body, dash, height=174, width=174)
    ink[70:140, 10:40] = 0
    assert boxes(ink) == [body]


def test_only_the_pieces_of_one_digit_join_however_tall_they_get():
    pieces = (40, 10, 90, 30), (40, 34, 90, 54), (40, 58, 90, 78)
    assert len(take_apart(sheet(*pieces)).regions) == 3
    (only,) = take_apart(sheet(*pieces), is_one_digit=True).regions
    assert only.box == (40, 10, 90, 78)


def test_a_shadows_edge_across_a_corner_is_no_digit():
    ink = sheet((120, 40, 130, 65))
    ink[np.arange(100), np.arange(100)] = 1
    ink[np.arange(100), np.arange(100) + 1] = 1
    assert boxes(ink) == [(120, 40, 130, 65)]
