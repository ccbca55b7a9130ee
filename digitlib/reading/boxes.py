"""Bounding boxes."""

from collections.abc import Iterable

import numpy as np

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two exclusive


def ink_box(mask: np.ndarray) -> Box:
    """Return the bounding box of all that is True; (0, 0, 0, 0) if nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def surround(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around some boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
