"""Grad-CAM finds the places that a prediction depends on, where they are known."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.evaluation import gradcam
from digitlib.reading import ink, manifest
from digitlib.reading.preprocess import find_digits
from digitlib.training.backend import keras

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)

layers = keras.layers
CORNERS = {0: (4, 4), 1: (4, 23), 2: (23, 4), 3: (23, 23)}  # by digit: row, column


@pytest.fixture
def by_corner():
    """A handmade network: ink in a corner is evidence for its digit and against 9."""
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(1, 5, activation="relu"),  # (n, 24, 24, 1): the ink nearby
            layers.AveragePooling2D(12),  # (n, 2, 2, 1): the ink of each quarter
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    weights = np.zeros((4, 10), np.float32)
    weights[range(4), range(4)] = 9
    weights[:, 9] = -9
    kernel = np.full((5, 5, 1, 1), 0.04, np.float32)
    network.set_weights([kernel, np.zeros(1), weights, np.zeros(10)])
    return network


@pytest.fixture
def four_dots():
    """A glyph with the same ink in all four corners."""
    glyph = np.zeros((28, 28, 1), np.float32)
    for y, x in CORNERS.values():
        glyph[y - 2 : y + 3, x - 2 : x + 3] = 1
    return glyph


def dot(y, x):
    glyph = np.zeros((28, 28, 1), np.float32)
    glyph[y, x] = 1
    return glyph


def load(name):
    return keras.models.load_model(manifest.MODELS / f"{name}.keras", compile=False)


@pytest.mark.parametrize(("digit", "corner"), CORNERS.items())
def test_map_is_high_at_the_evidence(by_corner, digit, corner):
    heat = gradcam.grad_cam(by_corner, dot(*corner))  # of the most probable digit
    assert (heat.shape, heat.dtype) == ((28, 28), np.float32)
    assert heat[corner] == heat.max() == 1
    others = [place for place in CORNERS.values() if place != corner]
    assert not any(heat[place] for place in others)


def test_only_evidence_for_the_digit_is_shown(by_corner, four_dots):
    assert gradcam.grad_cam(by_corner, four_dots, label=0).any()
    assert not gradcam.grad_cam(by_corner, four_dots, label=9).any()


def test_most_probable_digit_is_explained_unless_told_otherwise():
    """Of two channels, one detects bright ink for a 4, the other faint ink for a 6."""
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(2, 1, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    kernel = np.array([1, -1], np.float32).reshape(1, 1, 1, 2)
    weights = np.zeros((2, 10), np.float32)
    weights[0, 4], weights[1, 6] = 9, 90
    network.set_weights([kernel, np.array([-0.5, 0.25]), weights, np.zeros(10)])
    glyph = np.full((28, 28, 1), 0.3, np.float32)  # neither bright nor faint
    glyph[5, 5], glyph[20, 20] = 1, 0
    assert gradcam.grad_cam(network, glyph)[20, 20] == 1  # the 6
    assert gradcam.grad_cam(network, glyph, label=4)[5, 5] == 1
    assert gradcam.grad_cam(network, glyph, label=4)[20, 20] == 0


@pytest.mark.parametrize("name", ["lenet", "cnn"])
def test_gradients_match_small_changes(name, seven):
    """The gradients are computed again by changing a channel up and down."""
    network, (found,) = load(name), find_digits(seven)
    end = gradcam._last_stage(network) + 1
    *inner, last = network.layers[end:]
    maps = gradcam._run(network.layers[:end], found.glyph[None])
    gradients = gradcam._gradients(network.layers[end:], maps, 7)
    maps = np.asarray(maps)
    largest = np.abs(gradients.mean(axis=(0, 1))).argsort()[-4:]
    for channel in largest:
        nudge = np.zeros_like(maps)
        nudge[..., channel] = 1e-3
        pair = np.concatenate([maps + nudge, maps - nudge])
        up, down = gradcam._run(inner, pair) @ last.kernel[:, 7, None]
        expected = float(up[0] - down[0]) / 2e-3
        assert gradients[..., channel].sum() == pytest.approx(
            expected, rel=0.05, abs=0.01
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "first", "step"), [("lenet", 6.5, 2), ("cnn", 1.5, 4)]
)
def test_maps_are_placed_at_their_receptive_fields(name, first, step):
    """The dots that change an element of the maps are around its place in the glyph."""
    network = load(name)
    body = network.layers[: gradcam._last_stage(network) + 1]
    assert gradcam._grid(body) == (first, step)
    blank = np.asarray(gradcam._run(body, np.zeros((1, 28, 28, 1), np.float32)))
    receptive_field = np.zeros(
        (28, 28), bool
    )  # the dots that change the element at (3, 3)
    for y, x in np.ndindex(28, 28):
        maps = np.asarray(gradcam._run(body, dot(y, x)[None]))
        receptive_field[y, x] = (maps != blank)[0, 3, 3].any()
    rows = np.flatnonzero(receptive_field.any(axis=1))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(first + 3 * step, abs=0.5)


@pytest.mark.parametrize("name", ["lenet", "cnn"])
def test_evidence_is_on_and_beside_the_digit(name):
    """The corners hold neither ink nor anything near it, and no evidence."""
    network = load(name)
    for style in ("9", "2", "4 open"):
        (found,) = find_digits(ink.draw(ink.write(style)))
        heat = gradcam.grad_cam(network, found.glyph)
        assert heat.max() == 1
        assert heat[4:24, 4:24].mean() > 2 * heat[[0, 0, 27, 27], [0, 27, 0, 27]].mean()


def test_network_without_convolutions_says_which_has_them(four_dots):
    with pytest.raises(ModelError, match="convolutions, such as cnn"):
        gradcam.grad_cam(load("mlp"), four_dots)


def test_paint_draws_dark_ink_on_orange_paper():
    heat = np.zeros((28, 28), np.float32)
    heat[:2, :2] = 1
    painted = gradcam.paint(dot(0, 0), heat)
    assert (painted.shape, painted.dtype) == ((28, 28, 3), np.uint8)
    assert painted[0, 0].tolist() == [60] * 3
    assert painted[1, 1].tolist() == [213, 94, 0]
    assert (painted[2:, 2:] == 255).all()


def heats(glyph):
    return [gradcam.grad_cam(load(name), glyph) for name in ("lenet", "cnn")]


@pytest.mark.slow
def test_same_map_on_torch(seven):
    if find_spec("torch") is None:
        pytest.skip("needs PyTorch: make test TORCH=yes")
    glyph = find_digits(seven)[0].glyph
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, spawn) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("KERAS_BACKEND", "torch")
        there = process.submit(heats, glyph).result()
    for a, b in zip(heats(glyph), there, strict=True):
        assert np.allclose(a, b, atol=1e-4)
