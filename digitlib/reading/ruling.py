"""Ruled lines, squared paper and the boxes of forms: ink that is not writing.

Where a digit's stroke crosses a line, the ink is thick across, and stays: taking lines
out cuts no digit. And a line is taken out only if no digit could have such a stroke.
"""

import cv2
import numpy as np

from digitlib.reading.picture import extent
from digitlib.reading.straight_lines import Line, find_lines, thin

Lines = list[Line]
Shape = tuple[int, ...]  # height, width

EDGE = 0.06  # of the width, or height, or extent: what ends there ends at the edge
CORNER = 3  # pixels: a line's end may so much miss the line that it meets
ALIKE = 1.5  # times as thick: a pen's stroke beside a ruled line is thicker
# A digit's level stroke is not so long, in times the tallest writing,
ANYWHERE = 1.8
EDGE_TO_EDGE = 1.3  # if both its ends are at the edges.
UNBROKEN = 0.9  # of its length is ink: with less, it may be several digits' strokes
ROW = 4  # times that writing, if so: the strokes are not in line for so long
MANY = 3  # such lines, and the page is ruled: so is then each line that has
LONG = 0.3  # of the page's width
SAME_LENGTH = 0.2  # by which the posts of a comb differ at most


def find_ruling(visible: np.ndarray) -> np.ndarray:
    """Find ruled lines and boxes.

    Args:
        visible: (height, width) uint8, 1 for ink of any kind.

    Returns:
        (height, width) uint8, 1 where there is nothing but a line or a box.
    """
    level = find_lines(visible)
    if not level:  # upright lines alone are the digit 1
        return np.zeros_like(visible)
    turned = np.ascontiguousarray(visible.T)
    tallest = _tallest(visible & ~_only_lines(visible, level)[0])
    level, upright = _choose(level, find_lines(turned), visible.shape, tallest)
    flat, band = _only_lines(visible, level)
    steep, turned_band = _only_lines(turned, upright)
    return flat | steep.T | (visible & band & turned_band.T)


def _tallest(writing: np.ndarray) -> int:
    stats = cv2.connectedComponentsWithStats(writing)[2]
    return int(stats[1:, cv2.CC_STAT_HEIGHT].max(initial=0))


def _choose(
    level: Lines, upright: Lines, shape: Shape, tallest: int
) -> tuple[Lines, Lines]:
    """Choose the lines that are ruled: very long ones, and those that end at others."""
    ruled = _too_long(level, upright, shape, tallest)
    candidates, turned = upright, shape[::-1]
    while True:  # until each that is left is held by others that are left
        held = (
            [a for a in level if a in ruled or _is_held(a, upright, shape, ruled)],
            [a for a in upright if a in ruled or _is_held(a, level, turned, ruled)],
        )
        if held == (level, upright):
            break
        level, upright = held
    posts = [a for a in _posts(candidates, level) if a not in upright]
    return level, upright + posts


def _too_long(level: Lines, upright: Lines, shape: Shape, tallest: int) -> Lines:
    """The lines that are longer than a stroke of any digit here."""
    across = [line for line in level if _spans(line, shape)]
    down = [line for line in upright if _spans(line, shape[::-1])]
    if len(across) >= MANY:
        return [line for line in level if line.length > LONG * shape[1]] + [
            line
            for line in upright
            if down[MANY - 1 :] and line.length > LONG * shape[0]
        ]
    crossed = len(across) > 1 and len(down) > 1
    return [
        line
        for line in level
        if line.length > (ANYWHERE if line.inked > UNBROKEN else ROW) * tallest
        or (line in across and (crossed or line.length > EDGE_TO_EDGE * tallest))
    ]


def _spans(line: Line, shape: Shape) -> bool:
    return all(_is_at_edge(line, end, shape) for end in (line.start, line.end))


def _is_at_edge(line: Line, end: float, shape: Shape) -> bool:
    return any(
        min(place, side - place) < EDGE * min(side, extent(shape))
        for place, side in ((end, shape[1]), (line.at(end), shape[0]))
    )


def _is_held(line: Line, others: Lines, shape: Shape, ruled: Lines) -> bool:
    """Whether both its ends lie on other lines, or at the edge of a ruled page.

    One of them may be hidden by writing, if it meets many others.
    """
    met = [where for other in others if (where := _meeting(line, other)) is not None]
    held = [
        (bool(ruled) and _is_at_edge(line, end, shape))
        or any(abs(where - end) <= reach for where, reach in met)
        for end in (line.start, line.end)
    ]
    return all(held) or (any(held) and len(met) >= MANY)


def _meeting(line: Line, other: Line) -> tuple[float, float] | None:
    """Where along a line another of its kind, at right angles, meets it, if at all."""
    along = other.at(line.at((line.start + line.end) / 2))
    across = line.at(along)
    reach = other.thickness + CORNER
    if (
        line.thickness < ALIKE * other.thickness + 1
        and line.start - reach < along < line.end + reach
        and other.start - reach < across < other.end + reach
    ):
        return other.at(across), reach
    return None


def _posts(upright: Lines, level: Lines) -> Lines:
    """The posts of a comb: several alike that stand on one line, their tops free."""
    standing = [
        line
        for line in upright
        if any(
            where is not None
            and min(abs(where[0] - line.start), abs(where[0] - line.end)) <= where[1]
            for where in (_meeting(line, other) for other in level)
        )
    ]

    def are_alike(a: Line, b: Line) -> bool:
        same_length = abs(a.length - b.length) < SAME_LENGTH * b.length
        return same_length and a.thickness < ALIKE * b.thickness

    return [
        line
        for line in standing
        if sum(are_alike(line, other) for other in standing) >= MANY
    ]


def _only_lines(visible: np.ndarray, lines: Lines) -> tuple[np.ndarray, np.ndarray]:
    """Where there is nothing but these lines, and the bands in which they lie."""
    band = np.zeros_like(visible)
    for line in lines:
        reach = line.thickness / 2  # a corner belongs to both lines that meet there
        start, end = (
            (int(along), round(line.at(along)))
            for along in (line.start - reach, line.end + reach)
        )
        cv2.line(band, start, end, (1,), round(line.thickness) + 2)
    thickest = max((line.thickness for line in lines), default=0)
    return band & thin(visible, round(thickest) + 2), band
