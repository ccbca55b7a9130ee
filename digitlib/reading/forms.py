"""Tell the lines of a form from writing, by a small network.

a sign's box -> the picture around it -> form.tflite -> a logit: printed, or written

The side of a box, the post of a comb and a dash are straight bars, as a 1 may be: what
is around them tells. `training.form_pictures` says what the network learned from.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from digitlib.reading import manifest
from digitlib.reading.boxes import Box
from digitlib.reading.line_network import find_network, open_network

SIDE = 80  # pixels of what the network sees
AROUND = 5  # ratio of the side of what it sees to the longer side of the sign's box
MIN_CONTRAST = 16  # grey levels: fainter ink is shown fainter
PERCENTILE = 99  # of the distance from the paper, which is shown as the strongest
PRINTED = 1.5  # logit from which a sign is taken for print: a 1 is rather kept
BARS = "17"  # what a bar and a corner are read as
ALONE = 0.5  # strength of ink around a sign that is below this everywhere: paper only
MOST = 0.6  # share of what was read that is print; a label may be read, too

FormNetwork = Callable[[np.ndarray], np.ndarray]


def is_empty_form(
    pixels: np.ndarray, boxes: Sequence[Box], labels: Sequence[str]
) -> bool:
    """Return whether most of what was read of a picture are the lines of a form.

    Args:
        pixels: (height, width, 3) or (height, width) uint8.
        boxes: of what was read, in these pixels.
        labels: what each was read as.
    """
    most_written = (1 - MOST) * len(boxes)
    bars = [box for box, label in zip(boxes, labels, strict=True) if label in BARS]
    written = len(boxes) - len(bars)
    if not bars or written > most_written:
        return False  # as nearly always: no network has been asked yet
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    network = _load_shared()
    for box in bars:
        seen = look_around(grey, box)
        is_lone = len(boxes) == 1 and _is_alone(seen)  # a form has several lines
        written += is_lone or float(network(seen[None])[0, 0]) < PRINTED
        if written > most_written:
            return False
    return True


def look_around(grey: np.ndarray, box: Box) -> np.ndarray:
    """Show what is around a sign.

    Args:
        grey: (height, width) uint8, a picture.
        box: around the sign, in its pixels.

    Returns:
        (80, 80, 2) float32 in [0, 1]: how far each pixel is from the paper's grey level
        (its square root, so that pale ink is seen beside dark print; 0 outside of the
        picture), and 1 in the box.
    """
    left, top, right, bottom = box
    side = AROUND * max(right - left, bottom - top, 2)
    x, y = (left + right - side) // 2, (top + bottom - side) // 2
    seen = grey[max(y, 0) : y + side, max(x, 0) : x + side]
    strength = cv2.LUT(seen, _strengths(seen))
    scale = SIDE / side
    size = [max(1, round(each * scale)) for each in seen.shape[::-1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown = np.zeros((SIDE, SIDE, 2), np.float32)
    column, row = (round(max(-each, 0) * scale) for each in (x, y))
    part = shown[row : row + size[1], column : column + size[0], 0]
    part[:] = cv2.resize(strength, size, interpolation=how)[
        : len(part), : part.shape[1]
    ]
    columns, rows = (
        slice(round(a * scale), max(round(a * scale) + 1, round(b * scale)))
        for a, b in ((left - x, right - x), (top - y, bottom - y))
    )
    shown[rows, columns, 1] = 1
    return shown


def _is_alone(seen: np.ndarray) -> bool:
    """Return whether there is only paper around a sign."""
    inside = cv2.dilate(seen[..., 1], np.ones((3, 3), np.uint8))  # and its soft edges
    return float(seen[..., 0][inside == 0].max(initial=0)) < ALONE


def _strengths(grey: np.ndarray) -> np.ndarray:
    """Return how strong each of 256 grey levels is shown, (256,) float32.

    The paper has the median level. Counting levels is much faster than sorting pixels.
    """
    counts = np.bincount(grey.ravel(), minlength=256)
    paper = int(np.searchsorted(counts.cumsum(), grey.size / 2))
    distances = np.abs(np.arange(256) - paper)
    shares = np.bincount(distances, counts).cumsum() * (100 / grey.size)
    strongest = max(int(np.searchsorted(shares, PERCENTILE)), MIN_CONTRAST)
    return np.sqrt(np.minimum(distances / strongest, 1)).astype(np.float32)


@cache
def _load_shared() -> FormNetwork:
    """Load the network once for all who read: threads may share it."""
    return load_form()


def load_form(folder: Path = manifest.MODELS) -> FormNetwork:
    """Load the form network that the manifest lists.

    Args:
        folder: where `form.tflite` and the manifest are.

    Returns:
        A function from (n, 80, 80, 2) float32, as `look_around` makes them, to (n, 1)
        logits, which are higher for print. Threads may share it.

    Raises:
        ModelError: the file is missing or damaged.
    """
    return open_network(find_network(manifest.FORM, folder))
