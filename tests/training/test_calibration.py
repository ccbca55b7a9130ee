"""Calibration makes confidence match accuracy and changes no prediction."""

import numpy as np
import pytest

from digitlib.evaluation.metrics import calibration_error
from digitlib.reading.preprocess import to_glyphs
from digitlib.training import data
from digitlib.training.backend import keras
from digitlib.training.calibration import calibrate, fit_threshold

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)


def test_overconfident_network_is_calibrated():
    (x, y), (x_test, y_test) = data.load_sample()
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(to_glyphs(x), y, epochs=20, verbose=0)
    kernel, bias = network.layers[-1].get_weights()
    network.layers[-1].set_weights([kernel * 5, bias * 5])  # makes it overconfident
    glyphs = to_glyphs(x_test)
    before = network.predict(glyphs, verbose=0)
    temperature = calibrate(network, glyphs, y_test)
    after = network.predict(glyphs, verbose=0)
    assert temperature > 2
    assert np.array_equal(before.argmax(axis=1), after.argmax(axis=1))
    assert calibration_error(y_test, after) < calibration_error(y_test, before) / 2
    assert calibrate(network, glyphs, y_test) == pytest.approx(1, abs=0.02)


def test_few_validation_digits_of_any_set_are_below_the_threshold():
    sure, unsure = np.linspace(0.8, 1, 1000), np.linspace(0.1, 1, 1000)
    threshold = fit_threshold({"mnist": sure, "swiss": unsure})
    assert (sure < threshold).sum() <= 5
    assert (unsure < threshold).sum() == 15
    assert fit_threshold({"mnist": unsure}) < threshold
