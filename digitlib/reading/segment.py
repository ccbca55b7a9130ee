"""Segment one picture's ink into single digits, in reading order.

This step comes between finding the ink and normalising it. It finds the connected
components of ink, drops specks and frames, joins the strokes of one digit and sorts the
digits into text lines. Where geometry cannot tell whether ink is one digit or several,
it returns every hypothesis.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import cv2
import numpy as np

from digitlib.reading.boxes import Box
from digitlib.reading.picture import extent

Group = list[int]  # the labels of the connected components that form one digit

MAX_COMPONENTS = 200  # of a picture with more, only the largest are used: it is texture
SPECK = 0.12  # share of the longest side: components with shorter sides are dropped
MIN_DIGIT_HEIGHT = 0.38  # share of the tallest digit: lower ink is a dash or a smudge
MIN_DIGIT = 0.02  # share of the picture's extent: lower ink is a speck
MAIN_DIGIT = 0.03  # share of the extent: a component with a longer side is writing
MIN_WRITING = 0.1  # share of the extent: with less writing, no objects are dropped
MAX_ASPECT = 3.5  # ratio of width to height above which ink is a dash, not a digit
MAX_FRAME_INK = 0.35  # share of the box of a frame around a digit that is ink
MIN_INSIDE = 0.4  # share of the frame's height that the digit inside it has
SOLID = 0.65  # share of its box that is ink in an object, more than in writing
OBJECT = 3  # ratio to the largest uncut component: larger ink at an edge is dropped
LITTLE = 0.3  # share of the extent: with less writing, large ink at one edge is kept

# When two components are one digit. Unless noted, these are shares of the height of the
# taller one.
BELOW = 0.25  # the widest gap between a stroke and one below it
BESIDE = 0.15  # the widest gap between a stroke and a short one beside it
SHORT = 0.55  # the greatest height of a short stroke
OVERLAP = 0.5  # share of the narrower width that two stacked strokes have in common
# When two components may be one digit:
NEAR = 0.2  # the widest gap between them, as a share of their common height
MAX_JOINED_ASPECT = 1.6  # the greatest ratio of their common width to that height
SAME_LINE = 0.3  # share of the lower height that two in one text line have in common


@dataclass(frozen=True)
class Segment:
    """The ink of one digit and nothing else.

    Attributes:
        box: the bounding box of the digit in the picture.
        ink: (height, width) float32 in [0, 1]: the picture's ink in and just around the
            box, without the ink of other digits.
    """

    box: Box
    ink: np.ndarray


@dataclass(frozen=True)
class Region:
    """Ink that may be one digit or several.

    Attributes:
        whole: all of the ink, as one digit.
        parts: the ink as separate digits, from left to right; only one segment if the
            strokes are not side by side.
    """

    whole: Segment
    parts: list[Segment]

    @property
    def box(self) -> Box:
        """The bounding box of all the ink."""
        return self.whole.box

    def hypotheses(self) -> Iterator[list[Segment]]:
        """Yield each hypothesis: the digits that the ink may be, from left to right.

        The first is the likeliest as far as geometry can tell. The others take time
        only if they are requested.
        """
        if len(self.parts) == 1:
            yield [self.whole]
            return
        gaps = [_gap(left.box, right.box) for left, right in pairwise(self.parts)]
        hypotheses = [self.parts, [self.whole]]
        yield from hypotheses if max(gaps) > 0 else reversed(hypotheses)


Item = TypeVar("Item", Segment, Region)


def separate(ink: np.ndarray) -> list[Region]:
    """Segment a picture's ink into regions of one digit or several.

    Args:
        ink: (height, width) float32 in [0, 1].

    Returns:
        The regions, line by line and from left to right.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0.5).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    boxes = _drop_frames(_drop_objects(_boxes(stats), areas, ink.shape), areas)
    strokes = _drop_small([[component] for component in boxes], boxes, SPECK, _side)
    joined = _join(strokes, boxes, _belong_together)
    groups = _drop_small(joined, boxes, MIN_DIGIT_HEIGHT, _height)
    min_height = MIN_DIGIT * extent(ink.shape)
    groups = [g for g in groups if _can_be_digit(_bounding_box(g, boxes), min_height)]

    def cut(group: Group) -> Segment:
        return _cut(ink, labels, group, _bounding_box(group, boxes))

    belong = _are_near if len(groups) == 2 else _are_beside
    regions = []
    for whole in _join(groups, boxes, belong):
        parts = [cut(group) for group in groups if set(group) <= set(whole)]
        together = cut(whole) if len(parts) > 1 else parts[0]
        regions.append(Region(together, _reading_order(parts)))
    return _reading_order(regions)


def _boxes(stats: np.ndarray) -> dict[int, Box]:
    """Return the boxes of the largest components by label; label 0 is the paper."""
    largest = (
        1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MAX_COMPONENTS]
    )
    return {
        int(component): (int(x), int(y), int(x + width), int(y + height))
        for component, (x, y, width, height) in zip(
            largest, stats[largest, :4], strict=True
        )
    }


def _drop_objects(
    boxes: dict[int, Box], areas: np.ndarray, shape: tuple[int, ...]
) -> dict[int, Box]:
    """Drop large or solid objects at the picture's edge: a desk, a shadow, a thumb.

    They are dropped only if other components can be digits. A digit that only touches
    the edge, or is cut by it, is kept.
    """

    def is_whole(box: Box) -> bool:
        return not _cuts(box, shape)

    sides = [_side(box) for box in boxes.values() if is_whole(box)]
    writing = [side for side in sides if side > MAIN_DIGIT * extent(shape)]
    if sum(writing) < MIN_WRITING * extent(shape):
        return boxes
    max_side = OBJECT * max(writing)
    is_little = sum(writing) < LITTLE * extent(shape)

    def is_written(component: int, box: Box) -> bool:
        may_be_the_digit = is_little and _cuts(box, shape) == 1
        return (_side(box) < max_side or may_be_the_digit) and not _is_solid(
            box, int(areas[component])
        )

    return {
        component: box
        for component, box in boxes.items()
        if is_whole(box) or is_written(component, box)
    }


