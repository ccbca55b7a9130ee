"""Show the steps from picture to glyph, and what leaving out a step changes.

Reading itself uses `preprocess`; this module shows what `preprocess` did with one
digit, for the dashboard and lesson 02. If no step is left out, the glyph is exactly the
one that `preprocess` returned.
"""

from dataclasses import dataclass

import numpy as np

from digitlib.reading.background import find_ink
from digitlib.reading.boxes import Box, ink_box
from digitlib.reading.picture import Source, open_picture
from digitlib.reading.preprocess import SIDE, Candidate, centre, enlarge, frame, resize
from digitlib.reading.results import Digit


@dataclass(frozen=True)
class Steps:
    """One digit after each step on its way to the network.

    Attributes:
        grey: (height, width) uint8, the picture without its colours, 255 white.
        ink: (height, width) float32 in [0, 1], 1 for the ink of any digit.
        box: the digit's left, top, right, bottom in these pixels.
        fitted: (height, width) float32, the digit alone, its longer side 20 pixels.
        glyph: (28, 28, 1) float32, the same with its centre of mass at the centre.
    """

    grey: np.ndarray
    ink: np.ndarray
    box: Box
    fitted: np.ndarray
    glyph: np.ndarray


def walk(source: Source, digit: Digit | Candidate) -> Steps:
    """Repeat the steps that led from a picture to one of its digits.

    Args:
        source: the picture.
        digit: a digit that was found in it.

    Returns:
        The digit after each step.

    Raises:
        ImageError: the picture cannot be read.
    """
    picture = open_picture(source)
    pixels = enlarge(picture.pixels)
    scale = pixels.shape[1] / picture.size[0]
    left, top, right, bottom = (round(scale * side) for side in digit.box)
    grey = np.rint(pixels.mean(axis=2)).astype(np.uint8)
    return Steps(
        grey,
        find_ink(pixels),
        (left, top, right, bottom),
        _trim(digit.glyph[..., 0]),
        digit.glyph,
    )


def leave_out(
    steps: Steps, *, invert: bool = True, crop: bool = True, centred: bool = True
) -> np.ndarray:
    """Return the glyph that results if some of the steps are left out.

    Args:
        steps: the steps of a digit.
        invert: if False, ink is dark on light, as it was on paper.
        crop: if False, the whole picture is shrunk, whatever the size of the digit.
        centred: if False, the digit stays where it was in the picture.

    Returns:
        (28, 28, 1) float32 in [0, 1].
    """
    digit = steps.fitted if crop else resize(steps.ink, SIDE)
    if centred and not crop:
        digit = _trim(digit)
    glyph = centre(digit) if centred else _leave_in_place(digit, steps, crop)
    return glyph if invert else 1 - glyph


def _leave_in_place(digit: np.ndarray, steps: Steps, crop: bool) -> np.ndarray:
    """Place a digit as far to the left and as high as it was in its picture."""
    left, top, right, bottom = steps.box
    height, width = steps.ink.shape
    x, y = (0.5, 0.5)  # the whole picture is put in the middle if it is not square
    if crop:
        x, y = left / max(1, width - right + left), top / max(1, height - bottom + top)
    free_y, free_x = (SIDE - side for side in digit.shape)
    return frame(digit, round(min(x, 1) * free_x), round(min(y, 1) * free_y))


def _trim(ink: np.ndarray) -> np.ndarray:
    left, top, right, bottom = ink_box(ink > 0)
    return ink[top:bottom, left:right]
