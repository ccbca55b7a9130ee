"""Any picture into the 28x28 glyphs that the networks know.

THE CONTRACT, for every network, training and reading alike. A glyph is float32 in
[0, 1], ink 1, background 0, channel last, (28, 28, 1): the digit's longer side 20
pixels (aspect kept, anti-aliased), its centre of mass at the centre. MNIST was made so.
Nothing else in this project divides by 255, inverts or resizes.

    Picture -> find_ink -> segment.separate -> normalise -> glyphs
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitlib.picture import Source, open_picture
from digitlib.segment import Box, separate

SIDE = 28  # pixels of a glyph
DIGIT_SIDE = 20  # pixels of the digit's longer side in it
FINE = 4  # normalising works at this many times the glyph's resolution
THINNEST = 1.8  # pixels of a stroke in a glyph: a thinner one is thickened

PAPER_SIDE = 64  # pixels: the paper's colour is looked for in a picture this small
SMALLEST_SIDE = 112  # pixels: a smaller picture is enlarged before anything else
LEAST_CONTRAST = 24  # grey levels between ink and paper
NOISE_FACTOR = 6  # ink stands out by this many times the paper's noise


@dataclass(frozen=True)
class Found:
    """One digit found in a picture: where, and as the network sees it.

    Attributes:
        box: left, top, right, bottom in pixels of the upright original, the last two
            exclusive.
        glyph: (28, 28, 1) float32.
    """

    box: Box
    glyph: np.ndarray


def to_glyphs(images: np.ndarray) -> np.ndarray:
    """Turn images as MNIST's files hold them into glyphs.

    Args:
        images: (n, 28, 28) uint8, ink 255.

    Returns:
        (n, 28, 28, 1) float32 in [0, 1].
    """
    return (images.astype(np.float32) / 255)[..., None]


def to_pixels(glyphs: np.ndarray) -> np.ndarray:
    """Turn glyphs back into uint8 images: `to_glyphs` the other way round.

    Args:
        glyphs: (..., 28, 28, 1) float32 in [0, 1].

    Returns:
        (..., 28, 28) uint8, ink 255.
    """
    return np.rint(glyphs[..., 0] * 255).astype(np.uint8)


def find_digits(source: Source) -> list[Found]:
    """Find every digit in a picture, in reading order.

    Args:
        source: a PIL image, or the bytes, path or open file of one.

    Returns:
        The digits, line by line and from left to right; none where there is no ink.

    Raises:
        ImageError: the picture cannot be read.
    """
    picture = open_picture(source)
    pixels = enlarge(picture.pixels)
    scale = picture.scale * picture.pixels.shape[1] / pixels.shape[1]
    return [
        Found(_scale_box(piece.box, scale, picture.size), normalise(piece.ink))
        for piece in separate(find_ink(pixels))
    ]


def enlarge(pixels: np.ndarray) -> np.ndarray:
    """Enlarge a tiny picture, so that all later steps see strokes, not single pixels.

    Args:
        pixels: (height, width) or (height, width, 3), uint8, or float32 in [0, 1].

    Returns:
        The same, its longer side at least `SMALLEST_SIDE` pixels.
    """
    factor = -(-SMALLEST_SIDE // max(pixels.shape[:2]))
    if factor <= 1:
        return pixels
    top = 255 if pixels.dtype == np.uint8 else 1.0
    larger = cv2.resize(
        pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC
    )
    return np.clip(larger, 0, top).astype(pixels.dtype)


def find_ink(pixels: np.ndarray) -> np.ndarray:
    """Tell ink from paper by how far each pixel's colour is from the paper's around it.

    The paper's colour is a wide median, so that shadows and shading fall away; ink may
    be darker or lighter than the paper, whichever stands out more.

    Args:
        pixels: (height, width, 3) uint8.

    Returns:
        (height, width) float32: 1 for ink, 0 for paper, between the two at edges.
    """
    difference = pixels.astype(np.float32) - _paper(pixels)
    distance = np.abs(difference).max(axis=2) * _same_polarity(difference)
    noise = 1.4826 * float(np.median(distance))  # of a normal distribution
    visible = distance[distance > max(LEAST_CONTRAST, NOISE_FACTOR * noise)]
    if not visible.size:
        return np.zeros_like(distance)
    contrast = float(np.percentile(visible, 80))
    return np.clip((distance / contrast - 0.25) / 0.5, 0, 1)


def _paper(pixels: np.ndarray) -> np.ndarray:
    """The colour of the paper at each pixel: (height, width, 3) float32."""
    height, width = pixels.shape[:2]
    factor = PAPER_SIDE / max(height, width)
    small = cv2.resize(
        pixels,
        (max(1, round(width * factor)), max(1, round(height * factor))),
        interpolation=cv2.INTER_AREA,
    )
    paper = cv2.medianBlur(small, PAPER_SIDE // 4 * 2 + 1)
    paper = cv2.GaussianBlur(paper, (0, 0), 2)
    return cv2.resize(paper, (width, height)).astype(np.float32)


def _same_polarity(difference: np.ndarray) -> np.ndarray:
    """True where a pixel differs from the paper in the direction that ink does."""
    lightness = difference.mean(axis=2)
    strong = np.abs(lightness) > LEAST_CONTRAST
    ink_is_darker = lightness[strong].sum() <= 0
    return lightness <= 0 if ink_is_darker else lightness >= 0


def normalise(ink: np.ndarray) -> np.ndarray:
    """Bring one digit's ink to the form of MNIST's (see the contract above).

    A thin stroke is thickened first: MNIST's pens are never thinner than `THINNEST`.

    Args:
        ink: (height, width) float32 in [0, 1], of one digit and nothing else.

    Returns:
        (28, 28, 1) float32; all zero where there is no ink.

    Source of the method: Y. LeCun et al. (1998), section III.A; the description of
    MNIST, http://yann.lecun.com/exdb/mnist.
    """
    left, top, right, bottom = ink_box(ink > 0.5)
    crop = ink[top:bottom, left:right]
    if not crop.size:
        return np.zeros((SIDE, SIDE, 1), np.float32)
    fine = _resize(crop, DIGIT_SIDE * FINE)
    fine = _thicken(np.minimum(fine / np.percentile(fine[fine > 0.1], 90), 1))
    return _centre(_resize(fine, DIGIT_SIDE))[..., None]


def ink_box(mask: np.ndarray) -> Box:
    """The smallest box around all that is True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def stroke_width(mask: np.ndarray) -> float:
    """The usual width of a stroke in pixels: twice the distance to the edge, midway.

    Args:
        mask: (height, width) bool, True for ink.
    """
    padded = np.pad(mask, 1).astype(np.uint8)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)
    ridge = (distance >= cv2.dilate(distance, np.ones((3, 3)))) & (padded > 0)
    return float(2 * np.median(distance[ridge]) - 1) if ridge.any() else 0.0


