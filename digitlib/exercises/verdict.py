"""Say whether an answer is right, and what may be wrong with a pupil's function."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

SMALL = 9  # numbers in an input that is shown if the result for it is wrong


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
    for case in cases:
        result, remark = attempt(function, *map(np.copy, case))
        remark = remark or _compare(result, np.asarray(reference(*case)), case)
        if remark:
            return remark
    return ""


def _compare(result: Any, right: np.ndarray, case: tuple[Any, ...]) -> str:
    numbers = to_numbers(result)
    if numbers is None:
        return "Your function must return numbers."
    if numbers.shape != right.shape:
        if right.ndim == 0:
            return "Your function must return a single number."
        return f"Your result has the shape {numbers.shape}, not {right.shape}."
    if np.allclose(numbers, right):
        return ""
    if len(case) > 1 or case[0].size > SMALL:
        return "Your function runs, but for one of our inputs its result is wrong."
    returned = f"it returns {np.asarray(result).tolist()}"
    return f"Your function runs, but for the input {case[0].tolist()} {returned}."


def to_numbers(result: Any) -> np.ndarray | None:
    """Return a result as an array of numbers; None if it is no such thing."""
    try:
        array = np.asarray(result)
    except ValueError:  # rows of unequal length
        return None
    return array.astype(float) if array.dtype.kind in "biuf" else None


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
        return None, "Your function returns `None`. Put your result after `return`."
    return result, ""
