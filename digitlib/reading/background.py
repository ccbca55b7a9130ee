"""Separate ink from paper: in any light, in any colour, on any background.

This is the first step of `preprocess`: it turns a picture's pixels into the ink of
whatever is written there, without shading, noise and ruled lines.
"""

import cv2
import numpy as np

from digitlib.reading.picture import extent
from digitlib.reading.ruling import find_ruling

# The paper's colour is estimated on a copy of the picture shrunk to an extent of
PAPER_SIDE = 64  # pixels.
PAPER_WINDOW = 33  # pixels of the copy: anything this large is shading, not ink
MARGIN = PAPER_WINDOW // 2  # pixels of the copy
MIN_SHADING = 23  # pixels of the copy: anything smaller is never shading
MIN_CONTRAST = 24  # grey levels between ink and paper
NOISE_FACTOR = 6  # ink must differ from the paper by this multiple of the noise
# Paper without shading, such as that of a drawing:
PLAIN_RANGE = 6  # grey levels by which it may vary
MIN_PLAIN_SHARE = 0.4  # share of the picture that it must cover
MIN_INK_SHARE = 0.7  # share of the strongest contrast from which "shading" is ink
# Marks fainter than these shares of the median contrast of the ink are dropped:
FAINTEST = 0.2  # inside the picture
FAINTEST_AT_EDGE = 0.35  # cut off by the edge of the picture


def find_ink(pixels: np.ndarray) -> np.ndarray:
    """Separate ink from paper by how much each pixel differs from the paper around it.

    The paper's colour is estimated by a wide median filter, which removes shadows and
    shading. Ink may be darker or lighter than the paper, whichever stands out more.
    Ruled lines are removed. Each connected component is scaled by its own contrast, so
    that faint pencil and black marker come out alike. A picture whose noise could hide
    ink is smoothed first.

    Args:
        pixels: (height, width, 3) uint8.

    Returns:
        (height, width) float32: 1 for ink, 0 for paper, in between at the edges.
    """
    pixels = _one_channel_if_grey(pixels)
    distance, noise = _distance_from_paper(pixels)
    if NOISE_FACTOR * noise > MIN_CONTRAST:  # without need, it would only fill loops
        distance, noise = _distance_from_paper(cv2.GaussianBlur(pixels, (3, 3), 0))
    threshold = max(MIN_CONTRAST, NOISE_FACTOR * noise)
    visible = (distance > threshold).astype(np.uint8)
    # At half the threshold even a faint line is unbroken and differs from writing.
    visible &= ~find_ruling((distance > threshold / 2).astype(np.uint8))
    labels: np.ndarray = cv2.connectedComponents(visible)[1]  # 0 is paper
    where = visible.nonzero()
    label, values = labels[where], distance[where].astype(np.float32)
    area = np.bincount(label, minlength=1)
    # A mean weighted by itself follows the middle of a stroke, not its soft edges.
    contrast = np.bincount(label, values**2, len(area)) / np.maximum(
        np.bincount(label, values, len(area)), 1
    )
    cut_off = _cut_off(labels, len(area))
    faintest = np.where(cut_off, FAINTEST_AT_EDGE, FAINTEST)
    contrast[contrast < faintest * _usual_contrast(contrast, area, cut_off)] = np.inf
    ink = np.zeros(distance.shape, np.float32)
    ink[where] = np.clip((values / contrast[label] - 0.25) / 0.5, 0, 1)
    return ink


