"""Check the answers to the exercises of lesson 5."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from digitlib.exercises.refusal import THRESHOLDS, refuse
from digitlib.exercises.verdict import attempt, say, to_numbers
from digitlib.reading.predict import Model


def check_lowest(name: str, values: Mapping[str, float]) -> None:
    """Check which name has the lowest value."""
    if not name:
        return say(False, "Write a name as the figure has it, between quotation marks.")
    if name not in values:
        return say(False, f"There is no such name. The names are: {', '.join(values)}.")
    if values[name] > min(values.values()):
        return say(False, f"Another one has a lower value than {name}.")
    return say(True)


def check_stranger(sign: str, picture: Any, model: Model) -> None:
    """Check that a network takes a letter for a digit."""
    if len(sign) != 1 or not sign.isalpha():
        return say(False, "Take one letter.")
    if sign in "IlOoSsZzBbgq":
        return say(False, "People would take this one for a digit, too.")
    reading = model.read(picture)
    if any(digit.accepted for digit in reading.digits):
        return say(True)
    if not reading.text:
        return say(False, "The network finds no sign in this picture.")
    say(
        False,
        f'The network reads "{reading.text}", so it does not take your letter '
        "for a digit.",
    )


def check_cheapest(
    threshold: float,
    labels: np.ndarray,
    probabilities: np.ndarray,
    cost_of_error: float,
    cost_of_refusal: float,
) -> None:
    """Check the threshold at which errors and refusals cost least, to 5 in 100."""

    def cost(threshold: float) -> float:
        refused, wrong = refuse(labels, probabilities, threshold)
        return cost_of_error * wrong * (1 - refused) + cost_of_refusal * refused

    if not 0 < threshold < 1:
        return say(False, "A threshold lies between 0 and 1.")
    cheapest = min(cost(each) for each in THRESHOLDS)
    if cost(threshold) <= 1.05 * cheapest:
        return say(True)
    say(
        False,
        f"With this threshold 1,000 digits cost {1000 * cost(threshold):.0f} francs. "
        "Another threshold costs less.",
    )


def check_drop(drop: Callable[..., Any]) -> None:
    """Check a function that rubs out a square, and returns how far the answer falls.

    Args:
        drop: takes a model, a glyph, the row and the column of the square's upper left
            corner and its side.
    """
    random = np.random.default_rng(0)
    model = _LinearModel(random.normal(size=(784, 10)) / 20)
    for row, column, side in ((4, 9, 6), (20, 2, 3), (10, 10, 1)):
        glyph = random.random((28, 28, 1)).astype(np.float32)
        kept = glyph.copy()
        rubbed = glyph.copy()
        rubbed[row : row + side, column : column + side] = 0
        before, after = model.probabilities(np.stack([glyph, rubbed]))
        answer, remark = attempt(drop, model, glyph, row, column, side)
        if remark:
            return say(False, remark)
        if not np.array_equal(glyph, kept):
            return say(False, "Your function changes the glyph itself. Work on a copy.")
        fall = before.max() - after[before.argmax()]
        number = to_numbers(answer)
        if number is None or number.size != 1:
            return say(False, "Your function must return a single number.")
        if not np.allclose(number, fall, atol=1e-5):
            return say(
                False,
                f"The result is wrong for a square of side {side} at row {row}, "
                f"column {column}.",
            )
    return say(True)


class _LinearModel:
    """A made-up network whose probabilities depend on every pixel."""

    def __init__(self, weights: np.ndarray):
        self.weights = weights

    def probabilities(self, glyphs: np.ndarray) -> np.ndarray:
        logits = glyphs.reshape(len(glyphs), -1) @ self.weights
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
