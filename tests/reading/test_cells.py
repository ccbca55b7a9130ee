"""The cells of a form are found, and an empty one stays a gap."""

import numpy as np
import pytest

from digitlib.reading.cells import fill_cells, find_posts


def strip_of(posts, width=300):
    strip = np.zeros((40, width), np.float32)
    for x in posts:
        strip[2:38, x - 1 : x + 1] = 1
    return strip


EVEN = [10, 41, 70, 100, 131, 160, 190, 221, 250, 280]


def test_evenly_spaced_posts_are_found_where_they_are():
    assert find_posts(strip_of(EVEN)) == [x - 0.5 for x in EVEN]


@pytest.mark.parametrize(
    "posts",
    [
        [],
        [150],
        [40, 100, 160],  # three 1s
        [20, 45, 90, 160, 170, 240],  # strokes
    ],
)
def test_strokes_that_are_not_even_are_no_posts(posts):
    assert find_posts(strip_of(posts)) == []


def test_a_stroke_inside_a_cell_changes_nothing():
    assert find_posts(strip_of([*EVEN, 55, 112])) == [x - 0.5 for x in EVEN]


def test_a_texture_is_no_form():
    assert find_posts(np.ones((40, 300), np.float32)) == []
    assert find_posts(strip_of(range(5, 300, 3))) == []


POSTS = [10.0, 40.0, 70.0, 100.0, 130.0]


def test_empty_cells_stay():
    signs = [("1", 15.0, 25.0), ("4", 105.0, 125.0)]
    assert fill_cells(POSTS, signs) == ("1", "", "", "4")
    assert fill_cells(POSTS, signs[:1]) == ("1", "", "", "")
    assert fill_cells(POSTS, []) == ("", "", "", "")


def test_the_outer_posts_may_be_cut_off():
    signs = [("1", 0.0, 8.0), ("2", 135.0, 150.0)]
    assert fill_cells(POSTS, signs) == ("1", "", "", "", "", "2")


@pytest.mark.parametrize(
    "signs",
    [
        [("1", 12.0, 20.0), ("2", 25.0, 38.0)],  # two in a cell
        [("0", 20.0, 60.0)],  # wider than a cell
        [("1", 300.0, 310.0)],  # far from the form
        [("1", 38.0, 42.0)],  # is the post itself
    ],
)
def test_writing_that_keeps_to_no_cells_has_none(signs):
    assert fill_cells(POSTS, signs) == ()