def _drop_frames(boxes: dict[int, Box], areas: np.ndarray) -> dict[int, Box]:
    """Drop frames drawn around a digit: no digit has another one inside."""

    def is_frame(component: int, box: Box) -> bool:
        width, height = box[2] - box[0], _height(box)
        return areas[component] < MAX_FRAME_INK * width * height and any(
            box[0] < other[0] and box[1] < other[1]
            and other[2] < box[2] and other[3] < box[3]
            and _height(other) > MIN_INSIDE * height
            for other in boxes.values()
        )  # fmt: skip

    return {
        component: box
        for component, box in boxes.items()
        if not is_frame(component, box)
    }


def _is_solid(box: Box, area: int) -> bool:
    width, height = box[2] - box[0], _height(box)
    return area > SOLID * width * height and width > 0.5 * height


def _cuts(box: Box, shape: tuple[int, ...]) -> int:
    """Return how many of the picture's edges a box touches."""
    height, width = shape
    return sum((box[0] == 0, box[1] == 0, box[2] == width, box[3] == height))


def _drop_small(
    groups: list[Group],
    boxes: dict[int, Box],
    share: float,
    size: Callable[[Box], int],
) -> list[Group]:
    """Drop the groups that are smaller than a share of the largest one's size."""
    sizes = [size(_bounding_box(group, boxes)) for group in groups]
    min_size = share * max(sizes, default=0)
    return [group for group, own in zip(groups, sizes, strict=True) if own > min_size]


def _can_be_digit(box: Box, min_height: float) -> bool:
    return _height(box) > max(min_height, (box[2] - box[0]) / MAX_ASPECT)


def _side(box: Box) -> int:
    return max(box[2] - box[0], _height(box))


def _height(box: Box) -> int:
    return box[3] - box[1]


def _join(
    groups: list[Group], boxes: dict[int, Box], belong: Callable[[Box, Box], bool]
) -> list[Group]:
    """Join groups that belong together, two at a time, until none are left to join."""
    pending = [(group, _bounding_box(group, boxes)) for group in groups]
    joined: list[tuple[Group, Box]] = []  # no two of these belong together
    while pending:
        group, box = pending.pop()
        for other in joined:
            if belong(box, other[1]):
                joined.remove(other)
                both = group + other[0]
                pending.append((both, _bounding_box(both, boxes)))
                break
        else:
            joined.append((group, box))
    return [group for group, _ in joined]


def _belong_together(a: Box, b: Box) -> bool:
    """Return whether one box is above the other, or is a short stroke beside it."""
    taller = max(_height(a), _height(b))
    across = max(a[0], b[0]) - min(a[2], b[2])  # the gap; negative where they overlap
    down = max(a[1], b[1]) - min(a[3], b[3])
    narrower = min(a[2] - a[0], b[2] - b[0])
    stacked = -across > OVERLAP * narrower
    beside = across < BESIDE * taller and min(_height(a), _height(b)) < SHORT * taller
    return down < BELOW * taller and (stacked or beside)


def _gap(a: Box, b: Box) -> int:
    """Return the gap between two boxes, across or down; negative if they overlap."""
    across, down = max(a[0], b[0]) - min(a[2], b[2]), max(a[1], b[1]) - min(a[3], b[3])
    return max(across, down)


def _are_near(a: Box, b: Box) -> bool:
    """Return whether two boxes are near and together no wider than a digit."""
    height = max(a[3], b[3]) - min(a[1], b[1])
    width = max(a[2], b[2]) - min(a[0], b[0])
    return _gap(a, b) < NEAR * height and width < MAX_JOINED_ASPECT * height


def _are_beside(a: Box, b: Box) -> bool:
    """Return whether two boxes are near and in the same text line."""
    common = min(a[3], b[3]) - max(a[1], b[1])
    return common > SAME_LINE * min(_height(a), _height(b)) and _are_near(a, b)


def _bounding_box(group: Group, boxes: dict[int, Box]) -> Box:
    lefts, tops, rights, bottoms = zip(
        *(boxes[component] for component in group), strict=True
    )
    return min(lefts), min(tops), max(rights), max(bottoms)


def _cut(ink: np.ndarray, labels: np.ndarray, group: Group, box: Box) -> Segment:
    """Cut out one digit with its soft edges, without its neighbours."""
    left, top = max(box[0] - 1, 0), max(box[1] - 1, 0)
    window = slice(top, box[3] + 1), slice(left, box[2] + 1)
    own = np.isin(labels[window], group).astype(np.uint8)
    return Segment(box, ink[window] * cv2.dilate(own, np.ones((3, 3))))


def _reading_order(items: list[Item]) -> list[Item]:
    """Sort into text lines by vertical middle, then each line from left to right."""
    lines: list[list[Item]] = []
    for item in sorted(items, key=lambda item: item.box[1] + item.box[3]):
        middle = (item.box[1] + item.box[3]) / 2
        if lines and middle < max(other.box[3] for other in lines[-1]):
            lines[-1].append(item)
        else:
            lines.append([item])
    return [i for line in lines for i in sorted(line, key=lambda item: item.box[0])]
