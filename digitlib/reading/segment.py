"""Segment one picture's ink into single digits, in reading order.

This step comes between finding the ink and normalising it. It finds the connected
components of ink, drops specks and frames, joins the strokes of one digit and sorts the
digits into text lines. Where geometry cannot tell whether ink is one digit or several,
it returns every hypothesis.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import cv2
import numpy as np

from digitlib.reading.boxes import Box
from digitlib.reading.components import (
    MAX_ASPECT,
    MIN_SIDE,
    Components,
    LeftOut,
    find_components,
    usual_height,
)

Group = list[int]  # the indices of the components that form one digit

SPECK = 0.12  # share of the usual height: what has shorter sides is no stroke
MIN_DIGIT_HEIGHT = 0.38  # share of the height of digits near it: lower ink is a dash
NEIGHBOURS = 2.0  # heights of a digit: what is nearer is near it
CLOSE = 0.5  # the same for what has company of its own height
COMPANY = 3.0  # heights of a digit: others of its line are no farther away
FEW = 2  # others of about the same height: with fewer, low ink is a speck
SAME_HEIGHT = 1.7  # ratio of the heights of two digits in one line at most
TALLEST = 1.4  # ratio to the usual height that joined strokes have at most

# When two components are one digit. Unless noted, these are shares of the height of the
# taller one.
BELOW = 0.25  # the widest gap between a stroke and one below it
BESIDE = 0.15  # the widest gap between a stroke and a short one beside it
SHORT = 0.55  # the greatest height of a short stroke
OVERLAP = 0.5  # share of the narrower width that two stacked strokes have in common
# What is too low for a digit and stands above or below one may be its dot:
DOT = 0.5  # the greatest width of a dot
AWAY = 0.7  # the widest gap between them
ASIDE = 0.3  # how far it may be moved to a side
THICK = 0.6  # the least thickness of a dot, as a share of that of the digit's ink
# When two components may be one digit:
NEAR = 0.2  # the widest gap between them, as a share of their common height
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
        dotted: all of the ink with a dot above or below it, as an i or a ? has one;
            None without one.
    """

    whole: Segment
    parts: list[Segment]
    dotted: Segment | None = None

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
        boxes = np.array([part.box for part in self.parts])
        are_apart = _gaps(boxes[:-1], boxes[1:]).max() > 0
        hypotheses = [self.parts, [self.whole]]
        yield from hypotheses if are_apart else reversed(hypotheses)


@dataclass(frozen=True)
class Separated:
    """The writing in a picture.

    Attributes:
        regions: line by line and from left to right.
        left_out: what is in no region.
    """

    regions: list[Region]
    left_out: LeftOut


Item = TypeVar("Item", Segment, Region)
Belong = Callable[[np.ndarray, np.ndarray], np.ndarray]


def separate(ink: np.ndarray) -> list[Region]:
    """Segment a picture's ink into regions of one digit or several.

    Args:
        ink: (height, width) float32 in [0, 1].

    Returns:
        The regions, line by line and from left to right.
    """
    return take_apart(ink).regions


def take_apart(ink: np.ndarray, *, is_one_digit: bool = False) -> Separated:
    """Do as `separate` does, and count what was left out.

    If all of it is one digit, its strokes are joined however tall it gets.
    """
    found = find_components(ink)
    is_stroke = found.sides > SPECK * usual_height(found)
    strokes, specks = (
        [[i] for i in np.flatnonzero(each).tolist()] for each in (is_stroke, ~is_stroke)
    )
    usual = usual_height(found.keep(is_stroke))
    tallest = np.inf if is_one_digit else TALLEST * usual
    joined = _join(strokes, found.boxes, partial(_belong_together, tallest=tallest))
    boxes = _bounding_boxes(joined, found.boxes)
    is_digit = _can_be_digits(boxes, usual)
    groups, rest = (
        [group for group, is_kept in zip(joined, which, strict=True) if is_kept]
        for which in (is_digit, ~is_digit)
    )
    rest += specks
    found.left_out.small += len(rest)

    def cut(group: Group) -> Segment:
        return _cut(ink, found, group)

    belong = _are_near if len(groups) == 2 else _are_beside
    owners = _join([[i] for i in range(len(groups))], boxes[is_digit], belong)
    wholes = [[j for i in owner for j in groups[i]] for owner in owners]
    dots = _find_dots(found, wholes, rest)
    regions = []
    for owner, whole, own_dots in zip(owners, wholes, dots, strict=True):
        parts = [cut(groups[i]) for i in owner]
        regions.append(
            Region(
                cut(whole) if parts[1:] else parts[0],
                _reading_order(parts),
                cut(whole + own_dots) if own_dots else None,
            )
        )
    return Separated(_reading_order(regions), found.left_out)


def _find_dots(
    found: Components, wholes: list[Group], rest: list[Group]
) -> list[Group]:
    """Return what of the rest may be dots of each whole: it is above or below it."""
    own, boxes = (_bounding_boxes(each, found.boxes) for each in (wholes, rest))
    if not len(own) or not len(boxes):
        return [[] for _ in wholes]
    across, down = (_gap(own[:, None], boxes[None], axis) for axis in (0, 1))
    gaps = np.maximum(across, down)  # (wholes, rest)
    heights = (own[:, 3] - own[:, 1])[:, None]
    areas = np.array([found.areas[group].sum() for group in wholes])
    pens = areas / (own[:, 2:] - own[:, :2]).max(axis=1)
    widths, lower = (boxes[:, 2:] - boxes[:, :2]).T
    is_dot = (gaps == gaps.min(axis=0)) & (widths < DOT * heights)
    is_dot &= np.minimum(widths, lower) > THICK * pens[:, None]
    is_dot &= (across < ASIDE * heights) & (down > 0) & (down < AWAY * heights)
    return [[j for i in np.flatnonzero(row) for j in rest[i]] for row in is_dot]


