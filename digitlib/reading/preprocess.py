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
from digitlib.reading.boxes import Box, ink_box
from digitlib.reading.components import LeftOut
from digitlib.reading.picture import WORKING_SIDE, Picture, Source, open_picture
from digitlib.reading.segment import Region, Segment, take_apart

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
class Writing:
    """A picture and the ink in it.

    Attributes:
        pixels: (height, width, 3) uint8, reduced or enlarged for reading.
        ink: (height, width) float32 in [0, 1].
        regions: the ink of single digits, or of a few that may be one.
        scale: the side of one of these pixels, in pixels of the upright original.
        size: (width, height) of the upright original.
        left_out: the ink that is in no region.
    """

    pixels: np.ndarray
    ink: np.ndarray
    regions: list[Region]
    scale: float
    size: tuple[int, int]
    left_out: LeftOut

    def candidate(self, segment: Segment) -> Candidate:
        """Return a segment with its box in the original and its glyph."""
        return Candidate(self.original_box(segment.box), normalise(segment.ink))

    def original_box(self, box: Box) -> Box:
        """Return a box of these pixels in pixels of the upright original."""
        left, top, right, bottom = box
        return (
            int(left * self.scale),
            int(top * self.scale),
            min(self.size[0], -int(-right * self.scale // 1)),
            min(self.size[1], -int(-bottom * self.scale // 1)),
        )

    def own_box(self, box: Box) -> Box:
        """Return a box of the upright original in these pixels."""
        height, width = self.ink.shape
        left, top, right, bottom = (round(side / self.scale) for side in box)
        return left, top, min(width, right), min(height, bottom)


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
    writing = find_writing(source)
    return [
        writing.candidate(segment)
        for region in writing.regions
        for segment in next(region.hypotheses())
    ]


def find_only_digit(source: Source) -> Candidate | None:
    """Find the digit in a picture of a single one: the tallest ink.

    Beside it may be a speck, or the corner of a neighbour. The digit may be in pieces,
    which are joined however tall they get, as there is no other row.

    Args:
        source: a PIL image, or the bytes, path or open file of one.

    Returns:
        The digit; None if there is no ink.

    Raises:
        ImageError: the picture cannot be read.
    """
    writing = find_writing(source)
    regions = take_apart(writing.ink, is_one_digit=True).regions
    wholes = [region.whole for region in regions]
    if not wholes:
        return None
    tallest = max(wholes, key=lambda each: each.box[3] - each.box[1])
    return writing.candidate(tallest)


def find_writing(source: Source) -> Writing:
    """Find the ink in a picture and take it apart into regions.

    Args:
        source: a PIL image, or the bytes, path or open file of one.

    Returns:
        The regions, line by line and from left to right, with the picture itself.

    Raises:
        ImageError: the picture cannot be read.
    """
    return next(guess_writings(source))


def guess_writings(source: Source) -> Iterator[Writing]:
    """Do as `find_writing` does for each guess at the ink of a picture.

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


def _fine_side(guess: Writing) -> int:
    """Return the extent at which small writing is large enough to be read well."""
    heights = [each.box[3] - each.box[1] for each in guess.regions]
    if len(heights) < SEVERAL:
        return WORKING_SIDE
    usual = max(1.0, float(np.median(heights)))
    if usual >= SMALL:
        return WORKING_SIDE
    return min(MAX_FINE_SIDE, round(WORKING_SIDE * LARGE_ENOUGH / usual))


def _guess(picture: Picture) -> Iterator[Writing]:
    pixels = enlarge(picture.pixels)
    scale = picture.scale * picture.pixels.shape[1] / pixels.shape[1]
    for ink in guess_inks(pixels):
        found = take_apart(ink)
        yield Writing(pixels, ink, found.regions, scale, picture.size, found.left_out)


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
    if fine.max() <= 0.1:  # a hairline on a large picture, which shrinking made pale
        fine = fine / fine.max()
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
