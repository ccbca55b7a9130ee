"""Grad-CAM: the places whose findings, in the last convolutions, speak for an answer.

Beside `explain.occlusion_map`, which asks a saved network from outside: this one looks
inside, and so needs Keras. Lesson 04 shows the two side by side.
"""

from typing import Any

import cv2
import numpy as np

from digitlib.errors import ModelError
from digitlib.reading.explain import ORANGE, PAPER
from digitlib.reading.preprocess import SIDE
from digitlib.training.backend import keras

INK = np.array([60, 60, 60])  # not black, so that the colour beside it is seen


def grad_cam(
    network: keras.Model, glyph: np.ndarray, label: int | None = None
) -> np.ndarray:
    """Find where a network with convolutions sees its reasons for a digit.

    Every channel of the last convolution stage counts as much as the digit's score,
    taken before the softmax, grows with it. What they find is added up, and what speaks
    against the digit is left out.

    Args:
        network: layer after layer, the last dense, as those of `training.networks` are.
        glyph: (28, 28, 1) float32 in [0, 1], ink 1.
        label: the digit whose reasons are looked for; None for the most probable one.

    Returns:
        (28, 28) float32 in [0, 1]: 1 in the place of the strongest reasons; 0
        everywhere where there are none. It is as coarse as the maps that it comes from.

    Raises:
        ModelError: the network has no convolutions.

    Source of the method: R. Selvaraju et al., "Grad-CAM: Visual explanations from deep
    networks via gradient-based localization" (2017).
    """
    end = _last_stage(network) + 1
    body, head = network.layers[:end], network.layers[end:]
    maps = _run(body, keras.ops.convert_to_tensor(glyph[None]))
    if label is None:
        label = int(_to_numpy(_run(head, maps)).argmax())
    slopes = _slopes(head, maps, label)
    reasons = np.maximum(_to_numpy(maps) @ slopes.mean(axis=(0, 1)), 0)
    placed = _place(reasons, *_grid(body))
    return placed / (placed.max() or 1)


def paint(glyph: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Colour the places that a map like `grad_cam`'s marks, with the ink upon them.

    Args:
        glyph: (28, 28, 1) float32 in [0, 1], ink 1.
        heat: (28, 28) float32 in [0, 1].

    Returns:
        (28, 28, 3) uint8, RGB: dark ink on white paper, which is orange where `heat`
        is 1.
    """
    ground = PAPER + heat[..., None] * (ORANGE - PAPER)
    return np.rint(ground + glyph * (INK - ground)).astype(np.uint8)


def _last_stage(network: keras.Model) -> int:
    """Which layer's ReLU gives the last maps: the finest findings that have a place."""
    stages = [
        i
        for i, layer in enumerate(network.layers)
        if getattr(layer, "activation", None) is keras.activations.relu
        and len(layer.output.shape) == 4
    ]
    if not stages:
        raise ModelError("Grad-CAM needs a network with convolutions, such as cnn.")
    return stages[-1]


def _run(layers: list[keras.Layer], numbers: Any) -> Any:
    for layer in layers:
        numbers = layer(numbers)
    return numbers


def _slopes(head: list[keras.Layer], maps: Any, label: int) -> np.ndarray:
    """How fast a digit's score grows with each number of the maps.

    Returns:
        (height, width, channels), of the maps' shape.
    """
    *inner, last = head

    def score(maps: Any) -> Any:  # but for a constant
        return keras.ops.sum(_run(inner, maps) @ last.kernel[:, label, None])

    if keras.backend.backend() == "torch":
        maps = maps.detach().requires_grad_()
        score(maps).backward()
        return _to_numpy(maps.grad)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(maps)
        height = score(maps)
    return _to_numpy(tape.gradient(height, maps))


def _to_numpy(tensor: Any) -> np.ndarray:
    """The first and only entry of a batch."""
    return keras.ops.convert_to_numpy(tensor)[0]


def _grid(body: list[keras.Layer]) -> tuple[float, float]:
    """Where in the glyph the middle of a map's first number lies, and their distance.

    A convolution that does not reach over the edge begins further inside.
    """
    first, step = 0.0, 1.0
    for layer in body:
        window = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
        if window:
            first += step * (window[0] - 1) / 2 * (layer.padding == "valid")
            step *= layer.strides[0]
    return first, step


def _place(reasons: np.ndarray, first: float, step: float) -> np.ndarray:
    """Enlarge a map to the glyph's size, each number in its place, fading between."""
    there = np.array([[1, 0, -first], [0, 1, -first]]) / step
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(reasons, there, (SIDE, SIDE), flags=flags)
