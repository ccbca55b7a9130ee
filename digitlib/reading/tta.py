"""Test-time augmentation: average a network's predictions for slightly rotated glyphs.

Where a network is unsure, its predictions differ from rotation to rotation; where it is
sure, they agree. The average is therefore right more often, and less confident for
glyphs that are not digits. Only the few glyphs of which it is unsure need more than one
prediction.
"""

from collections.abc import Callable

import cv2
import numpy as np

NO_TTA = (0.0,)  # degrees: one prediction, for the glyph as it is
SURE = 0.99  # probability from which the first prediction stands alone
TINY = 1e-30  # the smallest probability used, so that every one has a logarithm

Network = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28, 1) float32 -> (n, 10 or 11)


def rotate(glyphs: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate glyphs about their centre.

    Args:
        glyphs: (n, 28, 28, 1) float32 in [0, 1].
        degrees: the angle; positive is anticlockwise.

    Returns:
        New glyphs of the same shape, dtype and range; for 0 degrees, the given ones.
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
    """Run a network on each glyph, and on rotated ones where it is unsure.

    Args:
        network: a function from glyphs to their probabilities.
        glyphs: (n, 28, 28, 1) float32 in [0, 1], ink 1.
        rotations: angles in degrees. Each glyph is predicted with the first rotation.
            If no answer is as probable as `SURE`, it is predicted with the others too,
            and the predictions are averaged.

    Returns:
        (n, 10 or 11) float32 probabilities.

    Source of the method: A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet
    classification with deep convolutional neural networks" (2012), who averaged over
    ten crops of a photo.
    """
    predictions = network(rotate(glyphs, rotations[0]))
    unsure = np.flatnonzero(predictions.max(axis=1) < SURE)
    if len(rotations) == 1 or not len(unsure):
        return predictions
    rotated = np.concatenate([rotate(glyphs[unsure], each) for each in rotations[1:]])
    others = network(rotated).reshape(len(rotations) - 1, len(unsure), -1)
    predictions = predictions.copy()
    predictions[unsure] = average(np.concatenate([predictions[None, unsure], others]))
    return predictions


def average(predictions: np.ndarray) -> np.ndarray:
    """Average several predictions by their geometric mean, scaled to a sum of 1.

    This equals averaging the logits, so that one temperature scales each prediction and
    the average alike (see `training.calibration`).

    Args:
        predictions: (rotations, n, 10 or 11) probabilities.

    Returns:
        (n, 10 or 11) probabilities, float32.
    """
    if len(predictions) == 1:
        return predictions[0]
    logs = np.log(np.maximum(predictions, TINY)).mean(axis=0)
    unnormalised = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return unnormalised / unnormalised.sum(axis=-1, keepdims=True)
