"""Test-time augmentation: a glyph is rotated, and the predictions are averaged."""

import numpy as np
import pytest

from digitlib.reading import tta
from digitlib.reading.loading import load_model
from digitlib.reading.predict import BATCH_SIZE, Model
from digitlib.reading.preprocess import to_glyphs
from digitlib.training.recipe import RECIPES


def line(horizontal: bool) -> np.ndarray:
    glyph = np.zeros((28, 28, 1), np.float32)
    glyph[13:15, 4:24] = 1
    return glyph if horizontal else glyph.swapaxes(0, 1)


def test_quarter_rotation_lays_a_line_down():
    rotated = tta.rotate(np.stack([line(False), line(True)]), 90)
    assert (rotated.shape, rotated.dtype) == ((2, 28, 28, 1), np.float32)
    assert np.allclose(rotated, [line(True), line(False)], atol=1e-4)


def test_above_nothing_is_anticlockwise():
    glyph = np.zeros((1, 28, 28, 1), np.float32)
    glyph[0, 13:15, 22:24] = 1  # at the right: it goes up
    assert tta.rotate(glyph, 30)[0, :12].sum() > 3
    assert tta.rotate(glyph, -30)[0, 16:].sum() > 3


def test_no_rotation_changes_nothing_and_none_leaves_the_range():
    glyphs = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    assert tta.rotate(glyphs, 0) is glyphs
    rotated = tta.rotate(glyphs, 7)
    assert rotated.min() >= 0
    assert rotated.max() <= 1
    assert tta.rotate(glyphs[:0], 7).shape == (0, 28, 28, 1)


def how_high(glyphs: np.ndarray) -> np.ndarray:
    """A pretended network: where ink is above it is surer of a 1, else of a 2."""
    above = glyphs[:, :12].sum(axis=(1, 2)) > 3  # (n, 1)
    answers = np.full((len(glyphs), 10), 1e-9, np.float32)
    answers[:, 1:3] = np.where(above, [0.9, 0.1], [0.2, 0.8])
    return answers


@pytest.mark.parametrize("n", [1, 3, BATCH_SIZE + 1])
def test_answer_is_the_geometric_mean_over_the_rotations_of_each_glyph(n):
    dot = np.zeros((28, 28, 1), np.float32)
    dot[13:15, 22:24] = 1  # above at the first rotation only
    glyphs = np.stack([dot, line(False), *[dot] * n])[:n]
    model = Model("pretended", how_high, tta_rotations=(30.0, 0.0, -30.0))
    answers = model.probabilities(glyphs)
    mixed = np.cbrt([0.9 * 0.2**2, 0.1 * 0.8**2])
    mixed /= mixed.sum()
    expected = [mixed, [0.9, 0.1], *[mixed] * n][:n]
    assert np.allclose(answers[:, 1:3], expected, atol=1e-6)
    assert np.allclose(answers.sum(axis=1), 1)


def test_one_temperature_scales_each_prediction_and_the_average_alike():
    predictions = np.random.default_rng(0).dirichlet(np.ones(11), (2, 50))

    def cooled(probabilities):
        scaled = probabilities ** (1 / 1.7)
        return scaled / scaled.sum(axis=-1, keepdims=True)

    assert np.allclose(
        tta.average(cooled(predictions)), cooled(tta.average(predictions))
    )


def test_a_prediction_that_excludes_a_digit_leaves_numbers():
    predictions = np.eye(10, dtype=np.float32)[[[3], [5]]]
    assert np.allclose(tta.average(predictions)[0, [3, 5]], 0.5)


def test_shipped_networks_use_the_rotations_of_their_recipes():
    for name, recipe in RECIPES.items():
        assert load_model(name).tta_rotations == recipe.tta_rotations


def test_two_rotations_are_less_surprised_than_none(mnist):
    """By the first 2,000 test digits' labels: 0.017 against 0.022, on average."""
    _, (images, labels) = mnist
    cnn = load_model()
    surprise = [
        -np.log(
            model.probabilities(to_glyphs(images[:2000]))[range(2000), labels[:2000]]
        )
        for model in (cnn, Model("upright", cnn._network))
    ]
    assert surprise[0].mean() < surprise[1].mean()
