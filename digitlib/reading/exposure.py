"""Say if a picture is so dark, or so overexposed, that ink may be lost in it.

A drawing is neither: its paper is white or black, but in one colour, and so are its
strokes. A photo has light that varies.
"""

import numpy as np

from digitlib.reading.picture import extent

DARK = "The picture is very dark, so ink may be missing: take it in more light."
OVEREXPOSED = (
    "The picture is overexposed, so ink may be missing: take it in less light."
)

SAMPLE = 200  # pixels: the extent of the pixels that are looked at
BLACK = 72  # grey level: all of a very dark picture is darker
FEWEST_LEVELS = 4  # between the darkest and the lightest: with fewer, nothing is shown
WHITE = 250  # grey level from which light is clipped
CLIPPED = 0.3  # share of an overexposed picture that is
PALE = 140  # grey level: nearly all of an overexposed picture is lighter,
NOT_PALE = 0.01  # but for this share of it
NOT_CLIPPED = 0.1  # share of the picture that still shows in how much light it is
SHADES = 8  # grey levels that count as one colour
ONE_COLOUR = 0.7  # share of what is not clipped that has one colour in a drawing


def describe_exposure(pixels: np.ndarray) -> str:
    """Return a sentence for people, or "" if the light is right.

    Args:
        pixels: (height, width, 3) uint8.
    """
    step = max(1, extent(pixels.shape) // SAMPLE)
    sample = pixels[::step, ::step]
    if sample.max() < BLACK:
        return DARK if np.ptp(sample) >= FEWEST_LEVELS else ""
    if np.count_nonzero(sample < PALE) > NOT_PALE * sample.size:
        return ""
    levels = sample.min(axis=2)  # a colour is clipped where its least channel is
    rest = levels[levels < WHITE]
    share = rest.size / levels.size
    if not NOT_CLIPPED <= share <= 1 - CLIPPED:
        return ""
    is_plain = np.bincount(rest // SHADES).max() > ONE_COLOUR * rest.size
    return "" if is_plain else OVEREXPOSED
