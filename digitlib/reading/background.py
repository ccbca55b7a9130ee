"""Ink told from paper: in any light, of any colour, on any ground.

The first step of `preprocess`: a picture's pixels become the ink of whatever is written
there, without shades, noise and ruled lines.
"""

import cv2
import numpy as np

from digitlib.reading.picture import extent
from digitlib.reading.ruling import find_ruling

PAPER_SIDE = 64  # pixels: the extent of the picture in which paper's colour is sought
PAPER_WINDOW = 33  # pixels of it: what is as large as this is not ink but shade
MARGIN = PAPER_WINDOW // 2
PAPER_SPOT = 23  # pixels of it: what is smaller is never shade
MIN_CONTRAST = 24  # grey levels between ink and paper
NOISE_FACTOR = 6  # ink stands out by this many times the paper's noise
ONE_COLOUR = 6  # grey levels that paper without shade, such as a drawing's, may vary,
MUCH = 0.4  # if so much of the picture is this paper
AS_STRONG = 0.7  # of the strongest ink: what was taken for shade, and is ink
FAINTEST = 0.2  # of the usual ink's contrast: fainter marks are not meant,
FAINTEST_AT_EDGE = 0.35  # nor, where the picture's edge cuts them, those below this


def find_ink(pixels: np.ndarray) -> np.ndarray:
    """Tell ink from paper by how far each pixel's colour is from the paper's around it.

    The paper's colour is a wide median, so that shadows and shading fall away. Ink may
    be darker or lighter than the paper, whichever stands out more. Ruled lines are
    taken out. Each connected component is measured against its own contrast: faint
    pencil and black marker become alike. A picture whose noise could hide ink is
    smoothed.

    Args:
        pixels: (height, width, 3) uint8.

    Returns:
        (height, width) float32: 1 for ink, 0 for paper, between the two at edges.
    """
    pixels = _one_channel_if_grey(pixels)
    distance, noise = _distance_from_paper(pixels)
    if NOISE_FACTOR * noise > MIN_CONTRAST:  # else it would but fill loops
        distance, noise = _distance_from_paper(cv2.GaussianBlur(pixels, (3, 3), 0))
    least = max(MIN_CONTRAST, NOISE_FACTOR * noise)
    visible = (distance > least).astype(np.uint8)
    # At half of it even a faint line is whole, and can be told from writing.
    visible &= ~find_ruling((distance > least / 2).astype(np.uint8))
    labels: np.ndarray = cv2.connectedComponents(visible)[1]  # 0 is paper
    where = visible.nonzero()
    label, seen = labels[where], distance[where].astype(np.float32)
    area = np.bincount(label, minlength=1)
    # The mean, weighted by itself: that of the stroke's middle, not of its soft edges.
    contrast = np.bincount(label, seen**2, len(area)) / np.maximum(
        np.bincount(label, seen, len(area)), 1
    )
    cut_off = _cut_off(labels, len(area))
    faintest = np.where(cut_off, FAINTEST_AT_EDGE, FAINTEST)
    contrast[contrast < faintest * _usual_contrast(contrast, area, cut_off)] = np.inf
    ink = np.zeros(distance.shape, np.float32)
    ink[where] = np.clip((seen / contrast[label] - 0.25) / 0.5, 0, 1)
    return ink


