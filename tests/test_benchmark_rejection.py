"""Ways to reject are compared rightly, on made-up scores and features."""

import numpy as np
import pytest

from benchmarks import rejection
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.training import keras, mixture

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)


def test_measures_of_known_scores():
    digits = {"mnist": np.arange(1, 1001), "pens": np.arange(501, 901)}
    figures = rejection.measure(
        digits, {"far": np.full(4, -1.0), "near": np.array([5.0, 6.0, 1500.0, 600.0])}
    )
    assert figures["auroc"]["far"] == 1
    above = [1395.5, 1394.5, 0, 701]  # digits above each of "near"; a tie is a half
    assert figures["auroc"]["near"] == pytest.approx(sum(above) / 4 / 1400, abs=1e-5)
    assert figures["fpr_at_95_tpr"] == {"far": 0, "near": 0.5}  # those from 71 up
    # Of MNIST's, five in a thousand may be rejected, so all from 6 are accepted.
    assert figures["digits_rejected"] == {"mnist": 0.005, "pens": 0}
    assert figures["rejected"] == {"far": 1, "near": 0.25}


def test_threshold_rejects_no_more_than_allowed_of_any_set():
    random = np.random.default_rng(0)
    for n in (10, 199, 200, 698):
        digits = {"mnist": random.normal(size=n), "swiss": random.normal(2, 1, n)}
        threshold = rejection.fit_threshold(digits)
        assert (digits["mnist"] < threshold).mean() <= 0.005
        assert (digits["swiss"] < threshold).mean() <= 0.015


@pytest.fixture
def clusters():
    """Features of ten digits, which lie along ten axes, with their labels."""
    random = np.random.default_rng(0)
    labels = np.tile(np.arange(10), 60)
    features = 5 * np.eye(12)[labels] + random.normal(0, 0.3, (600, 12))
    return features, labels


def test_every_way_gives_a_digit_a_higher_score_than_what_is_none(clusters):
    known = rejection.learn(*clusters)
    features = 5 * np.eye(12)[[3, 11]]  # where the 3s are, and where no digit is
    logits = np.full((2, 11), -4.0)
    logits[0, 3], logits[1, NOT_A_DIGIT], logits[1, 3] = 6, 6, -3.5
    scores = rejection.score(features, logits, known)
    assert len(scores) == 6
    for way, (digit, other) in scores.items():
        assert digit > other, way


def test_all_ways_are_compared_on_all_sets_and_printed(clusters, capsys):
    known, features = rejection.learn(*clusters), clusters[0]
    logits = np.pad(features[:, :10], ((0, 0), (0, 1)))
    scores = rejection.score(features, logits, known)
    figures = rejection.compare({"mnist": scores}, {"same": scores, "again": scores})
    assert list(figures) == list(scores)
    for each in figures.values():
        assert each["auroc"] == {"same": 0.5, "again": 0.5}
        assert each["rejected"]["same"] == each["digits_rejected"]["mnist"]
    rejection.print_table(figures)
    assert capsys.readouterr().out.count("energy") == len(rejection.MEASURES)


def test_logits_are_those_of_the_networks_own_probabilities():
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(5, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(11, activation="softmax"),
        ]
    )
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    features, logits = rejection.look_inside(network, images)
    assert features.shape == (3, 5)
    expected = network.predict(images[..., None] / 255, verbose=0)
    unscaled = np.exp(logits)
    assert unscaled / unscaled.sum(axis=1, keepdims=True) == pytest.approx(
        expected, abs=1e-5
    )


def test_features_are_compared_to_some_digits_of_mnist_and_all_of_others(monkeypatch):
    sets = {
        name: (np.full((n, 28, 28), digit, np.uint8), np.full(n, digit))
        for name, n, digit in (("mnist", 9, 1), ("swiss", 3, 2), ("pens", 4, 3))
    }
    monkeypatch.setattr(mixture, "training_digits", lambda: dict(sets))
    monkeypatch.setattr(rejection, "FROM_MNIST", 5)
    images, labels = rejection.draw_training_digits()
    assert images.shape == (12, 28, 28)
    assert np.bincount(labels).tolist() == [0, 5, 3, 4]
