"""Grad-CAM: find the places whose features are evidence for a network's prediction.

It looks inside a network and therefore needs Keras, unlike `explain.occlusion_map`,
which only runs a saved network. Lesson 05 shows the two side by side.
"""

from typing import Any

import cv2
import numpy as np

from digitlib.errors import ModelError
from digitlib.reading.explain import ORANGE, PAPER
from digitlib.reading.preprocess import SIDE
from digitlib.training.backend import keras

INK = np.array([60, 60, 60])  # RGB; not black, so that the colour beside it stands out


def grad_cam(
    network: keras.Model, glyph: np.ndarray, label: int | None = None
) -> np.ndarray:
    """Find where a network with convolutions sees evidence for a digit.

    Every channel of the last convolution stage is weighted by the gradient of the
    digit's logit. The weighted maps are added up, and negative values, which are
    evidence against the digit, are set to 0.

    Args:
        network: a sequence of layers, the last of them dense, like those of
            `training.networks`.
        glyph: (28, 28, 1) float32 in [0, 1], ink 1.
        label: the digit to explain; None for the most probable one.

    Returns:
        (28, 28) float32 in [0, 1]: 1 at the strongest evidence, or 0 everywhere if
        there is none. Its resolution is that of the last feature maps.

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
    gradients = _gradients(head, maps, label)
    coarse = np.maximum(_to_numpy(maps) @ gradients.mean(axis=(0, 1)), 0)
    heat = _upsample(coarse, *_grid(body))
    return heat / (heat.max() or 1)


def paint(glyph: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Colour the places that a map of `grad_cam` marks, and draw the ink over them.

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
    """Return the index of the layer whose ReLU gives the last feature maps."""
    stages = [
        i
        for i, layer in enumerate(network.layers)
        if getattr(layer, "activation", None) is keras.activations.relu
        and len(layer.output.shape) == 4
    ]
    if not stages:
        raise ModelError("Grad-CAM needs a network with convolutions, such as cnn.")
    return stages[-1]


def _run(layers: list[keras.Layer], tensor: Any) -> Any:
    for layer in layers:
        tensor = layer(tensor)
    return tensor


def _gradients(head: list[keras.Layer], maps: Any, label: int) -> np.ndarray:
    """Compute the gradient of a digit's logit with respect to the feature maps.

    Returns:
        (height, width, channels), the shape of the maps.
    """
    *inner, last = head

    def logit(maps: Any) -> Any:  # up to the bias, which is constant
        return keras.ops.sum(_run(inner, maps) @ last.kernel[:, label, None])

    if keras.backend.backend() == "torch":
        maps = maps.detach().requires_grad_()
        logit(maps).backward()
        return _to_numpy(maps.grad)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(maps)
        value = logit(maps)
    return _to_numpy(tape.gradient(value, maps))


def _to_numpy(tensor: Any) -> np.ndarray:
    """Return the only entry of a batch."""
    return keras.ops.convert_to_numpy(tensor)[0]


def _grid(body: list[keras.Layer]) -> tuple[float, float]:
    """Return the place in the glyph of a map's first element, and the step to the next.

    Both are in pixels. A convolution without padding begins further inside the glyph.
    """
    first, step = 0.0, 1.0
    for layer in body:
        window = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
        if window:
            first += step * (window[0] - 1) / 2 * (layer.padding == "valid")
            step *= layer.strides[0]
    return first, step


def _upsample(coarse: np.ndarray, first: float, step: float) -> np.ndarray:
    """Enlarge a map to the glyph's size, interpolating between its elements."""
    matrix = np.array([[1, 0, -first], [0, 1, -first]]) / step
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(coarse, matrix, (SIDE, SIDE), flags=flags)
