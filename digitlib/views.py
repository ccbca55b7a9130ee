"""Several looks at a glyph, each turned a little, for one answer: surer than one look.

Between a network and whoever asks it. What a network wavers about differs from view to
view, what it knows does not: so their mean is right more often, and less sure of what
is no digit.
"""

from collections.abc import Callable

import cv2
import numpy as np

UPRIGHT = (0.0,)  # one look, at the glyph as it is
SMALLEST = 1e-30  # of a probability, so that it has a logarithm

Run = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28, 1) float32 -> (n, 10 or 11)


def turn(glyphs: np.ndarray, degrees: float) -> np.ndarray:
    """Turn glyphs about their centre.

    Args:
        glyphs: (n, 28, 28, 1) float32 in [0, 1].
        degrees: how far; above 0 anticlockwise.

    Returns:
        New glyphs of the same shape, dtype and range; those given where nothing is to
        be turned.
    """
    if not degrees:
        return glyphs
    side = glyphs.shape[1]
    matrix = cv2.getRotationMatrix2D([(side - 1) / 2] * 2, degrees, 1)
    turned = [cv2.warpAffine(glyph, matrix, (side, side)) for glyph in glyphs]
    return np.reshape(turned, glyphs.shape)


def ask(run: Run, glyphs: np.ndarray, views: tuple[float, ...]) -> np.ndarray:
    """Ask a network about each glyph once for every view: test-time augmentation.

    Args:
        run: the network.
        glyphs: (n, 28, 28, 1) float32 in [0, 1], ink 1.
        views: how far the glyphs are turned for each look, in degrees.

    Returns:
        (n, 10 or 11) float32 probabilities: what the looks agree on.

    Source of the method: A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet
    classification with deep convolutional neural networks" (2012), who averaged over
    ten views of a photo.
    """
    turned = np.concatenate([turn(glyphs, degrees) for degrees in views])
    return agree(run(turned).reshape(len(views), len(glyphs), -1))


def agree(looks: np.ndarray) -> np.ndarray:
    """The answer of several looks: their geometric mean, brought to a sum of 1.

    The same as the mean of what goes into the softmax, so that one temperature scales
    each look and the answer alike (`calibrate`).

    Args:
        looks: (views, n, 10 or 11) probabilities.

    Returns:
        (n, 10 or 11) probabilities, float32.
    """
    if len(looks) == 1:
        return looks[0]
    logs = np.log(np.maximum(looks, SMALLEST)).mean(axis=0)
    odds = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)
