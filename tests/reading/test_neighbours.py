"""A network is taught somebody's hand, and keeps what it knew."""

import numpy as np
import pytest

from digitlib.reading import find_digits, load_model, neighbours
from digitlib.reading.ink import draw, write


@pytest.fixture(scope="module")
def model():
    return load_model("cnn")


def written(style, n, seed=0):
    random = np.random.default_rng(seed)
    drawings = [draw(write(style, random)) for _ in range(n)]
    return np.array([find_digits(drawing)[0].glyph for drawing in drawings])


def test_it_learns_a_shape_that_it_read_otherwise(model):
    """Somebody's 1 looks like a 7 to the network, until it is told."""
    hand = neighbours.learn(model, written("7 hooked", 8), np.full(8, 1))
    taught = neighbours.teach(model, hand)
    others = written("7 hooked", 5, seed=1)
    assert set(model.probabilities(others).argmax(axis=1)) == {7}
    assert set(taught.probabilities(others).argmax(axis=1)) == {1}
    assert taught.read(draw(write("7 hooked"))).text == "1"


def test_it_keeps_its_answers_to_other_shapes(model):
    hand = neighbours.learn(model, written("7 hooked", 8), np.full(8, 1))
    taught = neighbours.teach(model, hand)
    for style in ("0", "2", "3", "8", "5"):
        others = written(style, 3, seed=1)
        assert set(taught.probabilities(others).argmax(axis=1)) == {int(style)}


def test_a_vote_keeps_the_sum_and_no_digit_votes_on_itself(model):
    glyphs = written("4 open", 3)
    hand = neighbours.learn(model, glyphs[:1], np.array([9]))
    answers = np.full((1, 11), 0.05, np.float32)
    voted = hand.vote(hand.features, answers)
    assert voted.sum() == pytest.approx(answers.sum())
    assert voted[0].argmax() == 9
    assert np.allclose(hand.vote(hand.features, answers, but_own=True), answers)


def test_a_label_must_be_a_digit(model):
    with pytest.raises(ValueError, match="must be a digit"):
        neighbours.learn(model, written("1", 1), np.array([10]))
