"""A grey line becomes ink strength against its paper, 40 pixels high."""

import cv2
import numpy as np
import pytest

from digitlib.reading.strips import HEIGHT, pad, to_strip


def write(light=230, dark=40, size=(60, 200), x=20):
    """Write a number on a piece of paper."""
    paper = np.full(size, light, np.uint8)
    cv2.putText(paper, "4711", (x, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.4, dark, 3)
    return paper


def test_ink_is_one_and_paper_nothing():
    strip = to_strip(write())
    assert strip.dtype == np.float32
    assert strip.shape[0] == HEIGHT
    assert strip.max() == pytest.approx(1, abs=0.02)
    assert np.median(strip) < 0.02
    assert 0.05 < (strip > 0.5).mean() < 0.4


@pytest.mark.parametrize("levels", [(230, 40), (120, 60), (40, 230), (250, 200)])
def test_same_strip_in_any_light_faint_or_inverted(levels):
    usual, other = to_strip(write()), to_strip(write(*levels))
    assert other.shape == usual.shape
    assert np.abs(other - usual).mean() < 0.03


def test_shadow_is_no_ink():
    slope = np.linspace(1, 0.5, 200)
    strip = to_strip((write() * slope).astype(np.uint8))
    assert np.median(strip) < 0.05


def test_empty_rows_are_cut_away_and_faint_noise_is_not_ink():
    tall = cv2.copyMakeBorder(write(), 40, 40, 0, 0, cv2.BORDER_CONSTANT, value=230)
    rows = np.flatnonzero((to_strip(tall) > 0.5).any(axis=1))
    assert rows[-1] - rows[0] > 0.5 * HEIGHT  # of 8 without the cut
    noise = np.random.default_rng(0).integers(225, 231, (50, 150)).astype(np.uint8)
    assert to_strip(noise).max() < 0.5


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (2000, 2), (40, 320)])
def test_any_shape_is_taken(shape):
    strip = to_strip(np.full(shape, 200, np.uint8))
    assert strip.shape[0] == HEIGHT
    assert strip.shape[1] >= 1


def test_batch_has_paper_behind_the_shorter_strips():
    batch = pad([np.ones((HEIGHT, 30), np.float32), np.ones((HEIGHT, 61), np.float32)])
    assert batch.shape == (2, HEIGHT, 64, 1)
    assert batch[0, :, 30:].max() == 0
    assert pad([np.ones((HEIGHT, 90), np.float32)], 60).shape == (1, HEIGHT, 60, 1)
