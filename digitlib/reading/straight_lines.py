"""Thin straight lines in a picture, nearly level, whatever writing lies across them.

A line is thin across and long along. Its pieces between the strokes that cross it are
found first; then those through which one straight line can be laid are put together.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from digitlib.reading.picture import extent

# Lines are looked for up to each of these thicknesses: shares of the picture's extent,
# and pixels that it is at least.
THICKNESSES = (0.006, 3), (0.014, 6), (0.03, 9)
FLAT = 3  # times as long as thick: what a piece of a line is at least
MAX_COMPONENTS = 300  # of lines, the longest ones; more are texture
MAX_SLOPE = 0.15  # pixels down for each pixel along: 8.5 degrees
MIN_LENGTH = 0.05  # of the picture's extent: what is shorter is no line
INKED = 0.7  # of a line's length is ink,
FREE = 0.35  # and so much of it nothing but the line: strokes hide the rest


@dataclass(frozen=True, eq=False)
class Line:
    """A thin straight line.

    Attributes:
        start, end: where along it begins and ends, in pixels.
        moments: of its pixels: how many, the sums of x, y, xx, xy and yy. Those of two
            pieces add up, so that laying a line through both needs no pixels.
        inked: the share of its length that is ink, its own or of strokes across it.
    """

    start: float
    end: float
    moments: tuple[float, ...]
    inked: float = 1.0

    @property
    def length(self) -> float:
        """In pixels."""
        return self.end - self.start

    @property
    def slope(self) -> float:
        """Pixels across for each pixel along, by least squares."""
        n, x, y, xx, xy, _ = self.moments
        return (n * xy - x * y) / max(n * xx - x * x, 1e-6)

    @property
    def thickness(self) -> float:
        """In pixels, told by how far its own scatter: what is bent is thick too."""
        n, x, y, _, xy, yy = self.moments
        variance = yy / n - (y / n) ** 2 - self.slope * (xy / n - x * y / n**2)
        return (12 * max(variance, 0) + 1) ** 0.5

    def at(self, along: float) -> float:
        """Where across it lies."""
        n, x, y, *_ = self.moments
        return y / n + self.slope * (along - x / n)


def find_lines(visible: np.ndarray) -> list[Line]:
    """Find the thin straight lines that are nearly level.

    Args:
        visible: (height, width) uint8, 1 for ink.

    Returns:
        The lines; of a picture turned over its diagonal, the upright ones.
    """
    size = extent(visible.shape)
    flat = np.zeros_like(visible)
    for share, least in THICKNESSES:
        flat |= _flat(visible, max(least, round(share * size)))
    if not flat.any():
        return []
    lines: list[Line] = []
    for piece in _pieces(flat, gap=max(5, size // 50)):
        _add(piece, lines)
    free = [
        replace(line, inked=_inked(line, visible))
        for line in lines
        if line.length > MIN_LENGTH * size
        and line.moments[0] > FREE * line.length * line.thickness
    ]
    return [line for line in free if line.inked > INKED]


def thin(visible: np.ndarray, thickness: int) -> np.ndarray:
    """The ink that is at most so many pixels thick across.

    Args:
        visible: (height, width) uint8, 1 for ink.
        thickness: in pixels.

    Returns:
        The same shape and dtype.
    """
    # Beyond the edge is no ink, or a line that leaves the picture there would be thick.
    framed = np.pad(visible, ((thickness, thickness), (0, 0)))
    thick = cv2.morphologyEx(framed, cv2.MORPH_OPEN, _brush(thickness + 1, 1))
    return visible & (1 - thick[thickness:-thickness])


def _flat(visible: np.ndarray, thickness: int) -> np.ndarray:
    """What is at most so thick across, and long along, but for what crosses it."""
    pieces = thin(visible, thickness)
    whole = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, _brush(1, thickness + 2))
    return pieces & cv2.morphologyEx(whole, cv2.MORPH_OPEN, _brush(1, FLAT * thickness))


def _brush(height: int, width: int) -> np.ndarray:
    """A brush with a middle pixel: opening by one without would shift the ink."""
    return np.ones((height | 1, width | 1), np.uint8)


def _pieces(flat: np.ndarray, gap: int) -> list[Line]:
    """The connected pieces that are nearly level, the longest first."""
    closed = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, _brush(1, gap))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(closed)
    y, x = (index.astype(float) for index in flat.nonzero())
    part = parts[flat > 0]
    sums = np.ones(len(x)), x, y, x * x, x * y, y * y
    moments = np.stack([np.bincount(part, each, len(stats)) for each in sums], axis=1)
    starts, widths = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH]
    longest = 1 + np.argsort(-widths[1:], kind="stable")[:MAX_COMPONENTS]
    pieces = [
        Line(float(starts[i]), float(starts[i] + widths[i]), tuple(moments[i].tolist()))
        for i in longest
        if moments[i, 0]
    ]
    return [piece for piece in pieces if abs(piece.slope) < MAX_SLOPE]


def _add(piece: Line, lines: list[Line]) -> None:
    """Put a piece to the line that it continues, or to the lines."""
    for i, line in enumerate(lines):
        thickest = max(line.thickness, piece.thickness) + 1
        middle = (piece.start + piece.end) / 2
        if abs(line.at(middle) - piece.at(middle)) > 3 * thickest:
            continue  # far off: spares the time to lay a line through both
        both = Line(
            min(line.start, piece.start),
            max(line.end, piece.end),
            tuple(a + b for a, b in zip(line.moments, piece.moments, strict=True)),
        )
        if both.thickness < thickest:
            lines[i] = both
            return
    lines.append(piece)


def _inked(line: Line, visible: np.ndarray) -> float:
    x = np.arange(int(line.start), int(line.end))
    y = np.linspace(line.at(line.start), line.at(line.end), len(x))
    return float(visible[np.rint(y).clip(0, len(visible) - 1).astype(int), x].mean())
