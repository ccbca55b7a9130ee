"""Measure how much of an accuracy is chance: other digits, other writers, another seed.

    right, (n,) bool: whether each digit is read right
        -> bootstrap: accuracies on samples like this one
        -> compare_pairs: whether two networks differ on the same digits

Lesson 04 builds both by hand and shows what they mean.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from digitlib.errors import DataError
from digitlib.training.data import MNIST_TEST_SIZE
from digitlib.training.people import STUDENTS, load_writers

DRAWS = 1000
MIDDLE = 2.5, 97.5  # per cent: between them lie 95 of 100


@dataclass(frozen=True)
class Pairs:
    """Two networks on the same digits; those on which both do alike say nothing.

    Attributes:
        only_first: how many digits only the first network reads right.
        only_second: how many only the second one does.
        p_value: how often tosses of a coin would be at least as uneven.
    """

    only_first: int
    only_second: int
    p_value: float


def bootstrap(
    right: np.ndarray,
    writers: np.ndarray | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> np.ndarray:
    """Draw samples like this one, with replacement, and return their accuracies.

    Args:
        right: (n,) bool.
        writers: (n,) who wrote each digit. If given, whole writers are drawn with all
            their digits, because one person's digits are alike.
        draws: the number of samples.
        seed: fixes everything random.

    Returns:
        (draws,) accuracies, from 0 to 1.

    Source of the method: B. Efron, "Bootstrap methods: another look at the jackknife"
    (1979).
    """
    random = np.random.default_rng(seed)
    if writers is None:
        return random.choice(right, size=(draws, len(right))).mean(axis=1)
    names, indices = np.unique(writers, return_inverse=True)
    digits = np.bincount(indices)
    hits = np.bincount(indices, weights=right)
    drawn = random.integers(len(names), size=(draws, len(names)))
    return hits[drawn].sum(axis=1) / digits[drawn].sum(axis=1)


def find_middle(values: np.ndarray) -> tuple[float, float]:
    """Return between which values the middle 95 in 100 lie."""
    low, high = np.percentile(values, MIDDLE)
    return float(low), float(high)


def compare_pairs(first: np.ndarray, second: np.ndarray) -> Pairs:
    """Compare two networks on the same digits.

    Args:
        first: (n,) bool, whether the first network is right on each digit.
        second: (n,) bool, the same for the second one.

    Returns:
        How many digits only one of them reads right, and the p-value of McNemar's
        test, which is exact: 1 if there is no such digit.

    Source of the method: Q. McNemar, "Note on the sampling error of the difference
    between correlated proportions or percentages" (1947).
    """
    only_first = int((first & ~second).sum())
    only_second = int((second & ~first).sum())
    n = only_first + only_second
    p_value = binomtest(only_first, n).pvalue if n else 1.0
    return Pairs(only_first, only_second, float(p_value))


def load_test_writers(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Load who wrote each test digit, or print one line where nobody knows.

    Args:
        labels: (n,) the test labels of `load_mnist_or_sample`.

    Returns:
        (n,) the writers, and (n,) their groups: "students" or "clerks". Where they are
        not known, every digit counts as by a writer of its own, and the only group is
        "everybody".
    """
    try:
        if len(labels) != MNIST_TEST_SIZE:
            raise DataError("the sample does not say who wrote its digits")
        _, (writers, series) = load_writers()
    except DataError:
        print("Who wrote these digits is not known: each counts as another writer's.")
        return np.arange(len(labels)), np.full(len(labels), "everybody")
    return writers, np.where(series == STUDENTS, "students", "clerks")
