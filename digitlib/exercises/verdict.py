"""Say whether an answer is right, and what may be wrong with a pupil's function."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def say(right: bool, remark: str = "") -> None:
    """Print the verdict of a check, with a remark that does not tell the answer."""
    print("Right!" if right else f"Not yet. {remark}".strip())


def try_out(
    function: Callable[..., Any] | None,
    reference: Callable[..., Any],
    cases: Sequence[tuple[Any, ...]],
) -> str:
    """Compare a pupil's function with one that is right, case by case.

    Args:
        function: the pupil's; None as long as there is none.
        reference: gives the right result of each case, a number or an array.
        cases: the arguments of each case; the pupil's function gets copies.

    Returns:
        What is wrong in the first case that fails; empty if nothing is.
    """
    if function is None:
        return "Write the function first."
    for case in cases:
        copies = [np.copy(each) for each in case]
        try:
            result = np.asarray(function(*copies))
        except Exception as error:  # whatever a pupil's code may raise
            return f"Your function stops with {type(error).__name__}: {error}"
        right = np.asarray(reference(*case))
        if result.dtype.kind not in "biuf":
            return "Your function must return numbers. Is there a `return`?"
        if result.shape != right.shape:
            return f"Your result has the shape {result.shape}, not {right.shape}."
        if not np.allclose(result, right):
            return "It runs, but on one of our inputs the result is another one."
    return ""


def attempt(function: Callable[..., Any] | None, *arguments: Any) -> tuple[Any, str]:
    """Call a pupil's function.

    Returns:
        Its result, and what went wrong; empty if nothing did.
    """
    if function is None:
        return None, "Write the function first."
    try:
        result = function(*arguments)
    except Exception as error:  # whatever a pupil's code may raise
        return None, f"Your function stops with {type(error).__name__}: {error}"
    if result is None:
        return None, "Your function returns nothing. Is there a `return`?"
    return result, ""
