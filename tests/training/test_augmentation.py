"""Augmented glyphs keep to the contract and depend only on the seed."""

import numpy as np

from digitlib.reading.preprocess import find_digits
from digitlib.training.augmentation import augment, random_affines


def glyphs_of(image, n):
    return np.repeat(find_digits(image)[0].glyph[None], n, axis=0)


def test_augmented_glyphs_keep_shape_and_range(seven):
    glyphs = glyphs_of(seven, 50)
    augmented = augment(glyphs, np.random.default_rng(0))
    assert (augmented.shape, augmented.dtype) == (glyphs.shape, np.float32)
    assert augmented.min() >= 0
    assert augmented.max() <= 1
    assert len(np.unique(augmented, axis=0)) == 50
    ink = augmented.sum(axis=(1, 2, 3)) / glyphs.sum(axis=(1, 2, 3))
    assert 0.4 < ink.min() < ink.max() < 2


def test_input_is_not_changed(seven):
    glyphs = glyphs_of(seven, 3)
    before = glyphs.copy()
    augment(glyphs, np.random.default_rng(0))
    assert np.array_equal(glyphs, before)


def test_same_seed_same_result(seven):
    glyphs = glyphs_of(seven, 5)
    one, other = (augment(glyphs, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, other)


def test_affine_maps_stay_near_the_centre():
    matrices = random_affines(1000, 28, np.random.default_rng(0))
    centre = matrices @ np.array([13.5, 13.5, 1])
    assert np.abs(centre - 13.5).max() <= 2
    areas = np.linalg.det(matrices[:, :, :2])
    assert 0.65 < areas.min() < areas.max() < 1.4
