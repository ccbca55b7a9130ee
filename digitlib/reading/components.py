"""Find the connected components of a picture's ink, and drop what cannot be writing.

What is dropped is counted, so that people can be told: specks, objects at the edges of
the picture, frames around digits.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from digitlib.reading.picture import extent

MAX_COMPONENTS = 2000  # of a picture with more, only the largest are used
MIN_SIDE = 7  # pixels: the longer side of ink that a network can read
BAND = 1.5  # ratio of heights up to which components are of the same size
SLIVER = 0.15  # ratio of thickness to length of what may lie along an edge
LINE = 0.06  # the same of what lies near an edge
NEAR_EDGE = 0.05  # share of the extent: what is nearer is near an edge
SLIVER_WIDTH = 0.1  # share of the extent: the greatest thickness of that
SOLID = 0.65  # share of its box that is ink in an object, more than in writing
OBJECT = 3  # ratio to the usual height: larger ink at an edge is dropped
LITTLE = 0.3  # share of the extent: with less writing, large ink at one edge is kept
WRITTEN = 0.4  # share of the usual height: lower ink alone is no reason to drop objects
MAX_ASPECT = 3.5  # ratio of width to height above which ink is a dash, not a digit
MIN_WRITING = 0.1  # share of the extent: with less writing, no objects are dropped
MAX_FRAME_INK = 0.35  # share of the box of a frame around a digit that is ink
MIN_INSIDE = 0.4  # share of the frame's height that the digit inside it has


@dataclass
class LeftOut:
    """What was left out of the reading of a picture: numbers of components.

    Attributes:
        small: too small to read, although larger than the grain of paper; `segment`
            counts them.
        many: beyond the largest `MAX_COMPONENTS`.
        at_edge: objects that the edge of the picture cuts off.
        frames: around digits.
    """

    small: int = 0
    many: int = 0
    at_edge: int = 0
    frames: int = 0


@dataclass(frozen=True)
class Components:
    """The components of ink that may be writing.

    Attributes:
        labels: (height, width) int32: the component of each pixel, 0 for paper.
        numbers: (n,) which of them these are.
        boxes: (n, 4) int: left, top, right, bottom, the last two exclusive.
        areas: (n,) pixels.
        left_out: what was dropped.
    """

    labels: np.ndarray
    numbers: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    left_out: LeftOut = field(default_factory=LeftOut)

    def keep(self, which: np.ndarray, reason: str = "") -> "Components":
        """Keep some components, and count the others under a field of `LeftOut`."""
        if reason:
            before = getattr(self.left_out, reason)
            setattr(self.left_out, reason, before + int((~which).sum()))
        return Components(
            self.labels,
            self.numbers[which],
            self.boxes[which],
            self.areas[which],
            self.left_out,
        )

    @property
    def widths(self) -> np.ndarray:
        """The widths in pixels, (n,)."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def heights(self) -> np.ndarray:
        """The heights in pixels, (n,)."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def sides(self) -> np.ndarray:
        """The longer sides in pixels, (n,)."""
        return np.maximum(self.widths, self.heights)

    @property
    def is_whole(self) -> np.ndarray:
        """Whether no edge of the picture cuts a component, (n,) bool."""
        return ~touches_edge(self.boxes, self.labels.shape)


def find_components(ink: np.ndarray) -> Components:
    """Find the components that may be writing.

    Args:
        ink: (height, width) float32 in [0, 1].
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0.5).astype(np.uint8))
    x, y, width, height, area = stats[1:].T
    boxes = np.stack([x, y, x + width, y + height], axis=1)
    found = Components(labels, np.arange(1, len(stats)), boxes, area)
    found = found.keep(found.sides > MIN_SIDE)  # the rest is dust
    largest = np.argsort(-found.areas, kind="stable")[:MAX_COMPONENTS]
    found = found.keep(np.isin(np.arange(len(found.areas)), largest), "many")
    found = _drop_slivers(found)
    return _drop_frames(_drop_objects(found))


def touches_edge(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return which of (n, 4) boxes touch an edge of the picture."""
    return _cuts(boxes, shape) > 0


def _cuts(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    left, top, right, bottom = boxes.T
    return np.sum([left == 0, top == 0, right == shape[1], bottom == shape[0]], axis=0)


def usual_height(found: Components) -> float:
    """Return the height of most of the writing, in pixels; 0 without any.

    It is the one that most ink is similar to, and larger ink counts more. Objects at
    the edges, larger than all other ink, do not count.
    """
    heights = found.heights.astype(float)
    tallest = heights[found.is_whole].max(initial=0) or np.inf
    heights = np.sort(heights[found.is_whole | (heights < OBJECT * tallest)])
    if not len(heights):
        return 0.0
    weights = np.append(0, np.cumsum(heights**1.5))
    first = np.searchsorted(heights, heights / BAND, "left")
    last = np.searchsorted(heights, heights * BAND, "right")
    best = int(np.argmax(weights[last] - weights[first]))
    return float(np.median(heights[first[best] : last[best]]))


def _drop_slivers(found: Components) -> Components:
    """Drop what is thin and lies along an edge, such as the border of a sheet."""
    size, (height, width) = extent(found.labels.shape), found.labels.shape
    left, top, right, bottom = found.boxes.T
    is_tall = found.heights > found.widths
    to_edge = np.where(
        is_tall, np.minimum(left, width - right), np.minimum(top, height - bottom)
    )
    thin = np.minimum(found.widths, found.heights)
    at_edge = (to_edge == 0) & (thin < SLIVER * found.sides)
    near_edge = (to_edge < NEAR_EDGE * size) & (thin < LINE * found.sides)
    is_sliver = (at_edge | near_edge) & (thin < SLIVER_WIDTH * size)
    return found.keep(~is_sliver, "at_edge")


def _drop_objects(found: Components) -> Components:
    """Drop large or solid objects at the picture's edge: a desk, a shadow, a thumb.

    They are dropped only if other components can be digits, neither specks nor dashes.
    A digit that only touches the edge, or is cut by it, is kept.
    """
    size, usual = extent(found.labels.shape), usual_height(found)
    is_whole, cuts = found.is_whole, _cuts(found.boxes, found.labels.shape)
    no_dash = found.heights * MAX_ASPECT > found.widths
    may_be_digit = is_whole & no_dash & (found.heights > WRITTEN * usual)
    writing = found.sides[may_be_digit].sum()
    if writing < MIN_WRITING * size:
        return found
    box = found.widths * found.heights
    is_solid = (found.areas > SOLID * box) & (found.widths > 0.5 * found.heights)
    may_be_the_digit = (writing < LITTLE * size) & (cuts == 1)
    is_small = found.sides < OBJECT * usual
    return found.keep(is_whole | ((is_small | may_be_the_digit) & ~is_solid), "at_edge")


def _drop_frames(found: Components) -> Components:
    """Drop frames drawn around a digit: no digit has another one inside."""
    box = found.widths * found.heights
    candidates = np.flatnonzero(found.areas < MAX_FRAME_INK * box)
    is_frame = np.zeros(len(box), bool)
    for i in candidates:
        inside = (found.boxes[:, :2] > found.boxes[i, :2]).all(axis=1)
        inside &= (found.boxes[:, 2:] < found.boxes[i, 2:]).all(axis=1)
        is_frame[i] = (found.heights[inside] > MIN_INSIDE * found.heights[i]).any()
    return found.keep(~is_frame, "frames")
