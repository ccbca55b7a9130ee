"""Test-time augmentation: a network is asked several times, the glyph rotated a little.

Between a network and whoever asks it. What a network wavers about differs from rotation
to rotation, what it knows does not: so the average is right more often, and less sure
of what is no digit.
"""

from collections.abc import Callable

import cv2
import numpy as np

NO_TTA = (0.0,)  # one prediction, for the glyph as it is
TINY = 1e-30  # the smallest probability, so that it has a logarithm

Network = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28, 1) float32 -> (n, 10 or 11)


def rotate(glyphs: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate glyphs about their centre.

    Args:
        glyphs: (n, 28, 28, 1) float32 in [0, 1].
        degrees: how far; above 0 anticlockwise.

    Returns:
        New glyphs of the same shape, dtype and range; those given where nothing is to
        be rotated.
    """
    if not degrees:
        return glyphs
    side = glyphs.shape[1]
    matrix = cv2.getRotationMatrix2D([(side - 1) / 2] * 2, degrees, 1)
    rotated = [cv2.warpAffine(glyph, matrix, (side, side)) for glyph in glyphs]
    return np.reshape(rotated, glyphs.shape)


def predict(
    network: Network, glyphs: np.ndarray, rotations: tuple[float, ...]
) -> np.ndarray:
    """Ask a network about each glyph once for every rotation, and average.

    Args:
        network: gives the probabilities of glyphs.
        glyphs: (n, 28, 28, 1) float32 in [0, 1], ink 1.
        rotations: how far the glyphs are rotated for each prediction, in degrees.

    Returns:
        (n, 10 or 11) float32 probabilities.

    Source of the method: A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet
    classification with deep convolutional neural networks" (2012), who averaged over
    ten crops of a photo.
    """
    rotated = np.concatenate([rotate(glyphs, degrees) for degrees in rotations])
    return average(network(rotated).reshape(len(rotations), len(glyphs), -1))


def average(predictions: np.ndarray) -> np.ndarray:
    """Average several predictions: their geometric mean, brought to a sum of 1.

    The same as the mean of the logits, so that one temperature scales each prediction
    and the average alike (`calibration`).

    Args:
        predictions: (rotations, n, 10 or 11) probabilities.

    Returns:
        (n, 10 or 11) probabilities, float32.
    """
    if len(predictions) == 1:
        return predictions[0]
    logs = np.log(np.maximum(predictions, TINY)).mean(axis=0)
    odds = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)
