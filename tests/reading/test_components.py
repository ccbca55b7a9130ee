"""Components that cannot be writing are dropped, and counted."""

import numpy as np

from digitlib.reading.components import find_components, usual_height
from digitlib.reading.segment import take_apart


def sheet(*boxes, height=400, width=600):
    ink = np.zeros((height, width), np.float32)
    for left, top, right, bottom in boxes:
        ink[top:bottom, left:right] = 1
    return ink


def row(n, height, left=40, top=100):
    return [(left + 40 * i, top, left + 40 * i + 8, top + height) for i in range(n)]


def test_the_usual_height_is_that_of_most_writing():
    found = find_components(sheet(*row(6, 50), (30, 10, 590, 90)))
    assert usual_height(found) == 50


def test_what_edges_cut_off_does_not_set_the_usual_height():
    found = find_components(sheet(*row(3, 30), (560, 0, 600, 400)))
    assert usual_height(found) == 30


def test_slivers_and_objects_at_the_edges_are_dropped_and_counted():
    desk, border = (0, 300, 600, 400), (0, 20, 3, 250)
    found = find_components(sheet(*row(6, 50), desk, border))
    assert len(found.boxes) == 6
    assert found.left_out.at_edge == 2


def test_small_marks_are_counted():
    dots = [(50 + 30 * i, 300, 54 + 30 * i, 309) for i in range(8)]
    found = find_components(sheet(*row(4, 90), *dots))
    separated = take_apart(sheet(*row(4, 90), *dots))
    assert len(found.boxes) - found.left_out.small <= 12
    assert [each.box[3] - each.box[1] for each in separated.regions[:4]] == [90] * 4


def test_a_thousand_digits_are_kept():
    boxes = [
        (30 + 24 * column, 20 + 40 * line, 38 + 24 * column, 48 + 40 * line)
        for line in range(25)
        for column in range(40)
    ]
    separated = take_apart(sheet(*boxes, height=1040, width=1000))
    assert len(separated.regions) == 1000
    assert separated.left_out.many == separated.left_out.small == 0
    order = [each.box[:2] for each in separated.regions]
    assert order == sorted(order, key=lambda place: (place[1], place[0]))


def test_rows_close_together_stay_apart():
    """Their gap is a tenth of their height."""
    rows = [*row(5, 60, top=50), *row(5, 60, top=116), *row(5, 60, top=182)]
    assert len(take_apart(sheet(*rows)).regions) == 15


def test_small_writing_below_a_large_one_is_kept():
    large, small = row(2, 150, left=200, top=20), row(8, 30, top=300)
    assert len(take_apart(sheet(*large, *small)).regions) == 10


def test_a_single_low_mark_beside_writing_is_counted_as_small():
    separated = take_apart(sheet(*row(4, 90), (500, 300, 512, 318)))
    assert len(separated.regions) == 4
    assert separated.left_out.small == 1
