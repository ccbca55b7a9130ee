"""Draw what is printed on the paper under a line: rules, squares, patterns, boxes.

Each paper is a function from a `Layout` to (height, width) uint8: 255 where the print
is strongest, 0 where there is none. `lines` makes it paler or darker.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Random = np.random.Generator
BITS = 4  # fractional bits of a coordinate


@dataclass(frozen=True)
class Layout:
    """Where the writing is on a piece of paper.

    Attributes:
        height: of the piece in pixels.
        width: of the piece in pixels.
        baseline: the y on which the digits stand.
        size: height of a digit in pixels.
        cells: (n + 1,) the x of the edges of the cells, one for each character.
    """

    height: int
    width: int
    baseline: float
    size: float
    cells: np.ndarray


def plain(layout: Layout, random: Random) -> np.ndarray:
    """Leave the paper as it is."""
    return np.zeros((layout.height, layout.width), np.uint8)


def grain(layout: Layout, random: Random) -> np.ndarray:
    """Print a fine, irregular grain, as rough paper or a tint has it."""
    shape = layout.height, layout.width
    fine = random.standard_normal(shape, np.float32)
    soft = cv2.GaussianBlur(fine, (0, 0), random.uniform(0.5, 1.5))
    soft = soft * np.float32(80 / max(float(soft.std()), 1e-6))
    if random.random() < 0.4:  # a screen of dots
        y, x = np.ogrid[: shape[0], : shape[1]]
        step = random.uniform(2, 4.5)
        soft = soft / 3 + 120 * np.cos(x * 2 * np.pi / step) * np.cos(
            y * 2 * np.pi / step
        )
    return np.clip(soft, 0, 255).astype(np.uint8)


def ruled(layout: Layout, random: Random) -> np.ndarray:
    """Rule lines, one of them near the foot of the writing, and perhaps a margin."""
    paper, spacing = plain(layout, random), random.uniform(1.1, 2.2) * layout.size
    tilt, thickness = _tilt(random), _thickness(layout, random)
    first = layout.baseline + random.normal(0.08, 0.12) * layout.size
    for i in (-2, -1, 0, 1):
        _rule(paper, first + i * spacing, tilt, thickness)
    if random.random() < 0.15:
        _post(paper, random.uniform(0, layout.width), 0, layout.height, thickness)
    return paper


def squared(layout: Layout, random: Random) -> np.ndarray:
    """Rule squares, of which one or two are as high as a digit."""
    paper = plain(layout, random)
    spacing = max(5.0, layout.size * random.choice([0.5, 0.7, 1.0, 1.3]))
    spacing *= random.uniform(0.85, 1.15)
    tilt, thickness = _tilt(random), _thickness(layout, random)
    phase = random.uniform(0, spacing, 2)
    for y in np.arange(phase[0], layout.height, spacing):
        _rule(paper, y, tilt, thickness)
    lean = tilt * layout.height
    for x in np.arange(phase[1], layout.width, spacing):
        _segment(paper, (x + lean / 2, 0), (x - lean / 2, layout.height), thickness)
    return paper


def guilloche(layout: Layout, random: Random) -> np.ndarray:
    """Print families of fine waves or arcs across each other, as on cheques."""
    y, x = np.ogrid[: layout.height, : layout.width]
    y, x = y.astype(np.float32), x.astype(np.float32)
    total = np.zeros((layout.height, layout.width), np.float32)
    for _ in range(int(random.integers(1, 4))):
        spacing = random.uniform(3, 9) * max(0.7, layout.size / 28)
        if random.random() < 0.25:  # arcs around a point far away
            centre = random.uniform(-1, 2, 2) * (layout.width, 3 * layout.height)
            phase = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2)
        else:
            slope = random.normal(0, 0.35) if random.random() < 0.7 else random.normal()
            wave = random.uniform(0, 1.6) * spacing
            length = random.uniform(15, 120)
            bend = wave * np.sin(x * (2 * np.pi / length) + random.uniform(0, 6))
            phase = (y + slope * x + bend) / np.float32(np.hypot(1, slope))
        turns = np.cos(phase * np.float32(2 * np.pi / spacing))
        width = random.uniform(0.2, 0.8)  # from fine lines to soft bands
        np.maximum(total, (turns - (1 - width)) / width, out=total)
    return (np.clip(total, 0, 1) * 255).astype(np.uint8)


def base_line(layout: Layout, random: Random) -> np.ndarray:
    """Draw one line under the writing: whole, dashed or dotted."""
    paper = plain(layout, random)
    y = layout.baseline + random.normal(0.1, 0.1) * layout.size
    _rule(paper, y, _tilt(random) / 2, _thickness(layout, random))
    if random.random() < 0.35:
        _dash(paper, random)
    if random.random() < 0.2:  # a second one, of a double line or the next row
        gap = random.uniform(0.1, 0.25) * layout.size
        _rule(paper, y + max(3, gap), 0, 1)
    if random.random() < 0.12:  # the side of a field
        side = random.choice(
            [random.uniform(0, 4), layout.width - random.uniform(1, 5)]
        )
        _post(paper, side, 0, layout.height, _thickness(layout, random))
    return paper


def boxes(layout: Layout, random: Random) -> np.ndarray:
    """Draw adjacent boxes that share their sides."""
    paper, thickness = plain(layout, random), _thickness(layout, random)
    top, bottom = _box(layout, random)
    for y in (top, bottom):
        _segment(paper, (layout.cells[0], y), (layout.cells[-1], y), thickness)
    inner = thickness if random.random() < 0.7 else 1
    for i, x in enumerate(layout.cells):
        side = thickness if i in (0, len(layout.cells) - 1) else inner
        _segment(paper, (x, top), (x, bottom), side)
    return paper


def boxes_apart(layout: Layout, random: Random) -> np.ndarray:
    """Draw boxes with a gap between them; a narrow gap makes double lines."""
    paper, thickness = plain(layout, random), _thickness(layout, random)
    top, bottom = _box(layout, random)
    pitch = float(np.diff(layout.cells).mean())
    narrow = random.uniform(2, 4.5) + thickness
    gap = narrow if random.random() < 0.5 else random.uniform(0.1, 0.35) * pitch
    for left, right in zip(layout.cells[:-1], layout.cells[1:], strict=True):
        corners = [(left + gap / 2, top), (right - gap / 2, top),
                   (right - gap / 2, bottom), (left + gap / 2, bottom)]  # fmt: skip
        cv2.polylines(paper, [_fixed(corners)], True, 255, thickness, cv2.LINE_AA, BITS)
    return paper


def comb(layout: Layout, random: Random) -> np.ndarray:
    """Draw a comb: a line below, and posts, thin or thick, high or low."""
    paper, thickness = plain(layout, random), _thickness(layout, random)
    top, bottom = _box(layout, random)
    _segment(paper, (layout.cells[0], bottom), (layout.cells[-1], bottom), thickness)
    height = random.uniform(0.15, 1) * (bottom - top)
    post = thickness + int(random.integers(0, 3)) * (random.random() < 0.5)
    for x in layout.cells:
        _segment(paper, (x, bottom - height), (x, bottom), post)
    return paper


def boxes_dotted(layout: Layout, random: Random) -> np.ndarray:
    """Draw boxes of dotted or dashed lines."""
    paper = boxes(layout, random)
    step = random.uniform(2, 5)
    y, x = np.ogrid[: layout.height, : layout.width]
    paper[((x % step) + (y % step)) % step < step * random.uniform(0.3, 0.6)] = 0
    return paper


def dividers(layout: Layout, random: Random) -> np.ndarray:
    """Draw only the lines between the cells, from edge to edge, as in a table."""
    paper, thickness = plain(layout, random), _thickness(layout, random)
    for x in layout.cells:
        _post(paper, x, 0, layout.height, thickness)
    for y in _box(layout, random):
        if random.random() < 0.5:
            _rule(paper, y, 0, thickness)
    return paper


def frame(layout: Layout, random: Random) -> np.ndarray:
    """Draw one field around the whole number."""
    cells = layout.cells[[0, -1]] + random.uniform(-3, 3, 2)
    whole = Layout(layout.height, layout.width, layout.baseline, layout.size, cells)
    return boxes(whole, random)


Paper = Callable[[Layout, Random], np.ndarray]
OPEN: dict[str, Paper] = {
    each.__name__: each for each in (plain, grain, ruled, squared, guilloche, base_line)
}
CELLS: dict[str, Paper] = {
    each.__name__: each
    for each in (boxes, boxes_apart, comb, boxes_dotted, dividers, frame)
}
PAPERS = OPEN | CELLS


def _box(layout: Layout, random: Random) -> tuple[float, float]:
    """Draw the top and the bottom of the boxes around the digits."""
    middle = layout.baseline - layout.size / 2 + random.normal(0, 0.08) * layout.size
    half = random.uniform(0.55, 0.95) * layout.size
    return (
        max(1.0, middle - half),
        min(layout.height - 2.0, max(middle + half, layout.baseline - 2)),
    )


def _thickness(layout: Layout, random: Random) -> int:
    return max(
        1, round(random.uniform(0.4, 1.3) + layout.size * random.uniform(0, 0.06))
    )


def _tilt(random: Random) -> float:
    return random.normal(0, 0.012) if random.random() < 0.5 else 0.0


def _rule(paper: np.ndarray, y: float, tilt: float, thickness: int) -> None:
    width = paper.shape[1]
    lean = tilt * width / 2
    _segment(paper, (-2, y - lean), (width + 2, y + lean), thickness)


def _post(paper: np.ndarray, x: float, top: float, end: float, thickness: int) -> None:
    _segment(paper, (x, top), (x, end), thickness)


def _segment(
    paper: np.ndarray, a: tuple[float, float], b: tuple[float, float], thickness: int
) -> None:
    cv2.polylines(paper, [_fixed([a, b])], False, 255, thickness, cv2.LINE_AA, BITS)


def _fixed(points: list[tuple[float, float]]) -> np.ndarray:
    return np.rint(np.array(points) * 2**BITS).astype(np.int32)


def _dash(paper: np.ndarray, random: Random) -> None:
    """Break all lines across into dashes or dots."""
    step, share = random.uniform(3, 12), random.uniform(0.3, 0.7)
    paper[:, np.arange(paper.shape[1]) % step > step * share] = 0
