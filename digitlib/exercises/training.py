"""Check the answers to the exercises of lesson 3."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from digitlib.exercises.verdict import say, to_numbers, try_out

SIZES = (784, 32, 32, 10)  # of the network whose numbers are counted
STRONG = 0.1  # a sum that is more than rounding


def check_parameters(count: int | None) -> None:
    """Check how many parameters a network of these sizes has: weights and biases."""
    weights = sum(a * b for a, b in pairwise(SIZES))
    biases = sum(SIZES[1:])
    if count is None:
        return say(False, "Write your number in place of `None`.")
    if count == weights:
        return say(False, "These are all the weights. What else has every neuron?")
    say(count == weights + biases, "Go layer by layer: what does one neuron have?")


def check_right_edges(kernel: Sequence[Sequence[float]] | np.ndarray | None) -> None:
    """Check that a kernel finds right edges: ink with no ink to the right of it."""
    table = to_numbers(kernel)
    if table is None or table.shape != (3, 3):
        return say(False, "A table of three rows with three numbers each is needed.")
    left, upper = np.zeros((2, 3, 3))
    left[:, 0] = upper[0] = 1  # a right edge, and a lower one
    if (table * left).sum() <= STRONG:
        return say(False, "For ink on the left side, the sum should be above zero.")
    if (table * left[:, ::-1]).sum() >= -STRONG:
        return say(False, "For ink on the right side, the sum should be below zero.")
    if abs(table.sum()) >= STRONG:
        return say(False, "There is no edge in a window full of ink. Is its sum zero?")
    lower_or_upper = (abs((table * each).sum()) for each in (upper, upper[::-1]))
    say(
        max(lower_or_upper) < STRONG,
        "For a lower or an upper edge the sum should be zero.",
    )


def check_pooling(pool: Callable[[np.ndarray], np.ndarray] | None) -> None:
    """Check a function that keeps the largest of every two by two numbers."""
    random = np.random.default_rng(0)
    cases = [(random.normal(size=shape).round(1),) for shape in [(2, 2), (4, 6)]]
    wrong = try_out(pool, _pool, [(-np.ones((2, 2)),), *cases])
    say(not wrong, wrong)


def _pool(numbers: np.ndarray) -> np.ndarray:
    height, width = numbers.shape
    return numbers.reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3))
