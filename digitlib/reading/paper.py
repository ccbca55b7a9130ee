"""Estimate the paper of a picture: its colour at every pixel, as if nothing was there.

    light    a smooth surface, fitted so that neither ink nor a desk bends it
    surfaces what is left is taken apart at sharp steps: the paper, a hard shadow on it,
             a desk or a frame at the picture's edge; all else is ink
    paper    each surface is continued under the ink and smoothed by a wide median

All of it works on a copy of the picture that is shrunk to `PAPER_SIDE`.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitlib.reading.picture import extent

PAPER_SIDE = 64  # pixels: the extent of the copy; all pixels below are of the copy
WINDOW = 33  # pixels of the wide median: anything this large is shading, not ink
MARGIN = WINDOW // 2  # pixels
MIDDLE = 128  # grey level of paper once the light is subtracted
ROUNDS = 6  # of the robust fit
SETTLED = 0.5  # grey levels by which the last round changed the surface at most
LEAST_SCALE = 3  # grey levels
OUTLIER = 3  # scales: whatever is farther from the surface bends it no more
# Paper without shading, such as that of a drawing:
PLAIN_RANGE = 6  # grey levels by which it may vary
MIN_PLAIN_SHARE = 0.4  # share of the picture that it must cover
MIN_INK_SHARE = 0.7  # share of the strongest contrast from which "shading" is ink
STROKE = 5  # pixels of a median that hides thin strokes
STEP = 24  # grey levels within 3 pixels, from which a step parts two surfaces
LARGE = 0.03  # share of the picture: a smaller surface at its edge is ink
SAMPLE = 250  # pixels: the extent of the pixels that tell dark ink from light
HAT = 15  # pixels: strokes are thinner
BAND = 9  # pixels: twice as far around a surface, its colour mixes with the next
AT_CORNER = 0.25  # share of both sides that meet in a corner
ALONG = 0.8  # share of a side, all of which a surface at the edge covers
RARE = 0.2  # share of the picture: paper is no rarer
SPREADS = (1.5, 4, 12, 40)  # pixels: from how far a surface is continued


@dataclass(frozen=True)
class Paper:
    """The paper of a picture.

    Attributes:
        levels: (height, width) or (height, width, channels) uint8, of the small copy.
        is_light: whether it is lighter than the ink.
    """

    levels: np.ndarray
    is_light: bool


def shrink(pixels: np.ndarray) -> np.ndarray:
    """Shrink a picture to `PAPER_SIDE`, which is fast and fine enough for shading."""
    height, width = pixels.shape[:2]
    factor = min(1, PAPER_SIDE / extent(pixels.shape))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def estimate_paper(pixels: np.ndarray) -> Paper:
    """Estimate the paper where a shadow, a frame or a desk may lie along the edges.

    Args:
        pixels: (height, width) or (height, width, channels) uint8.
    """
    return _estimate(pixels, edges_are_ink=False)


def without_edges(pixels: np.ndarray) -> Paper:
    """Estimate the paper where whatever lies along the edges is ink, too."""
    return _estimate(pixels, edges_are_ink=True)


def frequent_colour(pixels: np.ndarray) -> Paper:
    """Take the more frequent of two colours for the paper, in even light."""
    return _two_colours(pixels)[0]


def rarer_colour(pixels: np.ndarray) -> Paper | None:
    """Take the rarer of two colours for the paper, unless there is too little of it."""
    _, paper, share = _two_colours(pixels)
    return paper if share > RARE else None


def _estimate(pixels: np.ndarray, edges_are_ink: bool) -> Paper:
    small = shrink(pixels)
    light = fit_light(small)
    labels, kept = _surfaces(small - light, edges_are_ink)
    layers = [_Surface.of(small, light, labels == label) for label in kept]
    levels = layers[0].levels.copy()
    near = np.zeros(small.shape[:2], bool)
    for layer in layers[1:]:
        levels[layer.own] = layer.levels[layer.own]
        near |= layer.near
    is_light = _is_light(pixels, levels, ~near)
    nearest = np.minimum if is_light else np.maximum
    band = layers[0].near & near
    for layer in layers[1:]:
        where = layer.near & (~layer.own | band)
        levels[where] = nearest(layers[0].levels, layer.levels)[where]
    return Paper(_without_shading(levels, small), is_light)


@dataclass(frozen=True)
class _Surface:
    """A surface, continued over the whole picture.

    Attributes:
        own: (height, width) bool, where it is.
        near: (height, width) bool, where it is, and where its colour mixes with others.
        levels: (height, width) or (height, width, channels) uint8.
    """

    own: np.ndarray
    near: np.ndarray
    levels: np.ndarray

    @classmethod
    def of(cls, small: np.ndarray, light: np.ndarray, own: np.ndarray) -> "_Surface":
        near = cv2.dilate(own.astype(np.uint8), np.ones((BAND, BAND), np.uint8)) > 0
        rest = small - light
        middle = np.median(rest[own], axis=0) - MIDDLE
        flat = np.clip(_continue(rest - middle, own), 0, 255).astype(np.uint8)
        margin = [(MARGIN, MARGIN)] * 2 + [(0, 0)] * (flat.ndim - 2)
        wide = np.pad(flat, margin, "edge")
        median = cv2.medianBlur(wide, WINDOW)[MARGIN:-MARGIN, MARGIN:-MARGIN]
        levels = np.rint(median + middle + light)
        return cls(own, near, np.clip(levels, 0, 255).astype(np.uint8))


def _is_light(pixels: np.ndarray, levels: np.ndarray, where: np.ndarray) -> bool:
    """Return whether the ink is darker than the paper, whichever stands out more.

    Strokes stand out from what is around them; paper that is lit unevenly does not.
    """
    step = max(1, extent(pixels.shape) // SAMPLE)
    sample = np.ascontiguousarray(pixels[::step, ::step])
    paper = cv2.resize(levels, sample.shape[1::-1])
    size, strokes = levels.shape[1::-1], np.ones((HAT, HAT), np.uint8)
    sharp, whole = [], []
    for difference in (cv2.subtract(paper, sample), cv2.subtract(sample, paper)):
        clear = cv2.threshold(difference, STEP, 0, cv2.THRESH_TOZERO)[1]
        mean = cv2.resize(clear.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        hat = cv2.morphologyEx(mean, cv2.MORPH_TOPHAT, strokes)
        sharp.append(float(hat[where].sum()))
        whole.append(float(mean[where].sum()))
    darker, lighter = sharp if max(sharp) > 0.1 * max(whole) else whole
    return darker >= lighter


def _two_colours(pixels: np.ndarray) -> tuple[Paper, Paper, float]:
    """Divide a picture into two colours.

    Returns:
        The more frequent one and the rarer one, each as the paper, and the share of the
        picture that has the rarer one.
    """
    small = shrink(pixels)
    colours = small.reshape(small.shape[0] * small.shape[1], -1).astype(np.float32)
    order = np.argsort(colours.sum(axis=1))
    start = np.zeros((len(colours), 1), np.int32)
    start[order[len(order) // 2 :]] = 1
    criteria = cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, 10, 1.0
    use_start = cv2.KMEANS_USE_INITIAL_LABELS
    _, labels, centres = cv2.kmeans(colours, 2, start, criteria, 1, use_start)
    share = float(labels.mean())
    papers = []
    for own, other in ((0, 1), (1, 0)):
        levels = np.broadcast_to(np.rint(centres[own]), colours.shape).astype(np.uint8)
        is_light = bool(centres[own].sum() > centres[other].sum())
        papers.append(Paper(levels.reshape(small.shape), is_light))
    frequent, rarer = papers if share < 0.5 else papers[::-1]
    return frequent, rarer, min(share, 1 - share)


def fit_light(small: np.ndarray) -> np.ndarray:
    """Fit a smooth surface to the light: a parabola, robust against ink and desks.

    Returns:
        (height, width) or (height, width, channels) float32 grey levels.

    Source of the method: iteratively reweighted least squares with the weights of
    A. Beaton and J. Tukey (1974).
    """
    height, width = small.shape[:2]
    y, x = (
        each.ravel() for each in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    )
    terms = np.stack([x**0, x, y, x * x, x * y, y * y], axis=1)  # (n, 6)
    levels = small.reshape(height * width, -1).astype(np.float64)
    surface = np.broadcast_to(np.median(levels, axis=0), levels.shape)
    for _ in range(ROUNDS):  # seldom all of them
        misfit = np.abs(levels - surface).max(axis=1)
        scale = max(1.4826 * np.median(misfit), LEAST_SCALE)
        weights = np.clip(1 - (misfit / (OUTLIER * scale)) ** 2, 0, 1) ** 2
        weighted = terms * weights[:, None]
        fit = np.linalg.lstsq(weighted.T @ terms, weighted.T @ levels, rcond=1e-6)[0]
        before, surface = surface, terms @ fit
        if np.abs(surface - before).max() < SETTLED:
            break
    return surface.reshape(small.shape).astype(np.float32)


def _surfaces(rest: np.ndarray, edges_are_ink: bool) -> tuple[np.ndarray, list[int]]:
    """Take a picture in even light apart at sharp steps.

    Returns:
        (height, width) int32 labels, and the labels of the surfaces, the paper first.
    """
    smooth = cv2.medianBlur(rest, STROKE)
    step = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    labels, stats = cv2.connectedComponentsWithStats(
        (_largest(step) < STEP).astype(np.uint8), connectivity=4
    )[1:3]
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    paper = int(areas.argmax())
    kept = [paper]
    if not edges_are_ink:
        for label in np.flatnonzero(areas > LARGE * labels.size):
            if label != paper and _is_along_edge(labels == label):
                kept.append(int(label))
    return labels, kept


def _is_along_edge(own: np.ndarray) -> bool:
    """Return whether a surface covers an edge of the picture, or one of its corners."""
    top, bottom, left, right = own[0], own[-1], own[:, 0], own[:, -1]
    corners = (
        (own[y, x], min(across.mean(), down.mean()))
        for y, across in ((0, top), (-1, bottom))
        for x, down in ((0, left), (-1, right))
    )
    return any(edge.mean() > ALONG for edge in (top, bottom, left, right)) or any(
        is_own and share > AT_CORNER for is_own, share in corners
    )


def _continue(rest: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Continue a surface over the whole picture, from where it is its own."""
    weight = own.astype(np.float32)
    levels = rest.reshape(*own.shape, -1)
    result, missing = levels.copy(), ~own
    result[missing] = MIDDLE
    for spread in SPREADS:
        if not missing.any():
            break
        total = cv2.GaussianBlur(weight, (0, 0), spread)
        sums = cv2.GaussianBlur(levels * weight[..., None], (0, 0), spread)
        found = missing & (total > 0.02)
        sums = sums.reshape(levels.shape)
        result[found] = sums[found] / total[found][:, None]
        missing &= ~found
    return result.reshape(rest.shape)


def _without_shading(paper: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return plain paper if its "shading" turns out to be a bold digit.

    Large strokes look like shading, above all at the picture's edge. But paper has no
    shading if its four corners and much of the rest have the same colour, and shading
    never differs from the paper as much as the strongest ink does.
    """
    if np.ptp(paper, axis=(0, 1)).max() <= STEP:
        return paper
    corners = small[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.int16)
    plain = np.full_like(small, corners.mean(axis=0))
    shading = _largest(cv2.absdiff(paper, plain)) > STEP
    if np.ptp(corners, axis=0).max() > PLAIN_RANGE or not shading.any():
        return paper
    distance = _largest(cv2.absdiff(small, plain))
    is_plain = (
        np.mean(distance <= PLAIN_RANGE) >= MIN_PLAIN_SHARE
        and np.median(distance[shading]) >= MIN_INK_SHARE * distance.max()
    )
    return plain if is_plain else paper


def _largest(levels: np.ndarray) -> np.ndarray:
    return levels if levels.ndim == 2 else levels.max(axis=2)
