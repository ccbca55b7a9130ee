"""Find thin, straight, nearly horizontal lines, whatever writing crosses them.

A line is thin and long. Its pieces between the strokes that cross it are found first,
and then the pieces that lie on one straight line are merged.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from digitlib.reading.boxes import ink_box
from digitlib.reading.picture import extent

# Lines are sought up to each of these thicknesses: a share of the picture's extent, and
# the least thickness in pixels.
THICKNESSES = (0.006, 3), (0.014, 6), (0.03, 9)
MIN_ASPECT = 3  # ratio of length to thickness of a piece of a line
MAX_COMPONENTS = 300  # only the longest pieces are used; more are texture
MAX_SLOPE = 0.15  # pixels down for each pixel along: 8.5 degrees
MIN_LENGTH = 0.05  # share of the picture's extent: anything shorter is not a line
MIN_INKED = 0.7  # share of a line's length that is ink
MIN_FREE = 0.35  # share of a line's area that no stroke crosses


@dataclass(frozen=True, eq=False)
class Line:
    """A thin straight line.

    Attributes:
        start, end: the x coordinates of its two ends, in pixels.
        moments: the number of its pixels and the sums of x, y, xx, xy and yy over them.
            The moments of two pieces add up, so fitting a line to both needs no pixels.
        inked: the share of its length that is ink, of the line or of strokes across it.
    """

    start: float
    end: float
    moments: tuple[float, ...]
    inked: float = 1.0

    @property
    def length(self) -> float:
        """The length in pixels."""
        return self.end - self.start

    @cached_property
    def slope(self) -> float:
        """The slope in pixels down for each pixel along, by least squares."""
        n, x, y, xx, xy, _ = self.moments
        return (n * xy - x * y) / max(n * xx - x * x, 1e-6)

    @cached_property
    def thickness(self) -> float:
        """The thickness in pixels, from the scatter around the line; bending adds."""
        n, x, y, _, xy, yy = self.moments
        variance = yy / n - (y / n) ** 2 - self.slope * (xy / n - x * y / n**2)
        return (12 * max(variance, 0) + 1) ** 0.5

    def at(self, along: float) -> float:
        """Return the y coordinate of the line at an x coordinate, in pixels."""
        n, x, y, *_ = self.moments
        return y / n + self.slope * (along - x / n)

    def pixels(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows and columns of its middle, in a picture of this shape."""
        x = np.arange(int(self.start), int(self.end))
        y = np.linspace(self.at(self.start), self.at(self.end), len(x))
        return np.rint(y).clip(0, shape[0] - 1).astype(int), x


def find_lines(ink: np.ndarray, visible: np.ndarray | None = None) -> list[Line]:
    """Find the thin straight lines that are nearly horizontal.

    Args:
        ink: (height, width) uint8, 1 for ink that may be of a line.
        visible: likewise for all ink, which may hide a line; None if that is the same.

    Returns:
        The lines; given a transposed picture, the vertical ones.
    """
    visible = ink if visible is None else visible
    size = extent(ink.shape)
    thicknesses = [max(least, round(share * size)) for share, least in THICKNESSES]
    left, top, right, bottom = ink_box(ink > 0)
    if right == left:
        return []
    left = max(0, left - MIN_ASPECT * thicknesses[-1])  # paper, if the ink ends here
    part = ink[top:bottom, left : right + MIN_ASPECT * thicknesses[-1]]
    flat = np.zeros_like(part)
    for thickness in thicknesses:
        flat |= _flat(part, thickness)
    if not flat.any():
        return []
    lines: list[Line] = []
    for piece in _components(flat, (left, top), gap=max(5, size // 50)):
        _add(piece, lines)
    free = [
        replace(line, inked=float(visible[line.pixels(visible.shape)].mean()))
        for line in lines
        if line.length > MIN_LENGTH * size
        and line.moments[0] > MIN_FREE * line.length * line.thickness
    ]
    return [line for line in free if line.inked > MIN_INKED]


def thin(visible: np.ndarray, thickness: int) -> np.ndarray:
    """Return the ink that is at most a given number of pixels thick vertically.

    Args:
        visible: (height, width) uint8, 1 for ink.
        thickness: the largest thickness, in pixels.

    Returns:
        (height, width) uint8, 1 for thin ink.
    """
    # Pad with paper, or a line that leaves the picture there would count as thick.
    framed = np.pad(visible, ((thickness, thickness), (0, 0)))
    thick = cv2.morphologyEx(framed, cv2.MORPH_OPEN, _kernel(thickness + 1, 1))
    return visible & (1 - thick[thickness:-thickness])


def _flat(visible: np.ndarray, thickness: int) -> np.ndarray:
    """Return ink that is thin vertically and long horizontally, without crossings."""
    pieces = thin(visible, thickness)
    whole = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, _kernel(1, thickness + 2))
    return pieces & cv2.morphologyEx(
        whole, cv2.MORPH_OPEN, _kernel(1, MIN_ASPECT * thickness)
    )


def _kernel(height: int, width: int) -> np.ndarray:
    """Return a kernel with a middle pixel; opening without one would shift the ink."""
    return np.ones((height | 1, width | 1), np.uint8)


def _components(flat: np.ndarray, corner: tuple[int, int], gap: int) -> list[Line]:
    """Return the connected components that are nearly horizontal, longest first.

    They are those of a part of the picture, whose top left corner is given. Of equally
    long ones the left one comes first.
    """
    closed = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, _kernel(1, gap))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    where = flat.nonzero()
    y, x = (
        index + float(start) for index, start in zip(where, corner[::-1], strict=True)
    )
    label = labels[where]
    sums = np.ones(len(x)), x, y, x * x, x * y, y * y
    moments = np.stack([np.bincount(label, each, len(stats)) for each in sums], axis=1)
    starts = stats[:, cv2.CC_STAT_LEFT] + corner[0]
    widths = stats[:, cv2.CC_STAT_WIDTH]
    longest = 1 + np.lexsort((starts[1:], -widths[1:]))[:MAX_COMPONENTS]
    pieces = [
        Line(float(starts[i]), float(starts[i] + widths[i]), tuple(moments[i].tolist()))
        for i in longest
        if moments[i, 0]
    ]
    return [piece for piece in pieces if abs(piece.slope) < MAX_SLOPE]


def _add(piece: Line, lines: list[Line]) -> None:
    """Merge a piece with the line that it continues, or add it as a new line."""
    for i, line in enumerate(lines):
        thickest = max(line.thickness, piece.thickness) + 1
        middle = (piece.start + piece.end) / 2
        if abs(line.at(middle) - piece.at(middle)) > 3 * thickest:
            continue  # too far away, so that fitting a line to both would be wasted
        both = Line(
            min(line.start, piece.start),
            max(line.end, piece.end),
            tuple(a + b for a, b in zip(line.moments, piece.moments, strict=True)),
        )
        if both.thickness < thickest:
            lines[i] = both
            return
    lines.append(piece)
