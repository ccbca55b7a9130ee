"""Check the answers to the exercises of lesson 7."""

from collections.abc import Callable
from typing import Any

import numpy as np

from digitlib.exercises.verdict import attempt, say, to_numbers


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
        return say(False, "Choose a number of digits from 1 to 14.")
    if gain < full_gain / 2:
        digits = "1 digit" if few == 1 else f"{few} digits"
        return say(
            False,
            f"With {digits} the accuracy changes by {gain:+.0%}, with thirty by "
            f"{full_gain:+.0%}. You need at least half of that.",
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
        remark = remark or _find_fault(result, news, olds, n, share)
        if remark:
            return say(False, remark)
    return say(True)


def _find_fault(result: Any, news: int, olds: int, n: int, share: float) -> str:
    is_pair = isinstance(result, tuple | list) and len(result) == 2
    new, old = map(_to_places, result if is_pair else (None, None), (news, olds))
    if new is None or old is None:
        places = f"new digits, here below {news}, and of old ones, below {olds}"
        return f"Your function must return two arrays: the places of {places}."
    if (len(new), len(old)) != (round(share * n), n - round(share * n)):
        shown = f"{len(new)} new and {len(old)} old digits"
        return f"For n = {n} and share = {share} your function shows {shown}."
    if np.ptp(np.bincount(new, minlength=news)) > 1:
        return "Some new digits come more often than others."
    if len(np.unique(old)) < len(old):
        return "Some old digits come twice, though there are enough."
    if np.array_equal(np.sort(old), np.arange(len(old))):
        return "Your function takes the first old digits. Draw them at random."
    return ""


def _to_places(result: Any, n: int) -> np.ndarray | None:
    """Return a result as places among n digits; None if it is no such thing."""
    places = to_numbers(result)
    if places is None or places.ndim != 1 or not np.isin(places, range(n)).all():
        return None
    return places.astype(int)
