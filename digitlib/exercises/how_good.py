"""Check the answers to the exercises of lesson 4."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import binomtest

from digitlib.evaluation.metrics import confidence_interval
from digitlib.exercises.refusal import SLACK, THRESHOLDS, refuse
from digitlib.exercises.verdict import attempt, say, to_numbers

TOLERANCE = 0.005  # of a share that is answered
SIGNIFICANT = 0.05


def check_interval(low: float, high: float, right: int, n: int) -> None:
    """Check the confidence interval of an accuracy, its ends as shares."""
    if not 0 <= low < high <= 1:
        return say(False, "Write the lower end, then the upper one, both from 0 to 1.")
    best = confidence_interval(right, n)
    if np.allclose((low, high), best, atol=TOLERANCE, rtol=0):
        return say(True)
    if abs((low + high) / 2 - right / n) < TOLERANCE:
        return say(False, "The interval is not symmetrical so near to 100 %.")
    return say(False, "Which function of this lesson gives an interval?")


def check_needed(wins: int, n: int) -> None:
    """Check the least number of n pairs that one network must win to beat a coin."""
    if not n / 2 < wins <= n:
        return say(
            False,
            f"The better network wins more than half of the {n} digits, and it cannot "
            f"win more than {n}.",
        )
    if binomtest(wins, n).pvalue >= SIGNIFICANT:
        return say(False, "A coin does this more often than 5 times in 100.")
    if binomtest(wins - 1, n).pvalue < SIGNIFICANT:
        return say(False, "This would be enough, but fewer are enough, too.")
    return say(True)


def check_threshold(
    threshold: float,
    labels: np.ndarray,
    probabilities: np.ndarray,
    most_wrong: float = 0.001,
) -> None:
    """Check the threshold that refuses least and lets few wrong answers pass."""
    if not 0 <= threshold <= 1:
        return say(False, "A threshold lies between 0 and 1.")
    refused, wrong = refuse(labels, probabilities, threshold)
    if wrong > most_wrong:
        return say(
            False,
            f"{wrong:.2%} of the answers are still wrong. "
            f"At most {most_wrong:.2%} may be.",
        )
    tried = [refuse(labels, probabilities, each) for each in THRESHOLDS]
    least = min((r for r, w in tried if w <= most_wrong), default=1.0)
    if refused > least + SLACK:
        return say(False, f"You refuse {refused:.1%}, which is more than you must.")
    return say(True)


def check_difference(draw: Callable[..., Any]) -> None:
    """Check a bootstrap of the difference between two networks on the same digits.

    Args:
        draw: takes two (n,) bool arrays and the number of draws, and returns the
            difference of the accuracies in each draw.
    """
    random = np.random.default_rng(0)
    first = random.random(900) < 0.9
    second = np.where(random.random(900) < 0.95, first, ~first)
    result, remark = attempt(draw, first, second, 2000)
    if remark:
        return say(False, remark)
    drawn = to_numbers(result)
    if drawn is None or drawn.shape != (2000,):
        return say(
            False,
            "Your function should return one number for each draw, here an array of "
            "the shape (2000,).",
        )
    gaps = first.astype(float) - second
    spread = gaps.std() / np.sqrt(len(gaps))
    if abs(drawn.mean() - gaps.mean()) > spread / 4:
        return say(False, "Subtract the second accuracy from the first one, as shares.")
    if drawn.std() < spread / 2:
        return say(False, "All draws are alike. Put each digit back after drawing it.")
    if drawn.std() > 1.3 * spread:
        return say(False, "In each draw, use the same digits for both networks.")
    return say(True)
