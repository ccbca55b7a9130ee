"""Turn a picture by a quarter, and what was found in it back again."""

import numpy as np

from digitlib.reading.picture import Picture
from digitlib.reading.touching import Box

QUARTERS = 1, 3, 2  # turns to the left, the likeliest first
TURNED = "The picture lies {}: it was read turned upright."
LIES = {1: "on its right side", 2: "upside down", 3: "on its left side"}


def turn(picture: Picture, quarters: int) -> Picture:
    """Turn a picture to the left by this many quarters."""
    pixels = np.ascontiguousarray(np.rot90(picture.pixels, quarters))
    size = picture.size if quarters == 2 else picture.size[::-1]
    return Picture(pixels, picture.scale, size)


def turn_back(box: Box, quarters: int, size: tuple[int, int]) -> Box:
    """Return a box of a turned picture in pixels of the original.

    Args:
        box: left, top, right, bottom.
        quarters: by which the picture was turned to the left.
        size: width and height of the original.
    """
    left, top, right, bottom = box
    width, height = size
    if quarters == 1:
        return width - bottom, left, width - top, right
    if quarters == 2:
        return width - right, height - bottom, width - left, height - top
    return top, height - right, bottom, height - left
