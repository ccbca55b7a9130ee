"""Check the answers to the exercises of lesson 1."""

from collections.abc import Callable, Iterable
from itertools import combinations

import numpy as np

from digitlib.exercises.verdict import say, try_out

PICTURES, SIDE = 12, 5  # of a made-up collection, small enough to be quick


def check_ink(least: int | None, most: int | None, means: np.ndarray) -> None:
    """Check which digit takes the least ink on average, and which the most.

    Args:
        least: the answer for the least ink.
        most: the answer for the most ink.
        means: (10, height, width), the mean picture of each digit.
    """
    if least is None or most is None:
        return say(False, "Write two digits in place of `None`.")
    ink = means.mean(axis=(1, 2))
    right = [least == ink.argmin(), most == ink.argmax()]
    remarks = {0: "Neither of the two is right.", 1: "One of the two is right."}
    say(all(right), remarks.get(sum(right), ""))


def check_alike(pair: Iterable[int] | None, means: np.ndarray) -> None:
    """Check which two mean digits have the smallest distance.

    Args:
        pair: the two digits.
        means: (10, height, width), the mean picture of each digit.
    """
    digits = set(pair) if isinstance(pair, Iterable) else set()
    if len(digits) != 2:
        return say(False, "A set of two different digits is needed, such as {0, 8}.")
    nearest = min(
        combinations(range(len(means)), 2),
        key=lambda pair: np.linalg.norm(means[pair[0]] - means[pair[1]]),
    )
    say(digits == set(nearest), "Another pair has a smaller distance.")


def check_vote_of_three(
    read: Callable[[np.ndarray, np.ndarray, np.ndarray], int] | None,
) -> None:
    """Check a function that lets the three nearest neighbours vote.

    It gets a picture, the pictures to look it up in, and their labels.
    """
    random = np.random.default_rng(0)
    cases: list[tuple[np.ndarray, ...]] = []
    while len(cases) < 20:
        picture = random.random((SIDE, SIDE))
        pictures = random.random((PICTURES, SIDE, SIDE))
        labels = random.integers(0, 3, PICTURES)
        if np.bincount(labels[_nearest(picture, pictures)]).max() > 1:
            cases.append((picture, pictures, labels))
    wrong = try_out(read, _vote, cases)
    say(not wrong, wrong)


def _nearest(picture: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    return np.argsort(((pictures - picture) ** 2).sum(axis=(1, 2)))[:3]


def _vote(picture: np.ndarray, pictures: np.ndarray, labels: np.ndarray) -> int:
    return int(np.bincount(labels[_nearest(picture, pictures)]).argmax())
