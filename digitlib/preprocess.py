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
CENTRE = 14  # the row and column of a glyph where MNIST's digits have their mass
DIGIT_SIDE = 20  # pixels of the digit's longer side in it
FINE = 4  # normalising works at this many times the glyph's resolution
THINNEST = 1.8  # pixels of a stroke in a glyph: a thinner one is thickened

PAPER_SIDE = 64  # pixels: the paper's colour is looked for in a picture this small
PAPER_WINDOW = 33  # pixels of it: what is as large as this is not ink but shade
PAPER_SPOT = 23  # pixels of it: what is smaller is never shade
SMALLEST_SIDE = 112  # pixels: a smaller picture is enlarged before anything else
LEAST_CONTRAST = 24  # grey levels between ink and paper
NOISE_FACTOR = 6  # ink stands out by this many times the paper's noise
FAINTEST = 0.35  # of the strongest ink's contrast: fainter marks are not meant


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

    The paper's colour is a wide median, so that shadows and shading fall away. Ink may
    be darker or lighter than the paper, whichever stands out more. Each connected piece
    is measured against its own contrast: faint pencil and black marker become alike.

    Args:
        pixels: (height, width, 3) uint8.

    Returns:
        (height, width) float32: 1 for ink, 0 for paper, between the two at edges.
    """
    distance, grain = _distance_from_paper(pixels)
    least = max(LEAST_CONTRAST, NOISE_FACTOR * grain)
    visible = (distance > least).astype(np.uint8)
    parts: np.ndarray = cv2.connectedComponents(visible)[1]  # 0 is paper
    where = visible.nonzero()
    part, seen = parts[where], distance[where].astype(np.float32)
    area = np.bincount(part, minlength=1)
    # The mean, weighted by itself: that of the stroke's middle, not of its soft edges.
    contrast = np.bincount(part, seen**2, len(area)) / np.maximum(
        np.bincount(part, seen, len(area)), 1
    )
    contrast[contrast < FAINTEST * _usual_contrast(contrast, area, parts)] = np.inf
    ink = np.zeros(distance.shape, np.float32)
    ink[where] = np.clip((seen / contrast[part] - 0.25) / 0.5, 0, 1)
    return ink


def _usual_contrast(contrast: np.ndarray, area: np.ndarray, parts: np.ndarray) -> float:
    """The contrast that half of the ink has, not counting what the edge cuts off."""
    inside = area.copy()
    for edge in (parts[0], parts[-1], parts[:, 0], parts[:, -1]):
        inside[edge] = 0
    weight = inside if inside.any() else area
    order = np.argsort(contrast)
    half = np.searchsorted(weight[order].cumsum(), weight.sum() / 2)
    return float(contrast[order[min(half, len(order) - 1)]])


def _distance_from_paper(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """How much darker than the paper, or lighter if that is what ink is.

    Returns:
        (height, width) uint8 grey levels, and the paper's grain in grey levels: the
        standard deviation, told from the median, as ink is the lesser part.
    """
    pixels = cv2.GaussianBlur(pixels, (3, 3), 0)
    small = _shrink(pixels)
    paper = cv2.medianBlur(small, PAPER_WINDOW)
    darker = _strength(cv2.subtract(paper, small))  # subtracting stops at 0
    lighter = _strength(cv2.subtract(small, paper))
    paper = _fill_spots(paper, cv2.MORPH_CLOSE if darker >= lighter else cv2.MORPH_OPEN)
    paper = cv2.resize(paper, pixels.shape[1::-1])

    grain = 1.4826 * _median(_largest_channel(cv2.absdiff(paper, pixels)))
    sides = (paper, pixels) if darker >= lighter else (pixels, paper)
    return _largest_channel(cv2.subtract(*sides)), grain


def _shrink(pixels: np.ndarray) -> np.ndarray:
    """Shrink to `PAPER_SIDE`: fine enough for shading, and fast."""
    height, width = pixels.shape[:2]
    factor = PAPER_SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _fill_spots(paper: np.ndarray, fill: int) -> np.ndarray:
    """Fill the spots where a bold digit was taken for paper, as it filled the window.

    A shadow or a desk is larger than such a spot, and stays.
    """
    margin = PAPER_WINDOW // 2
    wide = np.pad(  # shading goes on beyond the edge as it came
        paper.astype(np.float32),
        ((margin, margin), (margin, margin), (0, 0)),
        mode="reflect",
        reflect_type="odd",
    )
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (PAPER_SPOT, PAPER_SPOT))
    filled = cv2.GaussianBlur(cv2.morphologyEx(wide, fill, brush), (0, 0), 2)
    inside = filled[margin:-margin, margin:-margin]
    return np.clip(inside, 0, 255).astype(np.uint8)


def _strength(difference: np.ndarray) -> int:
    """How much there is that could be ink."""
    return int(difference[difference > LEAST_CONTRAST].sum())


def _median(levels: np.ndarray) -> int:
    """The median of uint8 levels, by counting: ten times faster than sorting."""
    counts = cv2.calcHist([levels], [0], None, [256], [0, 256])
    return int(np.searchsorted(counts.cumsum(), levels.size / 2))


def _largest_channel(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = cv2.split(pixels)
    return cv2.max(cv2.max(red, green), blue)


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
    return _centre(np.minimum(_resize(fine, DIGIT_SIDE), 1))[..., None]


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
    mass_y = float(weights.sum(axis=1) @ np.arange(height))
    mass_x = float(weights.sum(axis=0) @ np.arange(width))
    top = min(max(round(CENTRE - mass_y), 0), SIDE - height)
    left = min(max(round(CENTRE - mass_x), 0), SIDE - width)
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