def _thicken(fine: np.ndarray) -> np.ndarray:
    missing = round(THINNEST * FINE - stroke_width(fine > 0.5))
    if missing <= 0:
        return fine
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (missing + 1, missing + 1))
    return cv2.dilate(np.pad(fine, missing), brush)


def _resize(ink: np.ndarray, longer: int) -> np.ndarray:
    """Scale so that the longer side has this many pixels, keeping the aspect."""
    height, width = ink.shape
    factor = longer / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    shrinks = factor < 1
    return cv2.resize(
        ink, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )


def _centre(digit: np.ndarray) -> np.ndarray:
    """Put a digit into 28x28, centre of mass at the centre, to the nearest pixel."""
    height, width = digit.shape
    weights = digit / max(float(digit.sum()), 1e-6)
    mass_y = float(weights.sum(axis=1) @ np.arange(height)) + 0.5
    mass_x = float(weights.sum(axis=0) @ np.arange(width)) + 0.5
    top = min(max(round(SIDE / 2 - mass_y), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - mass_x), 0), SIDE - width)
    glyph = np.zeros((SIDE, SIDE), np.float32)
    glyph[top : top + height, left : left + width] = digit
    return glyph


def _scale_box(box: Box, scale: float, size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    return (
        int(left * scale),
        int(top * scale),
        min(size[0], -int(-right * scale // 1)),
        min(size[1], -int(-bottom * scale // 1)),
    )
