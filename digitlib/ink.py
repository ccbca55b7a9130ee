"""Pen strokes into a picture: the one rasteriser of the project.

The dashboard's pad, tests and generated digits draw with it, so that a drawing is the
same picture wherever it comes from. `preprocess` then treats it as any other picture.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

Point = tuple[float, float]  # x, y in pixels, from the top left corner
Stroke = Sequence[Point]  # from pen down to pen up

PEN_WIDTH = 14.0  # pixels, on a pad of
PAD_SIDE = 280  # pixels
_SUBPIXEL_BITS = 4


def draw(
    strokes: Sequence[Stroke],
    size: tuple[int, int] = (PAD_SIDE, PAD_SIDE),
    pen_width: float = PEN_WIDTH,
) -> Image.Image:
    """Draw strokes with a round pen, black on white, anti-aliased.

    Args:
        strokes: each a sequence of (x, y) points in pixels; a single point is a dot.
            What lies outside the picture is cut off.
        size: (width, height) of the picture in pixels.
        pen_width: in pixels, 1 or more.

    Returns:
        A grey picture (mode "L"): 0 for ink, 255 for paper.

    Example:
        >>> draw([[(90, 60), (190, 60), (130, 220)]]).size
        (280, 280)
    """
    paper = np.full((size[1], size[0]), 255, np.uint8)
    for stroke in strokes:
        if not len(stroke):
            continue
        points = np.asarray([*stroke, stroke[-1]], float)  # a dot is a line too
        fixed = np.rint(points * 2**_SUBPIXEL_BITS).astype(np.int32)
        cv2.polylines(
            paper, [fixed], False, 0, round(pen_width), cv2.LINE_AA, _SUBPIXEL_BITS
        )
    return Image.fromarray(paper)
