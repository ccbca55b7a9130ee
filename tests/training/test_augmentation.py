"""Augmentation varies a glyph, within its contract, the same way for the same seed."""

import numpy as np

from digitlib.reading.preprocess import find_digits
from digitlib.training.augmentation import augment, random_affines


def glyphs_of(image, n):
    return np.repeat(find_digits(image)[0].glyph[None], n, axis=0)


def test_variations_keep_shape_and_range(seven):
    glyphs = glyphs_of(seven, 50)
    varied = augment(glyphs, np.random.default_rng(0))
    assert (varied.shape, varied.dtype) == (glyphs.shape, np.float32)
    assert varied.min() >= 0
    assert varied.max() <= 1
    assert len(np.unique(varied, axis=0)) == 50
    ink = varied.sum(axis=(1, 2, 3)) / glyphs.sum(axis=(1, 2, 3))
    assert 0.4 < ink.min() < ink.max() < 2


def test_input_is_left_alone(seven):
    glyphs = glyphs_of(seven, 3)
    before = glyphs.copy()
    augment(glyphs, np.random.default_rng(0))
    assert np.array_equal(glyphs, before)


def test_same_seed_same_variations(seven):
    glyphs = glyphs_of(seven, 5)
    one, other = (augment(glyphs, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, other)


def test_affine_maps_stay_near_the_centre():
    matrices = random_affines(1000, 28, np.random.default_rng(0))
    centre = matrices @ np.array([13.5, 13.5, 1])
    assert np.abs(centre - 13.5).max() <= 2
    areas = np.linalg.det(matrices[:, :, :2])
    assert 0.65 < areas.min() < areas.max() < 1.4
