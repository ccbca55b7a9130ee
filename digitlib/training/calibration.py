"""Calibrate a trained network's confidence on the validation images.

This step comes between training and saving: the probabilities are calibrated, and then
the threshold of confidence is chosen below which a digit is rejected.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
from scipy.optimize import minimize_scalar

from digitlib.reading import tta
from digitlib.reading.tta import NO_TTA, TINY
from digitlib.training.backend import keras

# Share of each set's validation digits that may be rejected.
MAX_REJECTED = {"mnist": 0.005, "swiss": 0.015, "pens": 0.015}


def calibrate(
    model: keras.Model,
    glyphs: np.ndarray,
    labels: np.ndarray,
    tta_rotations: tuple[float, ...] = NO_TTA,
) -> float:
    """Scale the last layer so that confidence matches accuracy on average.

    Dividing all logits by one number, the temperature, changes no prediction, only its
    confidence. Here the weights are divided, so that the saved network needs no further
    step.

    Args:
        model: a network that ends in a dense layer with softmax; changed in place.
        glyphs: (n, 28, 28, 1) float32, not trained on.
        labels: (n,) their labels.
        tta_rotations: the rotations of test-time augmentation, in degrees.

    Returns:
        The temperature: above 1 if the network was overconfident.

    Source of the method: C. Guo et al., "On calibration of modern neural networks"
    (2017).
    """
    run = partial(model.predict, batch_size=500, verbose=0)
    probabilities = tta.predict(run, glyphs, tta_rotations).astype(float)
    logits = np.log(np.maximum(probabilities, TINY))

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        total = np.logaddexp.reduce(scaled, axis=1)
        return float(np.mean(total - scaled[np.arange(len(labels)), labels]))

    temperature = float(np.exp(minimize_scalar(loss, bounds=(-2, 2)).x))
    last = model.layers[-1]
    last.set_weights([weights / temperature for weights in last.get_weights()])
    return temperature


def fit_threshold(confidences: Mapping[str, np.ndarray]) -> float:
    """Return the highest threshold that rejects no more than `MAX_REJECTED` of any set.

    Args:
        confidences: for some of the sets in `MAX_REJECTED`, (n,) the confidences in the
            validation digits.
    """
    return min(
        float(np.sort(values)[int(len(values) * MAX_REJECTED[name])])
        for name, values in confidences.items()
    )
