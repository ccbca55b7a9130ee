"""Find ruled lines, squared paper and the boxes of forms: ink that is not writing.

Where a digit's stroke crosses a line, the ink is thicker than the line and is kept, so
removing lines cuts no digit. A line is removed only if no digit could have such a
stroke.
"""

import cv2
import numpy as np

from digitlib.reading.picture import extent
from digitlib.reading.straight_lines import Line, find_lines, thin

Lines = list[Line]
Shape = tuple[int, ...]  # height, width

EDGE = 0.06  # share of a side or of the extent: ends this near are at the edge
CORNER = 3  # pixels by which a line's end may miss the line that it meets
SIMILAR = 1.5  # ratio of thickness: a pen's stroke is thicker than a ruled line
# A line is ruled if its length exceeds the height of the tallest writing by a factor of
MAX_STROKE = 1.8  # anywhere on the page, or
MAX_STROKE_TO_EDGES = 1.3  # if both its ends are at the edges, or
MAX_STROKE_ROW = 4  # if it has gaps, and so may be the strokes of several digits.
UNBROKEN = 0.9  # share of the length that is ink in a line without gaps
MANY = 3  # lines from edge to edge that make a page a ruled one, on which
LONG = 0.3  # share of the page's width or height makes any line a ruled one
LEVEL = 75  # percentile of the darkness along a line, of which some is faint
DARKER = 1.6  # ratio of darkness: writing that much darker is told from the lines
SOFT_EDGE = np.ones((5, 5), np.uint8)  # pixels around dark ink, where it is paler
BEYOND = 0.25  # share of the tallest writing by which a base line is longer, each way
HIGH, NEAR = 0.3, 0.08  # shares of it: the height of what stands on it, and the gap
SAME_LENGTH = 0.2  # share by which the lengths of a comb's posts differ at most


def find_ruling(
    distance: np.ndarray, least: float = 0, *, may_be_paler: bool = True
) -> list[np.ndarray]:
    """Find ruled lines and boxes.

    Where there is ink that is darker than the lines, they are sought in the paler ink
    only, so that a stroke along a line stays. As print may be of two strengths, too,
    what is found in all ink is the second answer then.

    Args:
        distance: (height, width) uint8, by how much each pixel differs from the paper.
        least: the distance that ink of any kind is above.
        may_be_paler: whether to seek lines in the paler ink only, too.

    Returns:
        One answer or two, the likelier first: (height, width) uint8, 1 for ink that
        belongs only to a line or a box.
    """
    visible = (distance > least).astype(np.uint8)
    lines = _find_ruled(visible, visible)
    of_paler = None
    if may_be_paler and any(lines):
        of_paler = _ruling_below_dark_ink(lines, visible, distance)
    of_all = _ink_of(lines, visible)
    return [of_all] if of_paler is None else [of_paler, of_all]


def _ruling_below_dark_ink(
    lines: tuple[Lines, Lines], visible: np.ndarray, distance: np.ndarray
) -> np.ndarray | None:
    """Find ruling in the paler ink only; None if no ink is darker than these lines."""
    across, down = lines
    levels = {line: _level(line, distance) for line in across}
    levels |= {line: _level(line, distance.T) for line in down}
    darkest = DARKER * float(np.median(list(levels.values())))
    dark = (cv2.medianBlur(distance, 3) > darkest).astype(np.uint8)  # no grain
    if not dark.any():
        return None
    thickest = SIMILAR * float(np.median([line.thickness for line in levels])) + 1
    is_bold = {e for e in levels if e.thickness < thickest and levels[e] > darkest}
    bold = [e for e in across if e in is_bold], [e for e in down if e in is_bold]
    pale = visible & ~cv2.dilate(dark, SOFT_EDGE).astype(np.uint8)
    return _ink_of(_find_ruled(pale, visible), pale) | _ink_of(bold, visible)


def _find_ruled(ink: np.ndarray, visible: np.ndarray) -> tuple[Lines, Lines]:
    """Find the ruled lines in some of the ink, across and down."""
    horizontal = find_lines(ink, visible)
    if not horizontal:  # vertical lines alone may be the digit 1
        return [], []
    writing = visible & ~_only_lines(visible, horizontal)[0]
    stats = cv2.connectedComponentsWithStats(writing)[2][1:]
    tallest = int(stats[:, cv2.CC_STAT_HEIGHT].max(initial=0))
    vertical = find_lines(*(np.ascontiguousarray(each.T) for each in (ink, visible)))
    across, down = _choose(horizontal, vertical, visible.shape, tallest)
    base = [e for e in horizontal if e not in across and _is_base(e, stats, tallest)]
    return across + base, down


def _level(line: Line, distance: np.ndarray) -> float:
    """Return how dark a line is; strokes that cross it do not count."""
    rows, columns = line.pixels(distance.shape)
    # Beside a line that is a little askew, the next row may hold more of it.
    near = np.clip(np.add.outer([-1, 0, 1], rows), 0, len(distance) - 1)
    return float(np.percentile(distance[near, columns].max(axis=0), LEVEL))


