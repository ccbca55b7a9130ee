"""Text lines, runs, and the part of a picture that is read at once."""

import numpy as np

from digitlib.reading.segment import separate
from digitlib.reading.text_lines import cut_strip, find_lines
from tests.reading.test_segment import sheet


def boxes(ink):
    """Return the boxes of the ink, line by line and run by run."""
    lines = find_lines(separate(ink))
    return [[[region.box for region in run.regions] for run in line] for line in lines]


def test_no_ink_no_lines():
    assert find_lines([]) == []


def test_lines_go_from_top_to_bottom_and_left_to_right():
    low, high = (10, 60, 20, 90), (60, 10, 70, 40)
    beside = (30, 62, 40, 92)
    assert boxes(sheet(low, high, beside)) == [[[high]], [[low, beside]]]


def test_a_slanted_line_stays_one():
    """The last digit is as low as the whole first one is high."""
    slanted = [(20 * i, 12 * i, 20 * i + 8, 12 * i + 40) for i in range(5)]
    assert boxes(sheet(*slanted)) == [[slanted]]


def test_digits_that_jump_up_and_down_are_one_line():
    """The second and third share no height, but both share some with the first."""
    jumping = [(10, 30, 20, 90), (40, 70, 60, 96), (80, 8, 100, 66)]
    assert boxes(sheet(*jumping)) == [[jumping]]


def test_rows_that_overlap_a_little_are_two():
    above, below = (10, 10, 20, 50), (40, 44, 50, 84)
    assert boxes(sheet(above, below)) == [[[above]], [[below]]]


def test_a_wide_gap_divides_a_line_into_runs():
    left, near, far = (10, 20, 20, 60), (40, 20, 50, 60), (150, 20, 160, 60)
    assert boxes(sheet(left, near, far)) == [[[left, near], [far]]]


def test_a_strip_reaches_signs_at_its_ends_but_no_other_line():
    digits = (60, 40, 120, 80)
    minus, full_stop = (38, 58, 50, 62), (124, 74, 128, 79)
    other, distant = (10, 0, 50, 20), (180, 50, 190, 70)
    ink = sheet(digits, minus, full_stop, other, distant)
    assert cut_strip(ink, digits) == (38 - 8, 40 - 8, 128 + 8, 80 + 8)


def test_a_strip_stays_inside_the_picture():
    ink = np.ones((40, 100), np.float32)
    assert cut_strip(ink, (0, 0, 100, 40)) == (0, 0, 100, 40)
