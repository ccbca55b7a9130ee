"""How good is it? Labels and probabilities in, numbers out.

NumPy in, numbers out: nothing here knows which network the probabilities came from.
"""

import numpy as np


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
