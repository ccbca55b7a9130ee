"""Compute metrics from labels and probabilities.

All functions take NumPy arrays; none depends on the network that made the predictions.
"""

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the share of pictures whose most probable digit is the right one.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10).

    Returns:
        The accuracy, from 0 to 1.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def worst_mistakes(
    labels: np.ndarray, probabilities: np.ndarray, n: int = 10
) -> np.ndarray:
    """Find the mistakes that were made with the highest confidence.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10).
        n: the largest number of mistakes to return.

    Returns:
        Indices, the most confident mistake first.
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    by_confidence = np.argsort(-probabilities[wrong].max(axis=1), kind="stable")
    return wrong[by_confidence][:n]


def confidence_interval(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of the accuracy on a sample of pictures.

    Args:
        right: how many pictures were read right.
        n: how many were read, at least 1.

    Returns:
        The lower and the upper end, from 0 to 1: Wilson's interval, which contains the
        true accuracy 95 times in 100.

    Source of the method: E. B. Wilson (1927), as SciPy computes it.
    """
    interval = binomtest(right, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Count how often each digit was read as each.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10).

    Returns:
        (10, 10) integers: rows are the true digits, columns the predicted ones.
    """
    return confusion_matrix(labels, probabilities.argmax(axis=1), labels=range(10))


def coverage_and_risk(
    labels: np.ndarray, probabilities: np.ndarray, threshold: float
) -> tuple[float, float]:
    """Measure what rejecting digits below a threshold of confidence gains and loses.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10); rows may add up to less than 1.
        threshold: the lowest confidence that is accepted, from 0 to 1.

    Returns:
        The coverage, which is the share of pictures that are accepted, and the risk,
        which is the share of mistakes among them (0 if none is accepted).
    """
    accepted = probabilities.max(axis=1) >= threshold
    if not accepted.any():
        return 0.0, 0.0
    return float(accepted.mean()), 1 - accuracy(
        labels[accepted], probabilities[accepted]
    )


def calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 15
) -> float:
    """Return the expected calibration error (ECE).

    It judges every answer that a network gives, before any is rejected. A network with
    an eleventh output has one more answer than digits, "not a digit", whose probability
    is what a row lacks to 1. The answer is the most probable of the eleven, and its
    probability is the confidence. So an image of a digit that is taken for something
    else is a wrong answer with just that confidence, and not a digit read with very
    little. For rows that add up to 1, this is the usual definition.

    Args:
        labels: (n,) the true digits; `NOT_A_DIGIT` for an image of anything else.
        probabilities: (n, 10); rows may add up to less than 1.
        bins: the number of groups of equally many pictures, by confidence.

    Returns:
        The mean over the groups of |accuracy - mean confidence|, from 0 to 1.

    Source of the method: M. P. Naeini et al. (2015); equal-mass bins as in K. Nguyen
    and B. O'Connor (2015).
    """
    confidence, right = _judge(labels, probabilities)
    gaps = [
        abs(right[group].mean() - confidence[group].mean()) * len(group)
        for group in _group(confidence, bins)
    ]
    return float(sum(gaps) / len(labels))


def reliability(
    labels: np.ndarray,
    probabilities: np.ndarray,
    bins: int = 10,
    *,
    equal_mass: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Group the answers by confidence, and measure the accuracy of each group.

    Answers and confidence are those of `calibration_error`. Groups that are equally
    wide show the few answers of low confidence as well as the many of high confidence;
    groups of equally many are those of `calibration_error`, all equally certain.

    Args:
        labels: (n,) the true digits; `NOT_A_DIGIT` for an image of anything else.
        probabilities: (n, 10); rows may add up to less than 1.
        bins: the number of groups; empty ones are left out of the m groups.
        equal_mass: whether the groups hold equally many answers; otherwise each is an
            equal part of the range from 0 to 1.

    Returns:
        Of the m groups, the least confident first: (m,) mean confidences, (m,)
        accuracies, (m, 2) confidence intervals of the accuracies, (m,) numbers of
        answers.
    """
    confidence, right = _judge(labels, probabilities)
    if equal_mass:
        groups = _group(confidence, bins)
    else:
        bin_of_each = np.minimum(confidence * bins, bins - 1).astype(int)
        groups = [np.flatnonzero(bin_of_each == i) for i in np.unique(bin_of_each)]
    return (
        np.array([confidence[group].mean() for group in groups]),
        np.array([right[group].mean() for group in groups]),
        np.array([confidence_interval(right[g].sum(), len(g)) for g in groups]),
        np.array([len(group) for group in groups]),
    )


def _judge(
    labels: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the confidence of each of the answers, (n,), and whether it is right."""
    missing = 1 - probabilities.sum(axis=1, keepdims=True)  # "not a digit"
    answers = np.concatenate([probabilities, missing], axis=1)
    return answers.max(axis=1), answers.argmax(axis=1) == labels


def _group(confidence: np.ndarray, bins: int) -> list[np.ndarray]:
    """Return the indices of groups of equally many, by confidence; none is empty."""
    groups = np.array_split(np.argsort(confidence, kind="stable"), bins)
    return [group for group in groups if len(group)]
