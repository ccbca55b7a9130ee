"""Each corruption changes a glyph as described, and depends only on the seed."""

import numpy as np
import pytest

from digitlib.evaluation.corruptions import CORRUPTIONS
from digitlib.reading.preprocess import ink_box


@pytest.fixture(scope="module")
def glyphs():
    """A square and a bar, twenty times each."""
    shapes = np.zeros((2, 28, 28, 1), np.float32)
    shapes[0, 9:19, 9:19] = 1
    shapes[1, 4:24, 12:15] = 1
    return np.repeat(shapes, 20, axis=0)


def corrupt(name, glyphs, seed=0):
    return CORRUPTIONS[name](glyphs, np.random.default_rng(seed))


def test_there_are_fifteen():
    assert len(CORRUPTIONS) == 15


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_shape_is_kept_and_the_input_is_not_changed(name, glyphs):
    before = glyphs.copy()
    corrupted = corrupt(name, glyphs)
    assert (corrupted.shape, corrupted.dtype) == (glyphs.shape, np.float32)
    assert 0 <= corrupted.min() <= corrupted.max() <= 1
    assert np.abs(corrupted - glyphs).max() > 0.1
    assert np.array_equal(glyphs, before)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_same_seed_same_corruption(name, glyphs):
    assert np.array_equal(corrupt(name, glyphs, 3), corrupt(name, glyphs, 3))


def boxes(glyphs):
    return np.array([ink_box(glyph[..., 0] > 0.4) for glyph in glyphs])


def test_translation_is_by_three_pixels_to_a_corner(glyphs):
    moved = boxes(corrupt("translate", glyphs)) - boxes(glyphs)
    assert np.abs(moved).tolist() == [[3, 3, 3, 3]] * len(glyphs)
    assert len(np.unique(moved, axis=0)) == 4


def test_scaling_is_to_seven_tenths(glyphs):
    ink = corrupt("scale", glyphs).sum(axis=(1, 2, 3)) / glyphs.sum(axis=(1, 2, 3))
    assert np.allclose(ink, 0.7**2, atol=0.03)


def test_rotation_is_by_23_degrees(glyphs):
    rows, columns = np.nonzero(corrupt("rotate", glyphs)[30, ..., 0] > 0.5)
    slope = np.polyfit(rows, columns, 1)[0]
    assert abs(np.degrees(np.arctan(slope))) == pytest.approx(23, abs=2)


def test_salt_and_pepper_hit_a_sixth_of_the_pixels(glyphs):
    hit = corrupt("impulse_noise", glyphs) != glyphs
    assert hit.mean() == pytest.approx(0.17 / 2, abs=0.01)  # half of them stay alike


def test_stripes_invert_the_sides(glyphs):
    striped = corrupt("stripe", glyphs)[..., 0]
    assert (striped[:, :, :7] == 1).all()
    assert np.array_equal(striped[:, :, 7:21], glyphs[:, :, 7:21, 0])


def test_lines_add_ink_only(glyphs):
    for name in ("dotted_line", "zigzag"):
        added = corrupt(name, glyphs) - glyphs
        assert added.min() >= 0
        assert (added.sum(axis=(1, 2, 3)) > 5).all()


def test_outlines_leave_the_inside_empty(glyphs):
    outline = corrupt("canny_edges", glyphs)[0, ..., 0]
    assert outline[12:16, 12:16].max() == 0
    assert outline.sum() > 30
