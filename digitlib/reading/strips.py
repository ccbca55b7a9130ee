"""Turn a grey picture of one text line into a strip, the input of the line network.

    grey line -> ink strength against its paper -> the rows with ink -> 40 pixels high

A strip is (40, width) float32 in [0, 1]: 1 where the ink is strongest, 0 for paper.
Nothing is cut out: rules, boxes and patterns of the paper stay, as faint as they are,
and the network learns what is writing. The generator of training lines uses this
function, too, so both see the same.
"""

import cv2
import numpy as np

AREA = cv2.INTER_AREA
HEIGHT = 40  # pixels: height of a strip
STEP = 4  # pixel columns of a strip for each column of the network's output
WORK_HEIGHT = 48  # pixels: lines higher than this are shrunk first
PAPER_HEIGHT = 16  # pixels: height of the copy on which paper is estimated
PAPER_WINDOW = 17  # pixels of that copy
STROKE = 5  # pixels of that copy: strokes up to this width are not taken for paper
MIN_CONTRAST = 16  # grey levels: fainter ink is shown fainter
PERCENTILE = 99  # of the ink strength, which becomes 1
LIGHTER = 1.3  # ratio from which light ink on dark paper is more likely
INK = 0.3  # strength from which a pixel may be ink: beside dark print, writing is pale
MARGIN = 0.06  # share of the height of the ink that is kept above and below
LEAST_ROWS = 0.3  # share of the line's height that is never cut away


def to_strip(grey: np.ndarray) -> np.ndarray:
    """Make the strip of a line.

    Args:
        grey: (height, width) uint8, a picture of one line of writing, dark on light or
            light on dark. Its height is about that of the writing; parts of other lines
            may be in it.

    Returns:
        (40, width) float32 in [0, 1], ink 1; the aspect ratio is kept.
    """
    height, width = grey.shape
    if height > WORK_HEIGHT:
        size = max(1, round(width * WORK_HEIGHT / height)), WORK_HEIGHT
        grey = cv2.resize(grey, size, interpolation=AREA)
    strength = _strength(grey)
    top, bottom = _rows_with_ink(strength)
    strength = strength[top:bottom]
    size = max(1, round(strength.shape[1] * HEIGHT / len(strength))), HEIGHT
    is_smaller = len(strength) > HEIGHT
    how = AREA if is_smaller else cv2.INTER_LINEAR
    return cv2.resize(strength, size, interpolation=how)


def pad(strips: list[np.ndarray], width: int | None = None) -> np.ndarray:
    """Put strips into one batch, with paper to the right of the shorter ones.

    Args:
        strips: each (40, width) float32.
        width: of the batch in pixels, a multiple of `STEP`; None for the least that all
            fit in. Strips that are wider are squeezed.

    Returns:
        (n, 40, width, 1) float32.
    """
    if width is None:
        width = -(-max(strip.shape[1] for strip in strips) // STEP) * STEP
    batch = np.zeros((len(strips), HEIGHT, width, 1), np.float32)
    for place, strip in zip(batch[..., 0], strips, strict=True):
        fits = strip.shape[1] <= width
        shown = strip if fits else cv2.resize(strip, (width, HEIGHT), None, 0, 0, AREA)
        place[:, : shown.shape[1]] = shown
    return batch


def _strength(grey: np.ndarray) -> np.ndarray:
    """Return how much darker, or lighter, than its paper each pixel is, in [0, 1]."""
    if _is_light_on_dark(grey):
        grey = cv2.bitwise_not(grey)
    darker = cv2.subtract(_paper(grey), grey)  # OpenCV clips at 0
    strongest = max(_percentile(darker, PERCENTILE), MIN_CONTRAST)
    return np.minimum(darker.astype(np.float32) / strongest, 1)


def _is_light_on_dark(grey: np.ndarray) -> bool:
    """Compare the paper, which is most of the line and of its edge, with the ink."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = (_percentile(edge, 50) + _percentile(grey, 50)) / 2
    darkest, lightest = (_percentile(grey, each) for each in (2, 98))
    return lightest - paper > LIGHTER * (paper - darkest) + MIN_CONTRAST


def _paper(grey: np.ndarray) -> np.ndarray:
    """Estimate the paper: strokes filled, then a median filter over a square."""
    height, width = grey.shape
    size = max(1, round(width * PAPER_HEIGHT / height)), PAPER_HEIGHT
    small = cv2.resize(grey, size, interpolation=AREA)
    kernel = np.ones((STROKE, STROKE), np.uint8)
    filled = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    smooth = cv2.medianBlur(filled, PAPER_WINDOW)
    return cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)


def _percentile(levels: np.ndarray, share: float) -> int:
    """Return a percentile of uint8 levels by counting, faster than sorting."""
    counts = np.bincount(levels.ravel(), minlength=256).cumsum()
    return int(np.searchsorted(counts, levels.size * share / 100))


def _rows_with_ink(strength: np.ndarray) -> tuple[int, int]:
    """Return the first row with ink, with a margin, and the row after the last."""
    height = len(strength)
    rows = np.flatnonzero((strength > INK).sum(axis=1) > 1)
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, height)
    margin = max(1, round((bottom - top) * MARGIN))
    missing = max(0, round(LEAST_ROWS * height) - (bottom - top))
    margin += -(-missing // 2)
    return max(0, top - margin), min(height, bottom + margin)
