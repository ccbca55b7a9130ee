"""One picture's ink into single digits, in reading order.

Between finding the ink and normalising it: connected components of ink are found,
specks and frames dropped, the strokes of one digit joined, lines read in order. Where
geometry cannot tell whether ink is one digit or several, each hypothesis is given.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import cv2
import numpy as np

from digitlib.reading.picture import extent
from digitlib.reading.touching import Box, ink_box, split

Group = list[int]  # the numbers of the connected components that make one digit

MAX_COMPONENTS = 200  # with more, a picture is texture: the largest count
SPECK = (
    0.12  # of the largest component: what is smaller both ways is no part of a digit
)
SMALLER_DIGIT = 0.38  # of the tallest digit: what is lower is a dash or a smudge
MIN_DIGIT = 0.02  # of the picture's extent: what is lower is a speck
MAIN_DIGIT = (
    0.03  # of it: what is larger may be a digit; beside such components, together
)
WRITING = 0.1  # of that, objects are looked for
MAX_ASPECT = 3.5  # times its height: what is wider is a dash, and no digit
HOLLOW = 0.35  # of its box is ink: it may be a frame around a digit,
INSIDE = 0.4  # of whose height the digit has
SOLID = 0.65  # of its box is ink: a thing, and no writing
OBJECT = 3  # times the largest that is whole: what is larger, at the edge, is no digit,
LITTLE = 0.3  # unless all whole ones together are less, and no other edge cuts it

# What makes one digit of two components, as shares of the taller one's height.
BELOW = 0.25  # the widest gap between a stroke and one below it
BESIDE = 0.15  # the widest gap between a stroke and one beside it,
SHORT = 0.55  # if one of them is shorter than this
NEAR = 0.2  # the widest gap between two that may be one digit,
AS_WIDE = 1.6  # if they are no wider together;
LEVEL = 0.3  # of the lower one's height that they share, if they stand in one line
OVERLAP = 0.5  # of the narrower one's width: sharing it, one stands above the other


@dataclass(frozen=True)
class Segment:
    """One digit's ink and nothing else.

    Attributes:
        box: where it is in the picture.
        ink: (height, width) float32 in [0, 1]: the picture's ink within the box, with
            what belongs to other digits taken out.
    """

    box: Box
    ink: np.ndarray


@dataclass(frozen=True)
class Region:
    """Ink that may be one digit or several.

    Attributes:
        whole: all of it.
        apart: its strokes, from left to right, each a digit of its own; one where
            nothing stands beside another.
    """

    whole: Segment
    apart: list[Segment]

    @property
    def box(self) -> Box:
        """Around all of it."""
        return self.whole.box

    def hypotheses(self) -> Iterator[list[Segment]]:
        """Give each hypothesis: the digits that it may be, from left to right.

        The first is the likeliest as far as geometry can tell. The others cost time
        only where they are asked for.
        """
        if len(self.apart) == 1:
            yield [self.whole]
            for parts in split(self.whole.ink):
                yield [_shrink(self.box, ink) for ink in parts]
            return
        gaps = [_gap(left.box, right.box) for left, right in pairwise(self.apart)]
        hypotheses = [self.apart, [self.whole]]
        yield from hypotheses if max(gaps) > 0 else reversed(hypotheses)


Item = TypeVar("Item", Segment, Region)


def separate(ink: np.ndarray) -> list[Region]:
    """Take a picture's ink apart into digits.

    Args:
        ink: (height, width) float32 in [0, 1].

    Returns:
        Its regions, line by line and from left to right.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0.5).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    boxes = _drop_frames(_drop_objects(_boxes(stats), areas, ink.shape), areas)
    strokes = _drop_small([[component] for component in boxes], boxes, SPECK, _side)
    joined = _join(strokes, boxes, _belong_together)
    groups = _drop_small(joined, boxes, SMALLER_DIGIT, _height)
    least = MIN_DIGIT * extent(ink.shape)
    groups = [g for g in groups if _can_be_digit(_around(g, boxes), least)]

    def cut(group: Group) -> Segment:
        return _cut(ink, labels, group, _around(group, boxes))

    belong = _are_near if len(groups) == 2 else _are_beside
    regions = []
    for whole in _join(groups, boxes, belong):
        apart = [cut(group) for group in groups if set(group) <= set(whole)]
        together = cut(whole) if len(apart) > 1 else apart[0]
        regions.append(Region(together, _reading_order(apart)))
    return _reading_order(regions)


def _boxes(stats: np.ndarray) -> dict[int, Box]:
    """The boxes of the largest components, by their label; label 0 is the paper."""
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
    """Drop large or solid things at the picture's edge: a desk, a shadow, a thumb.

    They are dropped only beside components that can be digits; a digit that merely
    touches the edge, or is cut by it, stays.
    """

    def is_whole(box: Box) -> bool:
        return not _cuts(box, shape)

    sides = [_side(box) for box in boxes.values() if is_whole(box)]
    writing = [side for side in sides if side > MAIN_DIGIT * extent(shape)]
    if sum(writing) < WRITING * extent(shape):
        return boxes
    most = OBJECT * max(writing)
    little = sum(writing) < LITTLE * extent(shape)

    def is_written(component: int, box: Box) -> bool:
        may_be_the_digit = little and _cuts(box, shape) == 1
        return (_side(box) < most or may_be_the_digit) and not _is_solid(
            box, int(areas[component])
        )

    return {
        component: box
        for component, box in boxes.items()
        if is_whole(box) or is_written(component, box)
    }


