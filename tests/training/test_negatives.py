"""What MNIST lacks: digits in every style, and what is none, each with its label."""

import numpy as np
import pytest

from digitlib.reading.loading import load_model
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.training import data
from digitlib.training.negatives import (
    LETTERS,
    OTHER_LETTERS,
    SIGNS,
    make_extra_samples,
)


@pytest.fixture(scope="module")
def signs():
    (images, _), _ = data.load_sample()
    return make_extra_samples(images, np.random.default_rng(0))


def test_signs_are_glyphs_with_labels(signs):
    glyphs, labels = signs
    assert glyphs.shape == (len(labels), 28, 28, 1)
    assert glyphs.dtype == np.float32
    assert glyphs.min() == 0
    assert glyphs.max() <= 1
    assert glyphs.max(axis=(1, 2, 3)).min() > 0.5  # none is empty
    counts = np.bincount(labels)
    assert counts[:NOT_A_DIGIT].min() > 200
    assert counts[NOT_A_DIGIT] > 5000


def test_same_seed_same_signs(signs):
    (images, _), _ = data.load_sample()
    again = make_extra_samples(images, np.random.default_rng(0))
    assert all(map(np.array_equal, signs, again))


def test_digits_among_them_are_what_their_label_says(signs):
    """By the shipped network: pens and print are no riddle."""
    glyphs, labels = signs
    digits = labels < NOT_A_DIGIT
    read = load_model("lenet").probabilities(glyphs[digits]).argmax(axis=1)
    assert (read == labels[digits]).mean() > 0.9


def test_no_letter_is_a_digit_in_disguise():
    assert not set("0123456789IlOoQSsZzbgqy|/") & set(LETTERS + OTHER_LETTERS)
    assert not set("|/\\()!0123456789") & set(SIGNS)
