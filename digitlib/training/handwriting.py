"""Turn what people wrote, on paper or with a digital pen, into images like MNIST's.

Scans -> preprocess.find_only_digit -+
Pens  -> ink.draw ---> normalise ----+-> (n, 28, 28) uint8, to train on or to test
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from digitlib.reading import ink
from digitlib.reading.preprocess import SIDE, find_only_digit, normalise, to_pixels
from digitlib.training.people import Pens, Scans

PEN_WIDTHS = 8.0, 30.0  # pixels on the pad: the narrowest and the widest
WRITING_SIDE = 190.0  # pixels on the pad: the longer side of a sign
SLANT = 0.15  # standard deviation of the change, pixels across for each pixel down


def read_scans(scans: Scans) -> tuple[np.ndarray, np.ndarray]:
    """Find the digit of each scan as any picture's digits are found.

    A scan may hold a speck, or a corner of the neighbouring digit: the tallest ink
    counts, with what belongs to it.

    Args:
        scans: the scans of n digits.

    Returns:
        (n, 28, 28) uint8 images, ink 255, and (n,) bool, whether any ink was found.
    """
    images = np.zeros((len(scans.labels), SIDE, SIDE), np.uint8)
    for image, scan in zip(images, scans.images, strict=True):
        digit = find_only_digit(scan)
        if digit:
            image[:] = to_pixels(digit.glyph)
    return images, np.any(images, axis=(1, 2))


def draw_pens(
    pens: Pens, random: np.random.Generator, copies: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Draw each sign with a pen of random width, and slant it a little.

    Args:
        pens: n signs.
        random: the random generator.
        copies: how often each is drawn.

    Returns:
        (copies * n, 28, 28) uint8 images, ink 255, and the (copies * n,) index of the
        sign in each of them.
    """
    indices = np.tile(np.arange(len(pens)), copies)
    glyphs = [normalise(draw_ink(pens.strokes(i), random)) for i in indices]
    return to_pixels(np.reshape(glyphs, (-1, SIDE, SIDE, 1))), indices


def draw_ink(strokes: Sequence[np.ndarray], random: np.random.Generator) -> np.ndarray:
    """Draw strokes with a pen of random width, slanted a little.

    Args:
        strokes: each (m, 2), y down, in any unit.
        random: the random generator.

    Returns:
        (280, 280) float32 in [0, 1], ink 1.
    """
    slant, pen_width = random.normal(0, SLANT), random.uniform(*PEN_WIDTHS)
    shear = np.array([[1.0, 0.0], [-slant, 1.0]])
    slanted = [np.asarray(stroke, float) @ shear for stroke in strokes]
    return 1 - np.asarray(draw_on_pad(slanted, pen_width), np.float32) / 255


def draw_on_pad(
    strokes: Sequence[np.ndarray], pen_width: float = ink.PEN_WIDTH
) -> Image.Image:
    """Draw strokes of any unit in the middle of the pad, as large as people write.

    Args:
        strokes: each (m, 2), y down.
        pen_width: in pixels.

    Returns:
        A grey picture of 280 x 280 pixels, black on white.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = WRITING_SIDE / max(float((high - low).max()), 1e-6)
    centre = ink.PAD_SIDE / 2
    fitted = [(stroke - (low + high) / 2) * scale + centre for stroke in strokes]
    return ink.draw(fitted, pen_width=pen_width)
