"""How good is it? Labels and probabilities in, numbers out.

NumPy in, numbers out: nothing here knows which network the probabilities came from.
"""

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The share of pictures whose most probable digit is the right one.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10).

    Returns:
        A number from 0 to 1.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def worst_mistakes(
    labels: np.ndarray, probabilities: np.ndarray, n: int = 10
) -> np.ndarray:
    """Find the mistakes that the network was surest of.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10).
        n: how many at most.

    Returns:
        Indices, the surest mistake first.
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    surest_first = np.argsort(-probabilities[wrong].max(axis=1), kind="stable")
    return wrong[surest_first][:n]


def confidence_interval(right: int, n: int) -> tuple[float, float]:
    """The accuracies that are plausible when so many of n pictures were read right.

    Args:
        right: how many were read right.
        n: how many were read, at least 1.

    Returns:
        The lowest and the highest, from 0 to 1: Wilson's interval, made to hold the
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
        (10, 10) whole numbers: rows are the true digits, columns what was read.
    """
    return confusion_matrix(labels, probabilities.argmax(axis=1), labels=range(10))


def coverage_and_risk(
    labels: np.ndarray, probabilities: np.ndarray, threshold: float
) -> tuple[float, float]:
    """What is gained and lost by answering only when sure enough.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10); rows may add up to less than 1.
        threshold: the lowest confidence that is enough, from 0 to 1.

    Returns:
        The share of pictures that are answered, and the share of wrong ones among them
        (0 where none is answered).
    """
    sure = probabilities.max(axis=1) >= threshold
    if not sure.any():
        return 0.0, 0.0
    return float(sure.mean()), 1 - accuracy(labels[sure], probabilities[sure])


def calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 15
) -> float:
    """How far confidence and accuracy lie apart, on average (ECE).

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10).
        bins: groups of equally many pictures, by confidence.

    Returns:
        The mean over the groups of |accuracy - mean confidence|, from 0 to 1.

    Source of the method: M. P. Naeini et al. (2015); equal-mass bins as in K. Nguyen
    and B. O'Connor (2015).
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    groups = np.array_split(np.argsort(confidence, kind="stable"), bins)
    gaps = [
        abs(right[g].mean() - confidence[g].mean()) * len(g) for g in groups if len(g)
    ]
    return float(sum(gaps) / len(labels))


def reliability(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Group the answers by confidence, and see how often each group is right.

    Unlike those of `calibration_error`, the groups are equally wide, so that a figure
    shows the few doubtful answers as well as the many sure ones.

    Args:
        labels: (n,) the true digits.
        probabilities: (n, 10).
        bins: parts of the range from 0 to 1; those that nothing falls into are left
            out of the m groups.

    Returns:
        (m,) mean confidences, (m,) accuracies, (m, 2) the lowest and highest plausible
        accuracy, (m,) how many answers.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum(confidence * bins, bins - 1).astype(int)
    groups = [np.flatnonzero(place == i) for i in np.unique(place)]
    return (
        np.array([confidence[group].mean() for group in groups]),
        np.array([right[group].mean() for group in groups]),
        np.array([confidence_interval(right[g].sum(), len(g)) for g in groups]),
        np.array([len(group) for group in groups]),
    )
