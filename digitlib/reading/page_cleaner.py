"""Tell writing from ruled lines, squared paper and boxes, by a small network.

distance from the paper -> strength -> page.tflite -> what is no writing

`training.pages` says what the network learned from. Where writing crosses a line, the
crossing is writing.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from digitlib.reading import manifest
from digitlib.reading.line_network import find_network, open_network

STEP = 64  # pixels: sides of the network's input are multiples of it
LARGEST = 1024  # pixels: a larger side is reduced, for the sake of memory
STRENGTH = 0.8  # of the ink of a picture that is only black and white
SHORTEST = 0.05  # share of the page's longer side: a shorter piece is no ruling
RULING, OTHER = 0, 1  # the network's logits, against writing

PageNetwork = Callable[[np.ndarray], np.ndarray]


def find_ruling(distance: np.ndarray, threshold: float) -> np.ndarray:
    """Find ruled lines, squares and boxes: ink that is not writing.

    Args:
        distance: (height, width) uint8, by how much each pixel differs from the paper.
        threshold: the least distance of ink. From half of it on, the network sees what
            is there, so that even a faint line is unbroken.

    Returns:
        (height, width) uint8, 1 for ruling.
    """
    levels = np.arange(256, dtype=np.float32)
    seen = np.where(levels > threshold / 2, levels / (levels + threshold), 0)
    return clean(cv2.LUT(distance, seen.astype(np.float32)))


def clean(strength: np.ndarray) -> np.ndarray:
    """Do as `find_ruling` does, from what the network sees.

    Args:
        strength: (height, width) float32 in [0, 1], 0 for paper.
    """
    height, width = strength.shape
    factor = -(-max(height, width) // LARGEST)
    small: np.ndarray = strength
    if factor > 1:
        size = -(-width // factor), -(-height // factor)
        small = cv2.resize(strength, size, interpolation=cv2.INTER_AREA)
    rows, columns = small.shape
    page = np.zeros((-(-rows // STEP) * STEP, -(-columns // STEP) * STEP), np.float32)
    page[:rows, :columns] = small
    logits = _load_shared()(page[None, ..., None])
    told = (logits[0, :rows, :columns, RULING] > 0) & (small > 0)
    ruling: np.ndarray = _drop_short(told.astype(np.uint8))
    if factor > 1:
        ruling = cv2.resize(ruling, (width, height), interpolation=cv2.INTER_NEAREST)
    return ruling & (strength > 0)


def _drop_short(ruling: np.ndarray) -> np.ndarray:
    """Drop short pieces, which may be straight parts of digits."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ruling)
    longer = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    is_long = longer >= SHORTEST * max(ruling.shape)
    is_long[0] = False  # paper
    return is_long.astype(np.uint8)[labels]


@cache
def _load_shared() -> PageNetwork:
    """Load the network once for all who read: threads may share it."""
    return load_page()


def load_page(folder: Path = manifest.MODELS) -> PageNetwork:
    """Load the page network that the manifest lists.

    Args:
        folder: where `page.tflite` and the manifest are.

    Returns:
        A function from (1, height, width, 1) float32 pages, whose sides are multiples
        of `STEP`, to (1, height, width, 2) logits. Threads may share it.

    Raises:
        ModelError: the file is missing or damaged.
    """
    return open_network(find_network(manifest.PAGE, folder))
