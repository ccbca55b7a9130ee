"""Turn any picture into the 28x28 glyphs that the networks take as input.

THE CONTRACT, for every network, in training and in reading: a glyph is float32 in
[0, 1], ink 1, background 0, channel last, (28, 28, 1). The digit's longer side is 20
pixels (aspect ratio kept, anti-aliased), and its centre of mass is at the centre. MNIST
was made in the same way. Nothing else in this project divides by 255, inverts or
resizes.

    Picture -> background.find_ink -> segment.take_apart -> normalise -> glyphs
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from digitlib.reading.background import guess_inks
from digitlib.reading.components import LeftOut
from digitlib.reading.picture import WORKING_SIDE, Picture, Source, open_picture
from digitlib.reading.segment import Segment, take_apart
from digitlib.reading.touching import Box, ink_box

SIDE = 28  # pixels of a glyph
CENTRE = 14  # the row and column of a glyph at the centre of mass of MNIST's digits
DIGIT_SIDE = 20  # pixels: the digit's longer side in a glyph
FINE = 4  # normalising works at this multiple of the glyph's resolution
MIN_STROKE_WIDTH = 1.8  # pixels of a glyph: a thinner stroke is thickened

# Writing lower than this is looked at again in a picture with a larger extent:
SMALL = 20  # pixels
LARGE_ENOUGH = 28  # pixels that it then has
MAX_FINE_SIDE = 2000  # pixels, for the sake of memory
SEVERAL = 3  # pieces of writing; fewer may be dust
MIN_SIDE = 112  # pixels: a smaller picture is enlarged before anything else


@dataclass(frozen=True)
class Candidate:
    """Ink that may be one digit: its place in the picture and its glyph.

    Attributes:
        box: left, top, right, bottom in pixels of the upright original, the last two
            exclusive.
        glyph: (28, 28, 1) float32.
    """

    box: Box
    glyph: np.ndarray


@dataclass(frozen=True)
class Guess:
    """A guess at what is written in a picture.

    Attributes:
        regions: for each region in reading order its hypotheses, the likeliest first.
        left_out: what is in no region.
        has_ink: whether there is any ink.
        heights: of the regions, in the pixels that were searched.
    """

    regions: list[Iterator[list[Candidate]]]
    left_out: LeftOut
    has_ink: bool
    heights: list[int]


def to_glyphs(images: np.ndarray) -> np.ndarray:
    """Turn images as MNIST's files hold them into glyphs.

    Args:
        images: (n, 28, 28) uint8, ink 255.

    Returns:
        (n, 28, 28, 1) float32 in [0, 1].
    """
    return (images.astype(np.float32) / 255)[..., None]


def to_pixels(glyphs: np.ndarray) -> np.ndarray:
    """Turn glyphs back into uint8 images, the inverse of `to_glyphs`.

    Args:
        glyphs: (..., 28, 28, 1) float32 in [0, 1].

    Returns:
        (..., 28, 28) uint8, ink 255.
    """
    return np.rint(glyphs[..., 0] * 255).astype(np.uint8)


def find_digits(source: Source) -> list[Candidate]:
    """Find every digit in a picture, in reading order.

    Args:
        source: a PIL image, or the bytes, path or open file of one.

    Returns:
        The digits, line by line and from left to right; empty if there is no ink.

    Raises:
        ImageError: the picture cannot be read.
    """
    return [each for region in find_hypotheses(source) for each in next(region)]


def find_hypotheses(source: Source) -> list[Iterator[list[Candidate]]]:
    """Find every digit, with several hypotheses where geometry leaves a choice.

    A digit of two strokes may be two digits, and a wide one may be two that touch; a
    network decides. It mostly needs only the first hypothesis, so the others are
    computed only on demand.

    Args:
        source: a PIL image, or the bytes, path or open file of one.

    Returns:
        For each region in reading order its hypotheses, the likeliest first; each is
        the list of its candidates from left to right.

    Raises:
        ImageError: the picture cannot be read.
    """
    return next(guess_hypotheses(source)).regions


def guess_hypotheses(source: Source) -> Iterator[Guess]:
    """Do as `find_hypotheses` does for each guess at the ink of a picture.

    Args:
        source: a PIL image, or the bytes, path or open file of one.

    Yields:
        The likeliest guess first, and at least one.

    Raises:
        ImageError: the picture cannot be read.
    """
    picture = open_picture(source)
    guessed = _guess(picture)
    first = next(guessed)
    side = _fine_side(first)
    if picture.finer and side > WORKING_SIDE:
        yield from _guess(picture.finer(side))
        return
    yield first
    yield from guessed


def _fine_side(guess: Guess) -> int:
    """Return the extent at which small writing is large enough to be read well."""
    if len(guess.heights) < SEVERAL:
        return WORKING_SIDE
    usual = max(1.0, float(np.median(guess.heights)))
    if usual >= SMALL:
        return WORKING_SIDE
    return min(MAX_FINE_SIDE, round(WORKING_SIDE * LARGE_ENOUGH / usual))


def _guess(picture: Picture) -> Iterator[Guess]:
    pixels = enlarge(picture.pixels)
    scale = picture.scale * picture.pixels.shape[1] / pixels.shape[1]

    def to_candidate(segment: Segment) -> Candidate:
        box = _scale_box(segment.box, scale, picture.size)
        return Candidate(box, normalise(segment.ink))

    for ink in guess_inks(pixels):
        separated = take_apart(ink)
        regions: list[Iterator[list[Candidate]]] = [
            (
                [to_candidate(each) for each in hypothesis]
                for hypothesis in region.hypotheses()
            )
            for region in separated.regions
        ]
        heights = [each.box[3] - each.box[1] for each in separated.regions]
        yield Guess(regions, separated.left_out, bool(ink.any()), heights)


def enlarge(pixels: np.ndarray) -> np.ndarray:
    """Enlarge a tiny picture, so that all later steps see strokes, not single pixels.

    Args:
        pixels: (height, width) or (height, width, 3), uint8, or float32 in [0, 1].

    Returns:
        The same picture with a longer side of at least `MIN_SIDE` pixels.
    """
    factor = -(-MIN_SIDE // max(pixels.shape[:2]))
    if factor <= 1:
        return pixels
    top = 255 if pixels.dtype == np.uint8 else 1.0
    larger = cv2.resize(
        pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC
    )
    return np.clip(larger, 0, top).astype(pixels.dtype)


def normalise(ink: np.ndarray) -> np.ndarray:
    """Normalise one digit's ink in the way of MNIST (see the contract above).

    A stroke thinner than `MIN_STROKE_WIDTH` is thickened first, because most strokes of
    MNIST are thicker.

    Args:
        ink: (height, width) float32 in [0, 1], of one digit and nothing else.

    Returns:
        (28, 28, 1) float32; all zero if there is no ink.

    Source of the method: Y. LeCun et al. (1998), section III.A; the description of
    MNIST, http://yann.lecun.com/exdb/mnist.
    """
    left, top, right, bottom = ink_box(ink > 0.5)
    crop = ink[top:bottom, left:right]
    if not crop.size:
        return np.zeros((SIDE, SIDE, 1), np.float32)
    fine = resize(crop, DIGIT_SIDE * FINE)
    fine = _thicken(np.minimum(fine / np.percentile(fine[fine > 0.1], 90), 1))
    return centre(np.minimum(resize(fine, DIGIT_SIDE), 1))


def stroke_width(mask: np.ndarray) -> float:
    """Estimate the stroke width in pixels: twice the distance from middle to edge.

    Args:
        mask: (height, width) bool, True for ink.
    """
    padded = np.pad(mask, 1).astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)
    ridge = (distance >= cv2.dilate(distance, np.ones((3, 3)))) & (padded > 0)
    return float(2 * np.median(distance[ridge]) - 1) if ridge.any() else 0.0


def _thicken(fine: np.ndarray) -> np.ndarray:
    missing = round(MIN_STROKE_WIDTH * FINE - stroke_width(fine > 0.5))
    if missing <= 0:
        return fine
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (missing + 1, missing + 1))
    return cv2.dilate(np.pad(fine, missing), kernel)


def resize(ink: np.ndarray, longer: int) -> np.ndarray:
    """Scale ink to a given longer side, keeping the aspect ratio.

    Args:
        ink: (height, width) float32.
        longer: the longer side of the result, in pixels.

    Returns:
        The scaled ink, float32, averaged over areas where it shrinks.
    """
    height, width = ink.shape
    factor = longer / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    shrinks = factor < 1
    return cv2.resize(
        ink, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )


def centre(digit: np.ndarray) -> np.ndarray:
    """Place a digit in 28x28, its centre of mass at the centre to the nearest pixel.

    Args:
        digit: (height, width) float32, both at most 28.

    Returns:
        (28, 28, 1) float32.
    """
    height, width = digit.shape
    weights = digit / max(float(digit.sum()), 1e-6)
    mass_y = float(weights.sum(axis=1) @ np.arange(height))
    mass_x = float(weights.sum(axis=0) @ np.arange(width))
    top = min(max(round(CENTRE - mass_y), 0), SIDE - height)
    left = min(max(round(CENTRE - mass_x), 0), SIDE - width)
    return frame(digit, left, top)


def frame(digit: np.ndarray, left: int, top: int) -> np.ndarray:
    """Place a digit in an empty glyph with its top left corner at (left, top)."""
    height, width = digit.shape
    glyph = np.zeros((SIDE, SIDE, 1), np.float32)
    glyph[top : top + height, left : left + width, 0] = digit
    return glyph


def _scale_box(box: Box, scale: float, size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    return (
        int(left * scale),
        int(top * scale),
        min(size[0], -int(-right * scale // 1)),
        min(size[1], -int(-bottom * scale // 1)),
    )
