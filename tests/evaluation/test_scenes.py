"""Made-up scenes hold what they say, in the light that they say."""

import io

import numpy as np
import pytest
from PIL import Image

from digitlib.evaluation import scenes, writing
from digitlib.evaluation.writing import Hand
from digitlib.reading.preprocess import find_digits, to_pixels
from digitlib.reading.straight_lines import find_lines


def pixels(scene):
    picture = Image.open(io.BytesIO(scene.file)).convert("RGB")
    return np.asarray(picture).astype(float)


@pytest.fixture
def hand(seven, one):
    """Somebody who can write 7 and 1 only, and takes a 7 for a 2."""
    images = [to_pixels(find_digits(each)[0].glyph) for each in (seven, one, seven)]
    return Hand(np.stack(images), np.array([7, 1, 2]), np.random.default_rng(0))


@pytest.mark.parametrize("kind", scenes.KINDS)
def test_scenes_can_be_made_again(kind, hand):
    first = scenes.KINDS[kind](hand)
    again = Hand(hand.images, hand.labels, np.random.default_rng(0))
    assert first == scenes.KINDS[kind](again)
    assert set(first.text) <= set("712")
    assert first.text


def test_corners_are_dark(hand):
    for _ in range(5):
        grey = pixels(scenes.dark_corners(hand)).mean(axis=2)
        corners = [grey[:9, :9], grey[:9, -9:], grey[-9:, :9], grey[-9:, -9:]]
        assert min(map(np.mean, corners)) < 0.8 * np.percentile(grey, 95)


def test_a_frame_is_on_every_side(hand):
    for _ in range(5):
        grey = pixels(scenes.frame(hand))
        middle = np.median(grey, axis=(0, 1))
        for edge in (grey[0], grey[-1], grey[:, 0], grey[:, -1]):
            assert np.abs(np.median(edge, axis=0) - middle).max() > 10


def test_paper_is_ruled(hand):
    """Somewhere in each direction many pixels of the paper are darker than its own."""
    for kind, turns in ((scenes.ruled, 1), (scenes.squared, 2)):
        levels = pixels(kind(hand)).mean(axis=2)
        darker = (levels < np.median(levels) - 8).astype(np.uint8)
        found = [len(find_lines(each)) for each in (darker, darker.T.copy())]
        assert sum(n > 1 for n in found) >= turns


def test_a_tight_digit_reaches_the_edges(hand):
    for _ in range(5):
        levels = pixels(scenes.tight_16(hand))[..., 0]
        assert levels.shape == (16, 16)
        ink = levels > 60
        assert (ink[0].any() and ink[-1].any()) or (
            ink[:, 0].any() and ink[:, -1].any()
        )


def test_digits_of_a_page_are_as_high_as_said(hand):
    page = writing.rows(hand, 40, 5, 3, gap=0.5)
    assert page.ink.shape == (3 * 40 + 2 * 20, 5 * 60)
    assert len(page.text) == 15
    assert (page.ink[:40].max(axis=0) > 0.5).any()
    assert page.ink[40:60].max() == 0  # the gap


def test_a_long_stroke_is_longer_than_the_digit_is_high(hand):
    page = writing.long_stroke(hand, 100)
    columns = np.flatnonzero((page.ink > 0.5).any(axis=0))
    assert page.text == "2"
    assert columns[-1] - columns[0] > 140


def test_a_hand_writes_only_what_the_network_reads(hand):
    probabilities = np.zeros((3, 10))
    probabilities[0, 7], probabilities[1, 1], probabilities[2, 7] = 0.999, 0.6, 0.999
    chosen = scenes.choose_hand(hand.images, hand.labels, probabilities, seed=0)
    assert chosen.labels.tolist() == [7]  # the second is not sure, the third is wrong
