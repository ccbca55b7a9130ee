"""Check the answers to the exercises of lesson 7."""

from collections.abc import Callable
from typing import Any

import numpy as np

from digitlib.exercises.verdict import attempt, say


def check_forgotten(more: int, before: np.ndarray, after: np.ndarray) -> None:
    """Check how many digits more are read wrong than before; (n,) bool each."""
    expected = int((~after).sum() - (~before).sum())
    if more == expected:
        return say(True)
    if more == int((before & ~after).sum()):
        return say(False, "These were lost. A few others were won; subtract them.")
    return say(False, "Count the wrong ones after, and subtract those before.")


def check_few(few: int, gain: float, full_gain: float) -> None:
    """Check that few digits, at most fourteen, gave half of what thirty gave."""
    if not 1 <= few < 15:
        return say(False, "Take 1 to 14 digits.")
    if gain < full_gain / 2:
        return say(
            False, f"{few} digits gave {gain:+.0%}, thirty gave {full_gain:+.0%}."
        )
    return say(True)


def check_mix(mix: Callable[..., Any]) -> None:
    """Check a function that mixes new digits with old ones.

    Args:
        mix: takes how many new and how many old digits there are, how many to show,
            and the share of new ones; returns the indices of both.
    """
    for news, olds, n, share in ((30, 1000, 200, 0.3), (7, 500, 100, 0.5)):
        result, remark = attempt(mix, news, olds, n, share)
        if remark:
            return say(False, remark)
        new, old = (np.asarray(each, int) for each in result)
        times = np.bincount(new, minlength=news)
        if (len(new), len(old)) != (round(share * n), n - round(share * n)):
            return say(False, f"It shows {len(new)} new and {len(old)} old digits.")
        if times.max() - times.min() > 1:
            return say(False, "Some new digits come more often than others.")
        if len(np.unique(old)) < len(old):
            return say(False, "Some old digits come twice, though there are enough.")
        if np.array_equal(np.sort(old), np.arange(len(old))):
            return say(False, "It takes the first old digits. Draw them at random.")
    return say(True)