def _cut_off(labels: np.ndarray, n: int) -> np.ndarray:
    """Which of n components the picture's edge cuts off."""
    cut_off = np.zeros(n, bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        cut_off[edge] = True
    return cut_off


def _usual_contrast(
    contrast: np.ndarray, area: np.ndarray, cut_off: np.ndarray
) -> float:
    """The contrast that half of the ink has, not counting what the edge cuts off."""
    inside = np.where(cut_off, 0, area)
    weight = inside if inside.any() else area
    order = np.argsort(contrast)
    half = np.searchsorted(weight[order].cumsum(), weight.sum() / 2)
    return float(contrast[order[min(half, len(order) - 1)]])


def _distance_from_paper(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """How much darker than the paper, or lighter if that is what ink is.

    Returns:
        (height, width) uint8 grey levels, and the paper's noise in grey levels: the
        standard deviation, told from the median, as ink is the lesser part.
    """
    small = _shrink(pixels)
    paper = cv2.medianBlur(_widen(small), PAPER_WINDOW)
    darker = _strength(cv2.subtract(_inside(paper), small))  # subtracting stops at 0
    lighter = _strength(cv2.subtract(small, _inside(paper)))
    fill = cv2.MORPH_CLOSE if darker >= lighter else cv2.MORPH_OPEN
    paper = _inside(_fill_spots(paper, fill))
    paper = cv2.resize(_without_shade(paper, small), pixels.shape[1::-1])

    noise = 1.4826 * _median(_largest_channel(cv2.absdiff(paper, pixels)))
    sides = (paper, pixels) if darker >= lighter else (pixels, paper)
    return _largest_channel(cv2.subtract(*sides)), noise


def _one_channel_if_grey(pixels: np.ndarray) -> np.ndarray:
    """Of channels that are all alike one says the same, in a third of the time."""
    few = pixels[::16, ::16]
    if (few != few[..., :1]).any():  # in colour: most are told by these
        return pixels
    red, green, blue = cv2.split(pixels)
    is_grey = np.array_equal(red, green) and np.array_equal(green, blue)
    return red if is_grey else pixels


def _shrink(pixels: np.ndarray) -> np.ndarray:
    """Shrink to `PAPER_SIDE`: fine enough for shading, and fast."""
    height, width = pixels.shape[:2]
    factor = min(1, PAPER_SIDE / extent(pixels.shape))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _widen(small: np.ndarray) -> np.ndarray:
    """Add a margin in which shading, and a shadow's edge, go on as they came."""
    edges = [(MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)]  # not of channels
    levels = small.astype(np.int16)
    wide = np.pad(levels, edges[: small.ndim], "reflect", reflect_type="odd")
    return np.clip(wide, 0, 255).astype(np.uint8)


def _inside(wide: np.ndarray) -> np.ndarray:
    return wide[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _fill_spots(paper: np.ndarray, fill: int) -> np.ndarray:
    """Fill the spots where a bold digit was taken for paper, as it filled the window.

    A shadow or a desk is larger than such a spot, and stays.
    """
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (PAPER_SPOT, PAPER_SPOT))
    filled = cv2.GaussianBlur(cv2.morphologyEx(paper, fill, brush), (0, 0), 2)
    # Beside a shadow's edge, which is blurred here, the nearest to ink may be paper.
    nearest = cv2.MORPH_ERODE if fill == cv2.MORPH_CLOSE else cv2.MORPH_DILATE
    return cv2.morphologyEx(filled, nearest, np.ones((3, 3), np.uint8))


def _without_shade(paper: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Paper of one colour, if a bold digit was still taken for shade on such paper.

    Large strokes look like shade, above all at the picture's edge. But there is none on
    paper whose four corners are alike, and much of the rest; nor is shade as far from
    the paper's colour as the strongest ink is.
    """
    if np.ptp(paper, axis=(0, 1)).max() <= MIN_CONTRAST:
        return paper
    corners = small[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.int16)
    plain = np.full_like(small, corners.mean(axis=0))
    shade = _largest_channel(cv2.absdiff(paper, plain)) > MIN_CONTRAST
    if np.ptp(corners, axis=0).max() > ONE_COLOUR or not shade.any():
        return paper
    distance = _largest_channel(cv2.absdiff(small, plain))
    is_plain = (
        np.mean(distance <= ONE_COLOUR) >= MUCH
        and np.median(distance[shade]) >= AS_STRONG * distance.max()
    )
    return plain if is_plain else paper


def _strength(difference: np.ndarray) -> int:
    """How much there is that could be ink."""
    return int(difference[difference > MIN_CONTRAST].sum())


def _median(levels: np.ndarray) -> int:
    """The median of uint8 levels, by counting: ten times faster than sorting."""
    counts = cv2.calcHist([levels], [0], None, [256], [0, 256])
    return int(np.searchsorted(counts.cumsum(), levels.size / 2))


def _largest_channel(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2:  # there is one
        return pixels
    red, green, blue = cv2.split(pixels)
    return cv2.max(cv2.max(red, green), blue)
