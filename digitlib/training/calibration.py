"""A trained network's confidence made honest, by the validation images.

Between training and saving: the probabilities are brought to what they claim, then the
confidence is found below which an answer is not to be trusted.
"""

from functools import partial

import numpy as np
from scipy.optimize import minimize_scalar

from digitlib.reading import tta
from digitlib.reading.tta import NO_TTA, TINY
from digitlib.training.backend import keras

REJECTED = 0.002  # of the validation digits: what rejecting letters may cost


def calibrate(
    model: keras.Model,
    glyphs: np.ndarray,
    labels: np.ndarray,
    tta_rotations: tuple[float, ...] = NO_TTA,
) -> float:
    """Scale the last layer so that its confidence is right on average.

    Dividing all logits by one number, the temperature, changes no answer, only how sure
    it is. Here the weights are divided, so that what is saved
    needs no further step.

    Args:
        model: a network that ends in a dense layer with softmax; changed in place.
        glyphs: (n, 28, 28, 1) float32, not trained on.
        labels: (n,) their labels.
        tta_rotations: of test-time augmentation, in degrees.

    Returns:
        The temperature: above 1 where the network was too sure.

    Source of the method: C. Guo et al., "On calibration of modern neural networks"
    (2017).
    """
    run = partial(model.predict, batch_size=500, verbose=0)
    probabilities = tta.predict(run, glyphs, tta_rotations).astype(float)
    logits = np.log(np.maximum(probabilities, TINY))

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        rest = np.logaddexp.reduce(scaled, axis=1)
        return float(np.mean(rest - scaled[np.arange(len(labels)), labels]))

    temperature = float(np.exp(minimize_scalar(loss, bounds=(-2, 2)).x))
    last = model.layers[-1]
    last.set_weights([weights / temperature for weights in last.get_weights()])
    return temperature


def fit_threshold(probabilities: np.ndarray) -> float:
    """The confidence that all but `REJECTED` of the validation digits have.

    Args:
        probabilities: (n, 10) of validation digits.
    """
    return float(np.quantile(probabilities.max(axis=1), REJECTED))
