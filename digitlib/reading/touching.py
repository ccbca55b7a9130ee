"""Touching digits, split where a path from top to bottom crosses the least ink."""

import cv2
import numpy as np

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two exclusive

ROWS = 32  # the path is looked for in a picture of so many rows
MIDDLE = 0.15  # of the width, on either side, that the path keeps away from
MAX_INK = 8  # rows of ink on the path: digits that touch do so in few places
MAX_SPLITS = 3  # of one segment: the cheapest,
APART = 0.15  # of the width by which two paths differ at least
WIDE = 0.65  # times its height: what is narrower is one digit; after one split,
STILL_WIDE = 1.1  # times its height
LOW = 0.5  # of the height: what is lower is a part of a digit, and no digit


def ink_box(mask: np.ndarray) -> Box:
    """The smallest box around all that is True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def split(ink: np.ndarray, wide: float = WIDE) -> list[list[np.ndarray]]:
    """Split ink that may be two touching digits, or more.

    Args:
        ink: (height, width) float32 in [0, 1].
        wide: times its height: what is narrower is one digit.

    Returns:
        The splits, the likeliest first; none where it is surely one digit. Each gives
        its parts from left to right, in the shape of `ink`: together
        they are `ink`.
    """
    left, top, right, bottom = ink_box(ink > 0.5)
    if right - left <= wide * (bottom - top):
        return []
    splits = []
    for path in _cheapest_paths(ink[top:bottom, left:right]):
        border = np.pad(path + left, (top, len(ink) - bottom), "edge")
        is_left = np.arange(ink.shape[1]) < border[:, None]
        halves = ink * is_left, ink * ~is_left
        if min(map(_height, halves)) > LOW * (bottom - top):
            splits.append([each for half in halves for each in _split_again(half)])
    return splits


def _split_again(half: np.ndarray) -> list[np.ndarray]:
    splits = split(half, STILL_WIDE)
    return splits[0] if splits else [half]


def _height(ink: np.ndarray) -> int:
    _, top, _, bottom = ink_box(ink > 0.5)
    return bottom - top


def _cheapest_paths(ink: np.ndarray) -> list[np.ndarray]:
    """The paths downwards that cross least ink: for each row, where along it.

    They are told apart by where they cross the middle row. Source of the method:
    dynamic programming, as in S. Avidan and A. Shamir, "Seam carving for content-aware
    image resizing" (2007).
    """
    height, width = ink.shape
    columns = max(3, round(width * ROWS / height))
    start = round(MIDDLE * columns)
    small = cv2.resize(ink, (columns, ROWS), interpolation=cv2.INTER_AREA)
    small = small[:, start : columns - start]
    above, below = _costs(small[: ROWS // 2]), _costs(small[: ROWS // 2 - 1 : -1])
    crossed = above[-1] + below[-1]
    rows = (np.arange(height) + 0.5) * ROWS / height - 0.5
    paths: list[np.ndarray] = []
    while len(paths) < MAX_SPLITS and crossed.min() < MAX_INK:
        middle = int(crossed.argmin())
        path = _trace(above, middle)[::-1] + _trace(below, middle)
        where = np.interp(rows, np.arange(ROWS), np.array(path) + start + 0.5)
        paths.append(where * width / columns)
        near = np.abs(np.arange(len(crossed)) - middle) < APART * columns
        crossed = np.where(near, np.inf, crossed)
    return paths


def _costs(ink: np.ndarray) -> np.ndarray:
    """How much ink the cheapest path crosses from the first row to each place."""
    costs = np.pad(ink, ((0, 0), (1, 1)), constant_values=np.inf)  # none goes outside
    for row in range(1, len(ink)):
        before = costs[row - 1]
        aslant = np.minimum(before[:-2], before[2:]) + 0.01  # straight, if all the same
        costs[row, 1:-1] += np.minimum(aslant, before[1:-1])
    return costs[:, 1:-1]


def _trace(costs: np.ndarray, column: int) -> list[int]:
    """The cheapest path back to the first row, from this column of the last."""
    path = [column]
    for row in costs[-2::-1]:
        low = max(path[-1] - 1, 0)
        path.append(low + int(row[low : path[-1] + 2].argmin()))
    return path
