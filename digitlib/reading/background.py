"""Separate ink from paper: in any light, in any colour, on any background.

This is the first step of `preprocess`: it turns a picture's pixels into the ink of
whatever is written there, without shading, noise and ruled lines.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from digitlib.reading import page_cleaner
from digitlib.reading.paper import (
    Paper,
    estimate_paper,
    frequent_colour,
    rarer_colour,
    without_edges,
)
from digitlib.reading.ruling import find_ruling

MIN_CONTRAST = 24  # grey levels between ink and paper
NOISE_FACTOR = 6  # ink must differ from the paper by this multiple of the noise
ALIKE = 1e-3  # mean difference below which two guesses at the ink are the same
COARSE = 4  # pixels: noise is measured in squares of this side, too
PATTERN = 5  # ratio of noise to grain from which it is a pattern: fine squares
CLOUDS = 2  # ratio of the clouds in paper to its noise at most
QUIET = 0.35  # share of the picture that has neither ink nor edges
QUIET_LEVEL = 2.2  # standard deviations to the level that this share of noise is below
# Marks fainter than these shares of the median contrast of the ink are dropped:
FAINTEST = 0.2  # inside the picture
FAINTEST_AT_EDGE = 0.35  # cut off by the edge of the picture
# How the paper is estimated, whether ruling may be paler than the writing (if light is
# taken for ink, that is no use), and whether a network finds ruling on it, too:
GUESSES = (
    (estimate_paper, True, False), (estimate_paper, True, True),
    (without_edges, False, False), (frequent_colour, False, False),
    (rarer_colour, False, False),
)  # fmt: skip


def find_ink(pixels: np.ndarray) -> np.ndarray:
    """Separate ink from paper by how much each pixel differs from the paper around it.

    Ink may be darker or lighter than the paper, whichever stands out more. Ruled lines
    are removed. Each connected component is scaled by its own contrast, so that faint
    pencil and black marker come out alike. A picture whose noise could hide ink is
    smoothed first.

    Args:
        pixels: (height, width, 3) uint8.

    Returns:
        (height, width) float32: 1 for ink, 0 for paper, in between at the edges.
    """
    return next(guess_inks(pixels))


def guess_inks(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """Guess at the ink in several ways, where a picture leaves a choice.

    There is paper, with a shadow, a frame or a desk at its edges; or there is ruling so
    fine that it passes for noise, or one that geometry misses and a network finds; or
    the edges of the picture cut ink; or paper is in even light, and there is much ink
    on it. A network decides. It mostly needs only the first guess, so the others are
    computed only on demand.

    Args:
        pixels: (height, width, 3) uint8.

    Yields:
        As `find_ink` returns; the likeliest first, no two alike.
    """
    pixels = _one_channel_if_grey(pixels)
    inks: list[np.ndarray] = []
    for estimate, *how in GUESSES:
        paper = estimate(pixels)
        for ink in _separate(pixels, paper, *how) if paper else ():
            if not any(_are_alike(ink, each) for each in inks):
                inks.append(ink)
                yield ink


def _separate(
    pixels: np.ndarray, paper: Paper, may_be_paler: bool, is_learned: bool
) -> Iterator[np.ndarray]:
    distance, (grain, noise) = _distance(pixels, paper), _noise(pixels, paper)
    if NOISE_FACTOR * noise > MIN_CONTRAST:  # without need, it would only fill loops
        smooth = cv2.GaussianBlur(pixels, (3, 3), 0)
        distance, (grain, noise) = _distance(smooth, paper), _noise(smooth, paper)
    is_pattern = may_be_paler and not is_learned and noise > PATTERN * grain
    for level in (noise, grain) if is_pattern else (noise,):
        threshold = max(MIN_CONTRAST, NOISE_FACTOR * level)
        visible = (distance > threshold).astype(np.uint8)
        learned = page_cleaner.find_ruling(distance, threshold) if is_learned else 0
        # At half the threshold even a faint line is unbroken and differs from writing.
        for ruling in find_ruling(distance, threshold / 2, may_be_paler=may_be_paler):
            yield _show(visible & ~(ruling | learned), distance)


def _show(visible: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Show ink as strongly as its component is in most places."""
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


def _are_alike(ink: np.ndarray, other: np.ndarray) -> bool:
    return float(np.abs(ink - other).mean()) < ALIKE


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


def _distance(pixels: np.ndarray, paper: Paper) -> np.ndarray:
    """Measure how much darker each pixel is than the paper, or lighter if ink is light.

    Returns:
        (height, width) uint8 grey levels.
    """
    level = cv2.resize(paper.levels, pixels.shape[1::-1])
    sides = (level, pixels) if paper.is_light else (pixels, level)
    return _largest_channel(cv2.subtract(*sides))  # OpenCV clips at 0


def _noise(pixels: np.ndarray, paper: Paper) -> tuple[float, float]:
    """Estimate the standard deviations of the grain, and of all the noise of a picture.

    It is what a high-pass filter leaves of the picture, and of the picture in coarse
    squares, where that is least: ink and edges are in the other parts. Paper may have
    clouds, too.
    """
    height, width = pixels.shape[:2]
    size = max(1, width // COARSE), max(1, height // COARSE)
    coarse = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    grain, coarser = (
        _deviation(cv2.absdiff(cv2.medianBlur(each, 5), each))
        for each in (pixels, coarse)
    )
    noise = max(grain, coarser)
    small = cv2.resize(pixels, paper.levels.shape[1::-1], interpolation=cv2.INTER_AREA)
    # Where this is much more than the noise, it is not paper: it is all ink and edges.
    clouds = _deviation(cv2.absdiff(paper.levels, small))
    return grain, max(noise, min(clouds, CLOUDS * noise))


def _deviation(rest: np.ndarray) -> float:
    """Return the standard deviation of the quiet part of uint8 absolute differences."""
    counts = cv2.calcHist([_largest_channel(rest)], [0], None, [256], [0, 256]).ravel()
    below = counts.cumsum()
    share = QUIET * below[-1]
    level = int(np.searchsorted(below, share))
    within = 1 - (below[level] - share) / max(counts[level], 1)
    return QUIET_LEVEL * max(level - 0.5 + within, 0.5 * within)


def _one_channel_if_grey(pixels: np.ndarray) -> np.ndarray:
    """Return one channel of a grey picture: the same result in a third of the time."""
    sample = pixels[::16, ::16]
    if (sample != sample[..., :1]).any():  # reveals most pictures in colour
        return pixels
    red, green, blue = cv2.split(pixels)
    is_grey = np.array_equal(red, green) and np.array_equal(green, blue)
    return red if is_grey else pixels


def _largest_channel(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2:  # there is only one
        return pixels
    red, green, blue = cv2.split(pixels)
    return cv2.max(cv2.max(red, green), blue)
