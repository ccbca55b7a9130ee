"""Check the answers to the exercises of lesson 3."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from digitlib.exercises.verdict import say, try_out

SIZES = (784, 32, 32, 10)  # of the network whose numbers are counted
STRONG = 0.1  # an answer to an edge that is more than rounding


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
    """Check that a kernel answers to right edges, and to nothing else that is even."""
    table = np.array([] if kernel is None else kernel, float)
    if table.shape != (3, 3):
        return say(False, "A table of three rows with three numbers each is needed.")
    left, upper = np.zeros((2, 3, 3))
    left[:, 0] = upper[0] = 1  # a right edge, and a lower one
    even = np.ones((3, 3))
    answers = {
        "It does not answer to ink on the left of the window.": (table * left).sum()
        > STRONG,
        "Ink on the right must count against it.": (table * left[:, ::-1]).sum()
        < -STRONG,
        "It answers to a window full of ink, where there is no edge.": abs(
            (table * even).sum()
        )
        < STRONG,
        "It answers to lower or upper edges too.": max(
            abs((table * each).sum()) for each in (upper, upper[::-1])
        )
        < STRONG,
    }
    wrong = [remark for remark, holds in answers.items() if not holds]
    say(not wrong, "".join(wrong[:1]))


def check_pooling(pool: Callable[[np.ndarray], np.ndarray] | None) -> None:
    """Check a function that keeps the largest of every two by two numbers."""
    random = np.random.default_rng(0)
    cases = [(random.normal(size=shape),) for shape in [(2, 2), (4, 6), (24, 24)]]
    wrong = try_out(pool, _pool, [*cases, (-np.ones((4, 4)),)])
    say(not wrong, wrong)


def _pool(numbers: np.ndarray) -> np.ndarray:
    height, width = numbers.shape
    return numbers.reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3))
