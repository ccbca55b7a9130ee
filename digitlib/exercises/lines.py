"""Check the answers to the exercises of lesson 6."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from digitlib.exercises.verdict import attempt, say, to_numbers
from digitlib.reading.ctc import edit_distance

NUMBER = "07700900123"  # whose columns are counted
CARD = 16  # digits of a card number
WANTED, ENOUGH = 0.99, 0.992  # share of card numbers that are to be wholly right
SIGNS = "_0123456789"
# The best sign of each column of the tables that a pupil's function is tried on.
PATHS = ("_7_", "77_7", "11122", "____", "2_2_2", "9", "_0001__10_")
PAIRS = (
    ("7", "7"),
    ("98002743", "9812743"),
    ("12", "21"),
    ("", "305"),
    ("12345", "2345"),
    ("100", "1000"),
    ("7777", "1"),
)


def check_columns(count: int | None) -> None:
    """Check how many columns a strip needs at least for a number with equal pairs."""
    if count is None:
        return say(False, "Write your number in place of `None`.")
    if count == len(NUMBER):
        return say(False, "Some digits come twice in a row. What then?")
    if count == 2 * len(NUMBER) + 1:
        return say(False, "With a blank around each digit. Are all of them needed?")
    pairs = sum(a == b for a, b in pairwise(NUMBER))
    say(count == len(NUMBER) + pairs, "Write a path down, as short as you can.")


def check_card(accuracy: float) -> None:
    """Check how accurate single digits must be for 99 in 100 whole card numbers."""
    if not 0 < accuracy < 1:
        return say(False, "Write a share between 0 and 1. Nobody is always right.")
    right = accuracy**CARD
    if right < WANTED:
        return say(False, f"Then {right:.1%} of the card numbers are wholly right.")
    say(right <= ENOUGH, "That is more than enough. What is just enough?")


def check_decode(decode: Callable[..., Any] | None) -> None:
    """Check a function that reads a table greedily.

    Args:
        decode: takes a table, (columns, signs), and the signs, the first of which is
            the blank; returns the text, and for each of its signs the highest
            probability in the columns that it was read from.
    """
    random = np.random.default_rng(0)
    for path in PATHS:
        table = _make_table(path, random)
        result, remark = attempt(decode, table.copy(), SIGNS)
        if remark:
            return say(False, remark)
        if not isinstance(result, tuple) or len(result) != 2:
            return say(
                False, "Your function must return two things: the text and the list."
            )
        text, sure = result
        right_text, right_sure = _decode(table)
        shown = f"the columns {' '.join(path)}"
        if text != right_text:
            return say(False, f"From {shown} your function reads {text!r}.")
        numbers = to_numbers(sure)
        if numbers is None or numbers.shape != (len(text),):
            return say(False, "The list needs one number for each sign of the text.")
        if not np.allclose(numbers, right_sure):
            return say(False, f"The text is right, but the list is not. Try {shown}.")
    return say(True)


def check_distance(distance: Callable[..., Any] | None) -> None:
    """Check a function that returns the edit distance of two texts."""
    for a, b in (*PAIRS, *(pair[::-1] for pair in PAIRS)):
        result, remark = attempt(distance, a, b)
        if remark:
            return say(False, remark)
        if not np.array_equal(result, edit_distance(a, b)):
            return say(False, f'For "{a}" and "{b}" your function returns {result}.')
    return say(True)


def _make_table(path: str, random: np.random.Generator) -> np.ndarray:
    """Make probabilities, (columns, signs), whose best signs are a path."""
    table = random.uniform(0, 1, (len(path), len(SIGNS)))
    best = [SIGNS.index(sign) for sign in path]
    table[np.arange(len(path)), best] = random.uniform(2, 20, len(path))
    return table / table.sum(axis=1, keepdims=True)


def _decode(table: np.ndarray) -> tuple[str, list[float]]:
    text, sure, before = "", [], 0
    for column in table:
        best = int(column.argmax())
        if best and best != before:
            text += SIGNS[best]
            sure.append(float(column[best]))
        elif best:
            sure[-1] = max(sure[-1], float(column[best]))
        before = best
    return text, sure
