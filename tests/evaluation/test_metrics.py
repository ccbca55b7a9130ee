"""Metrics of small examples whose values are known."""

import numpy as np
import pytest

from digitlib.evaluation import metrics
from digitlib.reading.predict import NOT_A_DIGIT

LABELS = np.array([0, 1, 2, 2])


@pytest.fixture
def probabilities():
    """0 and 1 are read right, then come a confident mistake and a doubtful one."""
    rows = np.zeros((4, 10))
    rows[[0, 1, 2, 3], [0, 1, 3, 4]] = [0.9, 0.6, 0.99, 0.4]
    return rows


def test_accuracy_is_the_share_read_right(probabilities):
    assert metrics.accuracy(LABELS, probabilities) == 0.5


def test_worst_mistakes_are_sorted_by_confidence(probabilities):
    assert metrics.worst_mistakes(LABELS, probabilities).tolist() == [2, 3]
    assert metrics.worst_mistakes(LABELS, probabilities, n=1).tolist() == [2]


def test_confusion_has_true_digits_in_rows(probabilities):
    matrix = metrics.confusion(LABELS, probabilities)
    assert matrix.shape == (10, 10)
    assert {(y, x): n for (y, x), n in np.ndenumerate(matrix) if n} == {
        (0, 0): 1, (1, 1): 1, (2, 3): 1, (2, 4): 1
    }  # fmt: skip


def test_confidence_interval_matches_the_textbook():
    assert metrics.confidence_interval(8, 10) == pytest.approx((0.490, 0.943), abs=1e-3)


def test_confidence_interval_stays_within_zero_and_one():
    assert metrics.confidence_interval(10, 10)[1] == 1
    assert metrics.confidence_interval(0, 10)[0] == 0


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0, (1, 1 / 2)), (0.5, (3 / 4, 1 / 3)), (1, (0, 0))]
)
def test_coverage_and_risk_depend_on_the_threshold(probabilities, threshold, expected):
    coverage_and_risk = metrics.coverage_and_risk(LABELS, probabilities, threshold)
    assert coverage_and_risk == pytest.approx(expected)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    labels = np.zeros(1000, int)
    constant = np.full((1000, 10), 0.2 / 9)
    constant[:, 0] = 0.8  # always predicts 0 with a confidence of 0.8
    assert metrics.calibration_error(labels, constant) == pytest.approx(0.2)
    labels[::5] = 1  # now 0.8 of the predictions are right, in each of the five bins
    assert metrics.calibration_error(labels, constant, bins=5) == pytest.approx(0)


def test_not_a_digit_is_an_answer_with_the_probability_that_the_digits_lack():
    rows = np.zeros((4, 10))
    rows[:, 0] = 0.9, 0.2, 0.2, 0.2  # "not a digit" with 0.1, 0.8, 0.8, 0.8
    labels = np.array([0, 0, 3, NOT_A_DIGIT])
    confidences, accuracies, _, _ = metrics.reliability(labels, rows)
    assert confidences == pytest.approx([0.8, 0.9])
    assert accuracies == pytest.approx([1 / 3, 1])
    error = metrics.calibration_error(labels, rows, bins=4)
    assert error == pytest.approx((0.8 + 0.8 + 0.2 + 0.1) / 4)


def test_reliability_groups_by_confidence_and_leaves_empty_groups_out():
    labels = np.array([0, 0, 1, 0, 1])
    rows = np.zeros((5, 10))
    rows[:, 0] = 0.55, 0.65, 0.61, 1.0, 0.58
    confidences, accuracies, intervals, counts = metrics.reliability(labels, rows)
    assert confidences == pytest.approx([0.565, 0.63, 1.0])
    assert accuracies == pytest.approx([0.5, 0.5, 1.0])
    assert intervals[2] == pytest.approx(metrics.confidence_interval(1, 1))
    assert counts.tolist() == [2, 2, 1]


def test_fewer_answers_than_groups_are_no_error():
    rows = np.eye(10)[:3]
    assert metrics.calibration_error(np.arange(3), rows) == 0


def test_groups_of_equal_mass_hold_equally_many(probabilities):
    sure, right, intervals, counts = metrics.reliability(
        LABELS, probabilities, 2, equal_mass=True
    )
    assert counts.tolist() == [2, 2]
    assert np.allclose(sure, [0.6, 0.945])  # "not a digit" has 0.6 of the fourth
    assert np.allclose(right, [0.5, 0.5])
    assert intervals.shape == (2, 2)
