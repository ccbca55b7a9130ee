"""Share out the ink of a line among its signs.

The line network says what is written and about where each sign has its middle. A
connected component with one middle belongs to that sign. One with several, where digits
touch, is cut between each two of them along the path that crosses the least ink.
"""

import cv2
import numpy as np

ROWS = 32  # height in pixels of the shrunk picture in which paths are sought
SIDEWAYS = 0.3  # rows of ink that a path may cross to stay clear of a sign's middle


def share_out(ink: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """Say to which sign each pixel of ink belongs.

    Args:
        ink: (height, width) float32 in [0, 1], of one line and nothing else.
        middles: (n,) float, the x coordinate of each sign's middle, increasing.

    Returns:
        (height, width) int: the index of the sign; -1 for paper.
    """
    visible = (ink > 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(visible)
    left = stats[:, cv2.CC_STAT_LEFT]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    first = np.searchsorted(middles, left)
    last = np.searchsorted(middles, right)  # exclusive
    nearest = np.abs((left + right)[:, None] / 2 - middles).argmin(axis=1)
    owner = np.where(last - first == 1, first, nearest)
    owner[0] = -1
    owners = owner[labels]
    for component in 1 + np.flatnonzero((last - first)[1:] > 1):
        rows, columns = np.nonzero(labels == component)
        owners[rows, columns] = _cut(
            ink, (rows, columns), middles[first[component] : last[component]]
        )
        owners[rows, columns] += first[component]
    return owners


def _cut(
    ink: np.ndarray, pixels: tuple[np.ndarray, np.ndarray], middles: np.ndarray
) -> np.ndarray:
    """Cut a component between its signs; return for each pixel which one it is of."""
    rows, columns = pixels
    top, bottom = rows.min(), rows.max() + 1
    own = np.zeros_like(ink)
    own[rows, columns] = ink[rows, columns]
    side = np.zeros(len(rows), int)
    for i in range(len(middles) - 1):
        start, end = int(middles[i]), int(middles[i + 1]) + 1
        path = start + _cheapest_path(own[top:bottom, start:end])
        side += columns >= path[rows - top]
    return side


def _cheapest_path(ink: np.ndarray) -> np.ndarray:
    """Find the path from top to bottom that crosses the least ink.

    Returns:
        (height,) float: its x coordinate in each row.

    Source of the method: dynamic programming, as in S. Avidan and A. Shamir, "Seam
    carving for content-aware image resizing" (2007).
    """
    height, width = ink.shape
    columns = max(3, round(width * ROWS / height))
    small = cv2.resize(ink, (columns, ROWS), interpolation=cv2.INTER_AREA)
    costs = small + SIDEWAYS * np.linspace(-1, 1, columns) ** 2
    costs = np.pad(costs, ((0, 0), (1, 1)), constant_values=np.inf)  # keep paths inside
    for row in range(1, ROWS):
        before = costs[row - 1]
        diagonal = np.minimum(before[:-2], before[2:]) + 0.01  # prefer straight paths
        costs[row, 1:-1] += np.minimum(diagonal, before[1:-1])
    costs = costs[:, 1:-1]
    path = [int(costs[-1].argmin())]
    for row in costs[-2::-1]:
        low = max(path[-1] - 1, 0)
        path.append(low + int(row[low : path[-1] + 2].argmin()))
    x = (np.array(path[::-1]) + 0.5) * width / columns
    return np.interp(
        (np.arange(height) + 0.5) * ROWS / height - 0.5, np.arange(ROWS), x
    )
