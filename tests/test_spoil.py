"""Spoiled glyphs stay glyphs, and each way of spoiling does something."""

import numpy as np
import pytest

from digitlib import spoil
from digitlib.preprocess import find_digits


@pytest.fixture
def glyphs(seven):
    return np.repeat(find_digits(seven)[0].glyph[None], 200, axis=0)


def test_a_third_is_spoiled_each_in_its_own_way(glyphs):
    before = glyphs.copy()
    spoiled = spoil.spoil(glyphs, np.random.default_rng(0))
    assert np.array_equal(glyphs, before)  # the input is left alone
    assert (spoiled.shape, spoiled.dtype) == (glyphs.shape, np.float32)
    assert spoiled.min() == 0
    assert spoiled.max() == 1
    changed = (spoiled != glyphs).any(axis=(1, 2, 3))
    assert 0.2 < changed.mean() < 0.5
    assert len(np.unique(spoiled[changed], axis=0)) > 0.9 * changed.sum()


def test_same_seed_same_result(glyphs):
    one, other = (spoil.spoil(glyphs, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("way", spoil.WAYS, ids=lambda way: way.__name__)
def test_each_way_changes_the_glyph_and_leaves_the_digit(way, glyphs):
    glyph, random = glyphs[0, ..., 0], np.random.default_rng(0)
    for _ in range(20):
        spoiled = way(glyph, random)
        assert spoiled.shape == glyph.shape
        assert np.isfinite(spoiled).all()
        change = np.abs(spoiled - glyph).mean()
        assert 0 < change < 0.7


def test_shares_add_up():
    assert len(spoil.SHARES) == len(spoil.WAYS)
    assert spoil.SHARES.sum() == pytest.approx(1)
