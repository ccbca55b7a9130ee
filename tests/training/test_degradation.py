"""Degraded glyphs stay glyphs, and each degradation changes something."""

import numpy as np
import pytest

from digitlib.reading.preprocess import find_digits
from digitlib.training import degradation


@pytest.fixture
def glyphs(seven):
    return np.repeat(find_digits(seven)[0].glyph[None], 200, axis=0)


def test_a_third_is_degraded_each_differently(glyphs):
    before = glyphs.copy()
    degraded = degradation.degrade(glyphs, np.random.default_rng(0))
    assert np.array_equal(glyphs, before)  # the input is not changed
    assert (degraded.shape, degraded.dtype) == (glyphs.shape, np.float32)
    assert degraded.min() == 0
    assert degraded.max() == 1
    changed = (degraded != glyphs).any(axis=(1, 2, 3))
    assert 0.2 < changed.mean() < 0.5
    assert len(np.unique(degraded[changed], axis=0)) > 0.9 * changed.sum()


def test_same_seed_same_result(glyphs):
    one, other = (
        degradation.degrade(glyphs, np.random.default_rng(3)) for _ in range(2)
    )
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "degrade", degradation.DEGRADATIONS, ids=lambda degrade: degrade.__name__
)
def test_each_degradation_changes_the_glyph_and_leaves_the_digit(degrade, glyphs):
    glyph, random = glyphs[0, ..., 0], np.random.default_rng(0)
    for _ in range(20):
        degraded = degrade(glyph, random)
        assert degraded.shape == glyph.shape
        assert np.isfinite(degraded).all()
        change = np.abs(degraded - glyph).mean()
        assert 0 < change < 0.7


def test_probabilities_add_up():
    assert len(degradation.PROBABILITIES) == len(degradation.DEGRADATIONS)
    assert degradation.PROBABILITIES.sum() == pytest.approx(1)