def _can_be_digits(boxes: np.ndarray, usual: float) -> np.ndarray:
    """Return which boxes are no dashes, nor much lower than the digits around.

    What is much lower than the usual writing is kept if there is more of it in a row.
    """
    widths, heights = (boxes[:, 2:] - boxes[:, :2]).T
    no_dash = heights * MAX_ASPECT > widths
    tall = np.where(no_dash, heights, 0)
    gaps = _gaps(boxes[:, None], boxes[None])
    ratio = heights / np.maximum(heights, 1)[:, None]
    alike = (ratio < SAME_HEIGHT) & (ratio > 1 / SAME_HEIGHT)
    company = (alike & (gaps < COMPANY * heights)).sum(axis=1) - 1
    alone = np.where(company < FEW, MIN_DIGIT_HEIGHT * usual, 0)
    reach = np.where(company < FEW, NEIGHBOURS, CLOSE)[:, None] * tall
    near = (gaps < reach) * tall
    beside = MIN_DIGIT_HEIGHT * near.max(axis=1, initial=0)
    least = np.maximum(MIN_SIDE, np.maximum(alone, beside))
    return no_dash & (heights > least)


def _join(groups: list[Group], boxes: np.ndarray, belong: Belong) -> list[Group]:
    """Join groups that belong together, the nearest two first, until none are left."""
    while len(groups) > 1:
        own = _bounding_boxes(groups, boxes)
        first, second = np.nonzero(np.triu(belong(own[:, None], own[None]), 1))
        if not len(first):
            break
        gaps = _gaps(own[first], own[second])
        free = np.ones(len(groups), bool)
        for pair in np.argsort(gaps, kind="stable"):
            i, j = int(first[pair]), int(second[pair])
            if free[i] and free[j]:
                groups[i] = groups[i] + groups[j]
                groups[j] = []
                free[[i, j]] = False
        groups = [group for group in groups if group]
    return groups


def _belong_together(a: np.ndarray, b: np.ndarray, tallest: float) -> np.ndarray:
    """Return whether one box is above the other, or is a short stroke beside it."""
    heights, others = a[..., 3] - a[..., 1], b[..., 3] - b[..., 1]
    taller, lower = np.maximum(heights, others), np.minimum(heights, others)
    across, down = _gap(a, b, 0), _gap(a, b, 1)
    narrower = np.minimum(a[..., 2] - a[..., 0], b[..., 2] - b[..., 0])
    stacked = -across > OVERLAP * narrower
    beside = (across < BESIDE * taller) & (lower < SHORT * taller)
    fits = _common_height(a, b) <= tallest
    return fits & (down < BELOW * taller) & (stacked | beside)


def _gap(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """Return the gap between boxes along x or y; negative where they overlap."""
    start = np.maximum(a[..., axis], b[..., axis])
    return start - np.minimum(a[..., axis + 2], b[..., axis + 2])


def _gaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the gap between boxes, across or down; negative if they overlap."""
    return np.maximum(_gap(a, b, 0), _gap(a, b, 1))


def _common_height(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.maximum(a[..., 3], b[..., 3]) - np.minimum(a[..., 1], b[..., 1])


def _are_near(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether two boxes are near each other."""
    return _gaps(a, b) < NEAR * _common_height(a, b)


def _are_beside(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether two boxes are near and in the same text line."""
    lower = np.minimum(a[..., 3] - a[..., 1], b[..., 3] - b[..., 1])
    return (-_gap(a, b, 1) > SAME_LINE * lower) & _are_near(a, b)


def _bounding_boxes(groups: list[Group], boxes: np.ndarray) -> np.ndarray:
    """Return the (n, 4) bounding boxes of groups of boxes."""
    if not groups:
        return np.zeros((0, 4), int)
    members = np.concatenate([np.array(group) for group in groups])
    starts = np.cumsum([0] + [len(group) for group in groups[:-1]])
    return np.concatenate(
        [
            np.minimum.reduceat(boxes[members, :2], starts),
            np.maximum.reduceat(boxes[members, 2:], starts),
        ],
        axis=1,
    )


def _cut(ink: np.ndarray, found: Components, group: Group) -> Segment:
    """Cut out one digit with its soft edges, without its neighbours."""
    x, y, right, bottom = _bounding_boxes([group], found.boxes)[0].tolist()
    left, top = max(x - 1, 0), max(y - 1, 0)
    window = slice(top, bottom + 1), slice(left, right + 1)
    labels, numbers = found.labels[window], found.numbers[group]
    # Most digits are in one piece, which `isin` would take ten times as long to find.
    own = labels == numbers[0] if len(numbers) == 1 else np.isin(labels, numbers)
    soft = cv2.dilate(own.astype(np.uint8), np.ones((3, 3)))
    return Segment((x, y, right, bottom), ink[window] * soft)


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