def _drop_frames(boxes: dict[int, Box], areas: np.ndarray) -> dict[int, Box]:
    """Drop what was drawn around a digit: no digit has another one inside."""

    def is_frame(component: int, box: Box) -> bool:
        width, height = box[2] - box[0], _height(box)
        return areas[component] < HOLLOW * width * height and any(
            box[0] < other[0] and box[1] < other[1]
            and other[2] < box[2] and other[3] < box[3]
            and _height(other) > INSIDE * height
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
    """How many of the picture's edges it touches."""
    height, width = shape
    return sum((box[0] == 0, box[1] == 0, box[2] == width, box[3] == height))


def _drop_small(
    groups: list[Group],
    boxes: dict[int, Box],
    share: float,
    size: Callable[[Box], int],
) -> list[Group]:
    """Drop what has less than a share of the largest one's size."""
    sizes = [size(_around(group, boxes)) for group in groups]
    least = share * max(sizes, default=0)
    return [group for group, own in zip(groups, sizes, strict=True) if own > least]


def _can_be_digit(box: Box, least: float) -> bool:
    return _height(box) > max(least, (box[2] - box[0]) / MAX_ASPECT)


def _side(box: Box) -> int:
    return max(box[2] - box[0], _height(box))


def _height(box: Box) -> int:
    return box[3] - box[1]


def _join(
    groups: list[Group], boxes: dict[int, Box], belong: Callable[[Box, Box], bool]
) -> list[Group]:
    """Put together, two at a time, whatever belongs together."""
    pending = [(group, _around(group, boxes)) for group in groups]
    apart: list[tuple[Group, Box]] = []  # no two of these belong together
    while pending:
        group, box = pending.pop()
        for other in apart:
            if belong(box, other[1]):
                apart.remove(other)
                both = group + other[0]
                pending.append((both, _around(both, boxes)))
                break
        else:
            apart.append((group, box))
    return [group for group, _ in apart]


def _belong_together(a: Box, b: Box) -> bool:
    """Whether one box stands above the other, or is a short stroke beside it."""
    taller = max(_height(a), _height(b))
    across = max(a[0], b[0]) - min(a[2], b[2])  # the gap; negative where they overlap
    down = max(a[1], b[1]) - min(a[3], b[3])
    narrower = min(a[2] - a[0], b[2] - b[0])
    stacked = -across > OVERLAP * narrower
    beside = across < BESIDE * taller and min(_height(a), _height(b)) < SHORT * taller
    return down < BELOW * taller and (stacked or beside)


def _gap(a: Box, b: Box) -> int:
    """How far apart two boxes are, across or down; negative where they overlap."""
    across, down = max(a[0], b[0]) - min(a[2], b[2]), max(a[1], b[1]) - min(a[3], b[3])
    return max(across, down)


def _are_near(a: Box, b: Box) -> bool:
    """Whether two boxes are near, and together no wider than a digit."""
    height = max(a[3], b[3]) - min(a[1], b[1])
    width = max(a[2], b[2]) - min(a[0], b[0])
    return _gap(a, b) < NEAR * height and width < AS_WIDE * height


def _are_beside(a: Box, b: Box) -> bool:
    """Whether two boxes are near, and in one line."""
    level = min(a[3], b[3]) - max(a[1], b[1])
    return level > LEVEL * min(_height(a), _height(b)) and _are_near(a, b)


def _around(group: Group, boxes: dict[int, Box]) -> Box:
    lefts, tops, rights, bottoms = zip(
        *(boxes[component] for component in group), strict=True
    )
    return min(lefts), min(tops), max(rights), max(bottoms)


def _cut(ink: np.ndarray, labels: np.ndarray, group: Group, box: Box) -> Segment:
    """Cut one digit out, with its soft edges, without its neighbours."""
    left, top = max(box[0] - 1, 0), max(box[1] - 1, 0)
    window = slice(top, box[3] + 1), slice(left, box[2] + 1)
    own = np.isin(labels[window], group).astype(np.uint8)
    return Segment(box, ink[window] * cv2.dilate(own, np.ones((3, 3))))


def _shrink(box: Box, ink: np.ndarray) -> Segment:
    """A part of a segment, its box as small as its ink."""
    left, top, right, bottom = ink_box(ink > 0.5)
    x, y = max(box[0] - 1, 0), max(box[1] - 1, 0)  # where `_cut` began
    return Segment((x + left, y + top, x + right, y + bottom), ink)


def _reading_order(items: list[Item]) -> list[Item]:
    """Sort into lines by where the middles are, then each line from left to right."""
    lines: list[list[Item]] = []
    for item in sorted(items, key=lambda item: item.box[1] + item.box[3]):
        middle = (item.box[1] + item.box[3]) / 2
        if lines and middle < max(other.box[3] for other in lines[-1]):
            lines[-1].append(item)
        else:
            lines.append([item])
    return [i for line in lines for i in sorted(line, key=lambda item: item.box[0])]