def _ink_of(lines: tuple[Lines, Lines], visible: np.ndarray) -> np.ndarray:
    """Return the ink that belongs only to these lines."""
    horizontal, vertical = lines
    if not horizontal and not vertical:
        return np.zeros_like(visible)
    horizontal_ink, band = _only_lines(visible, horizontal)
    vertical_ink, turned_band = _only_lines(np.ascontiguousarray(visible.T), vertical)
    return horizontal_ink | vertical_ink.T | (visible & band & turned_band.T)


def _is_base(line: Line, stats: np.ndarray, tallest: int) -> bool:
    """Return whether writing stands on a line that goes on to the left and the right.

    The base of a 2 begins where the 2 does; what goes below a line may be a plus.
    """
    left, top, width, height, _ = stats.T
    right, bottom = left + width, top + height
    y, reach = line.at((left + right) / 2), NEAR * tallest + line.thickness + CORNER
    is_at = (left < line.end) & (right > line.start) & (height > reach)
    stands = is_at & (np.abs(bottom - y) < reach) & (height > HIGH * tallest)
    goes_below = is_at & (top < y + reach) & (bottom > y + reach)
    if not stands.any() or goes_below.any():
        return False
    goes_on = left[stands].min() - line.start, line.end - right[stands].max()
    return bool(min(goes_on) > BEYOND * tallest)


def _choose(
    horizontal: Lines, vertical: Lines, shape: Shape, tallest: int
) -> tuple[Lines, Lines]:
    """Choose the ruled lines: very long ones, and those that end at other lines."""
    ruled = _too_long(horizontal, vertical, shape, tallest)
    candidates, turned = vertical, shape[::-1]
    while True:  # until each remaining line is anchored to other remaining lines
        anchored = (
            [
                a
                for a in horizontal
                if a in ruled or _is_anchored(a, vertical, shape, ruled)
            ],
            [
                a
                for a in vertical
                if a in ruled or _is_anchored(a, horizontal, turned, ruled)
            ],
        )
        if anchored == (horizontal, vertical):
            break
        horizontal, vertical = anchored
    posts = [a for a in _posts(candidates, horizontal) if a not in vertical]
    return horizontal, vertical + posts


def _too_long(horizontal: Lines, vertical: Lines, shape: Shape, tallest: int) -> Lines:
    """Return the lines that are longer than a stroke of any digit on this page."""
    across = [line for line in horizontal if _spans(line, shape)]
    down = [line for line in vertical if _spans(line, shape[::-1])]
    if len(across) >= MANY:
        return [line for line in horizontal if line.length > LONG * shape[1]] + [
            line
            for line in vertical
            if down[MANY - 1 :] and line.length > LONG * shape[0]
        ]
    crossed = len(across) > 1 and len(down) > 1
    return [
        line
        for line in horizontal
        if line.length
        > (MAX_STROKE if line.inked > UNBROKEN else MAX_STROKE_ROW) * tallest
        or (line in across and (crossed or line.length > MAX_STROKE_TO_EDGES * tallest))
    ]


def _spans(line: Line, shape: Shape) -> bool:
    return all(_is_at_edge(line, end, shape) for end in (line.start, line.end))


def _is_at_edge(line: Line, end: float, shape: Shape) -> bool:
    return any(
        min(place, side - place) < EDGE * min(side, extent(shape))
        for place, side in ((end, shape[1]), (line.at(end), shape[0]))
    )


def _is_anchored(line: Line, others: Lines, shape: Shape, ruled: Lines) -> bool:
    """Return whether both ends of a line are on other lines or at a ruled page's edge.

    Writing may hide one of the ends if the line meets many others.
    """
    met = [where for other in others if (where := _meeting(line, other)) is not None]
    anchored = [
        (bool(ruled) and _is_at_edge(line, end, shape))
        or any(abs(where - end) <= reach for where, reach in met)
        for end in (line.start, line.end)
    ]
    return all(anchored) or (any(anchored) and len(met) >= MANY)


def _meeting(line: Line, other: Line) -> tuple[float, float] | None:
    """Find where along a line a similar, perpendicular line meets it, if it does.

    Returns:
        The place and its tolerance in pixels; None if the two do not meet.
    """
    along = other.at(line.at((line.start + line.end) / 2))
    across = line.at(along)
    reach = other.thickness + CORNER
    if (
        line.thickness < SIMILAR * other.thickness + 1
        and line.start - reach < along < line.end + reach
        and other.start - reach < across < other.end + reach
    ):
        return other.at(across), reach
    return None


def _posts(vertical: Lines, horizontal: Lines) -> Lines:
    """Return the posts of comb fields: several similar ones, standing on one line."""
    standing = [
        line
        for line in vertical
        if any(
            where is not None
            and min(abs(where[0] - line.start), abs(where[0] - line.end)) <= where[1]
            for where in (_meeting(line, other) for other in horizontal)
        )
    ]

    def are_similar(a: Line, b: Line) -> bool:
        same_length = abs(a.length - b.length) < SAME_LENGTH * b.length
        return same_length and a.thickness < SIMILAR * b.thickness

    return [
        line
        for line in standing
        if sum(are_similar(line, other) for other in standing) >= MANY
    ]


def _only_lines(visible: np.ndarray, lines: Lines) -> tuple[np.ndarray, np.ndarray]:
    """Return the ink that belongs only to these lines, and the bands around them."""
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