def _cut_off(labels: np.ndarray, n: int) -> np.ndarray:
    """Return (n,) bool: which of the components the picture's edge cuts off."""
    cut_off = np.zeros(n, bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        cut_off[edge] = True
    return cut_off


def _usual_contrast(
    contrast: np.ndarray, area: np.ndarray, cut_off: np.ndarray
) -> float:
    """Return the median contrast of the ink, without what the edge cuts off."""
    inside = np.where(cut_off, 0, area)
    weight = inside if inside.any() else area
    order = np.argsort(contrast)
    half = np.searchsorted(weight[order].cumsum(), weight.sum() / 2)
    return float(contrast[order[min(half, len(order) - 1)]])


def _distance_from_paper(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """Measure how much darker each pixel is than the paper, or lighter if ink is light.

    Returns:
        (height, width) uint8 grey levels, and the paper's noise in grey levels: its
        standard deviation, estimated from the median because ink is the smaller part.
    """
    small = _shrink(pixels)
    paper = cv2.medianBlur(_widen(small), PAPER_WINDOW)
    darker = _strength(cv2.subtract(_inside(paper), small))  # OpenCV clips at 0
    lighter = _strength(cv2.subtract(small, _inside(paper)))
    fill = cv2.MORPH_CLOSE if darker >= lighter else cv2.MORPH_OPEN
    paper = _inside(_fill_spots(paper, fill))
    paper = cv2.resize(_without_shading(paper, small), pixels.shape[1::-1])

    noise = 1.4826 * _median(_largest_channel(cv2.absdiff(paper, pixels)))
    sides = (paper, pixels) if darker >= lighter else (pixels, paper)
    return _largest_channel(cv2.subtract(*sides)), noise


def _one_channel_if_grey(pixels: np.ndarray) -> np.ndarray:
    """Return one channel of a grey picture: the same result in a third of the time."""
    sample = pixels[::16, ::16]
    if (sample != sample[..., :1]).any():  # reveals most pictures in colour
        return pixels
    red, green, blue = cv2.split(pixels)
    is_grey = np.array_equal(red, green) and np.array_equal(green, blue)
    return red if is_grey else pixels


def _shrink(pixels: np.ndarray) -> np.ndarray:
    """Shrink a picture to `PAPER_SIDE`, which is fast and fine enough for shading."""
    height, width = pixels.shape[:2]
    factor = min(1, PAPER_SIDE / extent(pixels.shape))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _widen(small: np.ndarray) -> np.ndarray:
    """Add a margin into which shading and the edges of shadows continue."""
    edges = [(MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)]  # none around the channels
    levels = small.astype(np.int16)
    wide = np.pad(levels, edges[: small.ndim], "reflect", reflect_type="odd")
    return np.clip(wide, 0, 255).astype(np.uint8)


def _inside(wide: np.ndarray) -> np.ndarray:
    return wide[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _fill_spots(paper: np.ndarray, fill: int) -> np.ndarray:
    """Fill the spots where a bold digit filled the window and was taken for paper.

    A shadow or a desk is larger than such a spot and stays.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (MIN_SHADING, MIN_SHADING))
    filled = cv2.GaussianBlur(cv2.morphologyEx(paper, fill, kernel), (0, 0), 2)
    # Beside a shadow's edge, blurred here, the level closest to ink may be the paper's.
    nearest = cv2.MORPH_ERODE if fill == cv2.MORPH_CLOSE else cv2.MORPH_DILATE
    return cv2.morphologyEx(filled, nearest, np.ones((3, 3), np.uint8))


def _without_shading(paper: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return plain paper if its "shading" turns out to be a bold digit.

    Large strokes look like shading, above all at the picture's edge. But paper has no
    shading if its four corners and much of the rest have the same colour, and shading
    never differs from the paper as much as the strongest ink does.
    """
    if np.ptp(paper, axis=(0, 1)).max() <= MIN_CONTRAST:
        return paper
    corners = small[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.int16)
    plain = np.full_like(small, corners.mean(axis=0))
    shading = _largest_channel(cv2.absdiff(paper, plain)) > MIN_CONTRAST
    if np.ptp(corners, axis=0).max() > PLAIN_RANGE or not shading.any():
        return paper
    distance = _largest_channel(cv2.absdiff(small, plain))
    is_plain = (
        np.mean(distance <= PLAIN_RANGE) >= MIN_PLAIN_SHARE
        and np.median(distance[shading]) >= MIN_INK_SHARE * distance.max()
    )
    return plain if is_plain else paper


def _strength(difference: np.ndarray) -> int:
    """Return the sum of all differences that are large enough to be ink."""
    return int(difference[difference > MIN_CONTRAST].sum())


def _median(levels: np.ndarray) -> int:
    """Return the median of uint8 levels by counting, ten times faster than sorting."""
    counts = cv2.calcHist([levels], [0], None, [256], [0, 256])
    return int(np.searchsorted(counts.cumsum(), levels.size / 2))


def _largest_channel(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2:  # there is only one
        return pixels
    red, green, blue = cv2.split(pixels)
    return cv2.max(cv2.max(red, green), blue)
