"""Extra samples: digits in every style, and negatives, each with its label."""

import numpy as np
import pytest

from digitlib.reading.loading import load_model
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.training import data
from digitlib.training.negatives import (
    LETTERS,
    OTHER_LETTERS,
    SYMBOLS,
    make_extra_samples,
)


@pytest.fixture(scope="module")
def samples():
    (images, _), _ = data.load_sample()
    return make_extra_samples(images, np.random.default_rng(0))


@pytest.mark.slow
def test_extra_samples_are_glyphs_with_labels(samples):
    glyphs, labels = samples
    assert glyphs.shape == (len(labels), 28, 28, 1)
    assert glyphs.dtype == np.float32
    assert glyphs.min() == 0
    assert glyphs.max() <= 1
    assert glyphs.max(axis=(1, 2, 3)).min() > 0.5  # none is empty
    counts = np.bincount(labels)
    assert counts[:NOT_A_DIGIT].min() > 200
    assert counts[NOT_A_DIGIT] > 5000


@pytest.mark.slow
def test_same_seed_same_samples(samples):
    (images, _), _ = data.load_sample()
    again = make_extra_samples(images, np.random.default_rng(0))
    assert all(map(np.array_equal, samples, again))


@pytest.mark.slow
def test_digits_among_them_have_the_right_labels(samples):
    """The shipped network reads the digits drawn by pen and the printed ones."""
    glyphs, labels = samples
    digits = labels < NOT_A_DIGIT
    read = load_model("lenet").probabilities(glyphs[digits]).argmax(axis=1)
    assert (read == labels[digits]).mean() > 0.9


def test_no_negative_looks_like_a_digit():
    assert not set("0123456789IlOoQSsZzbgqy|/") & set(LETTERS + OTHER_LETTERS)
    assert not set("|/\\()!0123456789") & set(SYMBOLS)
