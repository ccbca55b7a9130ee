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


def test_rotation_by_90_degrees_turns_a_line():
    rotated = tta.rotate(np.stack([line(False), line(True)]), 90)
    assert (rotated.shape, rotated.dtype) == ((2, 28, 28, 1), np.float32)
    assert np.allclose(rotated, [line(True), line(False)], atol=1e-4)


def test_positive_angles_are_anticlockwise():
    glyph = np.zeros((1, 28, 28, 1), np.float32)
    glyph[0, 13:15, 22:24] = 1  # on the right, so it moves up
    assert tta.rotate(glyph, 30)[0, :12].sum() > 3
    assert tta.rotate(glyph, -30)[0, 16:].sum() > 3


def test_rotation_by_0_changes_nothing_and_the_range_is_kept():
    glyphs = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    assert tta.rotate(glyphs, 0) is glyphs
    rotated = tta.rotate(glyphs, 7)
    assert rotated.min() >= 0
    assert rotated.max() <= 1
    assert tta.rotate(glyphs[:0], 7).shape == (0, 28, 28, 1)


def how_high(glyphs: np.ndarray) -> np.ndarray:
    """A fake network that predicts a 1 for ink in the upper part, else a 2."""
    above = glyphs[:, :12].sum(axis=(1, 2)) > 3  # (n, 1)
    predictions = np.full((len(glyphs), 10), 1e-9, np.float32)
    predictions[:, 1:3] = np.where(above, [0.9, 0.1], [0.2, 0.8])
    return predictions


def test_sure_predictions_stand_alone():
    """The rotated glyphs are predicted only where the first prediction is unsure."""
    shown = []

    def network(glyphs):
        shown.append(len(glyphs))
        sure = glyphs.sum(axis=(1, 2)) > 1  # (n, 1)
        return np.where(sure, np.eye(10)[3], np.full(10, 0.1)).astype(np.float32)

    empty = np.zeros((28, 28, 1), np.float32)
    glyphs = np.stack([line(True), empty, line(False), empty])
    predictions = tta.predict(network, glyphs, (0.0, -7.0, 7.0))
    assert shown == [4, 4]  # all four, then two of them in two rotations
    assert predictions[[0, 2], 3].tolist() == [1, 1]
    assert np.allclose(predictions[[1, 3]], 0.1)


@pytest.mark.parametrize("n", [1, 3, BATCH_SIZE + 1])
def test_probabilities_are_the_geometric_mean_over_rotations(n):
    dot = np.zeros((28, 28, 1), np.float32)
    dot[13:15, 22:24] = 1  # in the upper part after the first rotation only
    glyphs = np.stack([dot, line(False), *[dot] * n])[:n]
    model = Model("fake", how_high, tta_rotations=(30.0, 0.0, -30.0))
    predictions = model.probabilities(glyphs)
    mixed = np.cbrt([0.9 * 0.2**2, 0.1 * 0.8**2])
    mixed /= mixed.sum()
    expected = [mixed, [0.9, 0.1], *[mixed] * n][:n]
    assert np.allclose(predictions[:, 1:3], expected, atol=1e-6)
    assert np.allclose(predictions.sum(axis=1), 1)


def test_one_temperature_scales_each_prediction_and_the_average_alike():
    predictions = np.random.default_rng(0).dirichlet(np.ones(11), (2, 50))

    def cooled(probabilities):
        scaled = probabilities ** (1 / 1.7)
        return scaled / scaled.sum(axis=-1, keepdims=True)

    assert np.allclose(
        tta.average(cooled(predictions)), cooled(tta.average(predictions))
    )


def test_a_prediction_of_zero_still_averages_to_numbers():
    predictions = np.eye(10, dtype=np.float32)[[[3], [5]]]
    assert np.allclose(tta.average(predictions)[0, [3, 5]], 0.5)


def test_shipped_networks_use_the_rotations_of_their_recipes():
    for name, recipe in RECIPES.items():
        assert load_model(name).tta_rotations == recipe.tta_rotations


def test_two_rotations_have_a_lower_loss_than_none(mnist):
    """On the first 2,000 test digits the mean loss is 0.017 against 0.022."""
    _, (images, labels) = mnist
    cnn = load_model()
    losses = [
        -np.log(
            model.probabilities(to_glyphs(images[:2000]))[range(2000), labels[:2000]]
        )
        for model in (cnn, Model("upright", cnn._network))
    ]
    assert losses[0].mean() < losses[1].mean()
