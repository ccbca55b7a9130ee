"""Split touching digits along a path from top to bottom that crosses the least ink."""

import cv2
import numpy as np

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two exclusive

ROWS = 32  # height in pixels of the shrunk picture in which paths are sought
SIDE_MARGIN = 0.15  # share of the width that a path stays away from either side
MAX_INK = 8  # rows of ink that a path may cross: touching digits touch in few places
MAX_SPLITS = 3  # splits tried for one segment, those with the least ink
MIN_DISTANCE = 0.15  # share of the width by which two paths differ at least
# Ink up to this ratio of width to height is one digit:
WIDE = 0.65  # before any split
STILL_WIDE = 1.1  # after a split
MIN_HEIGHT = 0.5  # share of the height: a lower part is not a digit of its own


def ink_box(mask: np.ndarray) -> Box:
    """Return the bounding box of all that is True; (0, 0, 0, 0) if nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def split(ink: np.ndarray, wide: float = WIDE) -> list[list[np.ndarray]]:
    """Split ink that may be two touching digits, or more.

    Args:
        ink: (height, width) float32 in [0, 1].
        wide: the ratio of width to height up to which ink is one digit.

    Returns:
        The splits, the likeliest first; empty if the ink is surely one digit. Each
        split lists its parts from left to right; they have the shape of `ink` and add
        up to it.
    """
    left, top, right, bottom = ink_box(ink > 0.5)
    if right - left <= wide * (bottom - top):
        return []
    splits = []
    for path in _cheapest_paths(ink[top:bottom, left:right]):
        border = np.pad(path + left, (top, len(ink) - bottom), "edge")
        is_left = np.arange(ink.shape[1]) < border[:, None]
        halves = ink * is_left, ink * ~is_left
        if min(map(_height, halves)) > MIN_HEIGHT * (bottom - top):
            splits.append([each for half in halves for each in _split_again(half)])
    return splits


def _split_again(half: np.ndarray) -> list[np.ndarray]:
    splits = split(half, STILL_WIDE)
    return splits[0] if splits else [half]


def _height(ink: np.ndarray) -> int:
    _, top, _, bottom = ink_box(ink > 0.5)
    return bottom - top


def _cheapest_paths(ink: np.ndarray) -> list[np.ndarray]:
    """Find the paths from top to bottom that cross the least ink.

    The paths differ in where they cross the middle row.

    Returns:
        For each path (height,) float: its x coordinate in each row.

    Source of the method: dynamic programming, as in S. Avidan and A. Shamir, "Seam
    carving for content-aware image resizing" (2007).
    """
    height, width = ink.shape
    columns = max(3, round(width * ROWS / height))
    start = round(SIDE_MARGIN * columns)
    small = cv2.resize(ink, (columns, ROWS), interpolation=cv2.INTER_AREA)
    small = small[:, start : columns - start]
    above, below = _costs(small[: ROWS // 2]), _costs(small[: ROWS // 2 - 1 : -1])
    crossed = above[-1] + below[-1]
    rows = (np.arange(height) + 0.5) * ROWS / height - 0.5
    paths: list[np.ndarray] = []
    while len(paths) < MAX_SPLITS and crossed.min() < MAX_INK:
        middle = int(crossed.argmin())
        path = _trace(above, middle)[::-1] + _trace(below, middle)
        path_x = np.interp(rows, np.arange(ROWS), np.array(path) + start + 0.5)
        paths.append(path_x * width / columns)
        near = np.abs(np.arange(len(crossed)) - middle) < MIN_DISTANCE * columns
        crossed = np.where(near, np.inf, crossed)
    return paths


def _costs(ink: np.ndarray) -> np.ndarray:
    """Return the ink on the cheapest path from the first row to each pixel."""
    costs = np.pad(ink, ((0, 0), (1, 1)), constant_values=np.inf)  # keep paths inside
    for row in range(1, len(ink)):
        before = costs[row - 1]
        diagonal = np.minimum(before[:-2], before[2:]) + 0.01  # prefer straight paths
        costs[row, 1:-1] += np.minimum(diagonal, before[1:-1])
    return costs[:, 1:-1]


def _trace(costs: np.ndarray, column: int) -> list[int]:
    """Trace the cheapest path from a column of the last row back to the first row."""
    path = [column]
    for row in costs[-2::-1]:
        low = max(path[-1] - 1, 0)
        path.append(low + int(row[low : path[-1] + 2].argmin()))
    return path
