"""The steps are those of reading, and leaving one out changes the glyph."""

import numpy as np
import pytest
from PIL import Image

from digitlib.reading import ink
from digitlib.reading.preprocess import find_digits
from digitlib.reading.steps import leave_out, walk
from tests.conftest import ONE, SEVEN


@pytest.mark.parametrize("style", ink.STYLES)
def test_with_every_step_the_glyph_is_that_of_reading(style):
    drawing = ink.draw(ink.write(style, np.random.default_rng(0)))
    digit = find_digits(drawing)[-1]
    np.testing.assert_array_equal(leave_out(walk(drawing, digit)), digit.glyph)


def test_each_step_gives_what_it_promises(seven):
    (digit,) = find_digits(seven)
    steps = walk(seven, digit)
    np.testing.assert_array_equal(steps.grey, np.asarray(seven))
    assert steps.box == digit.box
    assert steps.ink[steps.grey == 0].min() > 0.9
    assert steps.ink[steps.grey == 255].max() < 0.1
    assert max(steps.fitted.shape) == 20


def test_the_box_is_in_the_pixels_of_the_ink():
    large = ink.draw(SEVEN).resize((2800, 2800), Image.Resampling.BICUBIC)
    (digit,) = find_digits(large)
    steps = walk(large, digit)
    left, top, right, bottom = steps.box
    outside = steps.ink.copy()
    outside[top:bottom, left:right] = 0
    assert steps.ink[top:bottom, left:right].max() > 0.9
    assert outside.max() < 0.5


@pytest.fixture
def small_seven():
    """The steps of a 7 in the upper left corner of its picture."""
    drawing = ink.draw([[(x / 3, y / 3) for x, y in SEVEN[0]]], pen_width=6)
    return walk(drawing, find_digits(drawing)[0])


def test_without_inversion_it_is_the_negative(small_seven):
    np.testing.assert_array_equal(
        leave_out(small_seven, invert=False), 1 - small_seven.glyph
    )


def test_without_centring_it_stays_in_its_corner(small_seven):
    rows, columns = np.nonzero(leave_out(small_seven, centred=False)[..., 0])
    assert rows.min() < 4
    assert columns.min() < 6
    assert np.ptp(rows) == 19


def test_without_cropping_it_stays_small(small_seven):
    rows, _ = np.nonzero(leave_out(small_seven, crop=False)[..., 0] > 0.5)
    assert np.ptp(rows) < 10
    assert abs(rows.mean() - 14) < 2, "it is centred, though"


def test_without_cropping_and_centring_it_is_the_whole_picture(small_seven):
    rows, columns = np.nonzero(
        leave_out(small_seven, crop=False, centred=False)[..., 0] > 0.5
    )
    assert rows.max() < 10
    assert columns.max() < 10


def test_a_wide_picture_without_cropping_is_in_the_middle():
    drawing = ink.draw(ONE, size=(560, 280))
    steps = walk(drawing, find_digits(drawing)[0])
    rows, columns = np.nonzero(leave_out(steps, crop=False, centred=False)[..., 0])
    assert 7 <= rows.min() < rows.max() <= 20
    assert columns.max() < 14
