"""Make pictures of forms that nobody has filled in: boxes, rows of cells, combs.

Each is a crop from a scan or photo of a form, as programs cut it out for a reader of
digits: with or without paper around the boxes, seen from any side, in grey or already
in black and white. There is nothing to read in them.
"""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from digitlib.reading.picture import encode

FINE = 4  # forms are drawn at this multiple of their size, for smooth edges
HEIGHTS = 28, 200  # pixels of a box
MARGINS = -0.03, 0.6  # shares of the height of a box that are seen around the boxes
THICKNESS = 0.01, 0.09  # share of the height of a box
DASHES = 0.08, 0.25  # shares of the height of a box: a dash or a gap
LABELS = "Name", "Points", "Date", "Nr", "Total", "Sum", "Class", "No."


def empty_box(random: np.random.Generator) -> bytes:
    """Make the picture of one box."""
    return _show(_cells(random, 1, 1), random)


def empty_row(random: np.random.Generator) -> bytes:
    """Make the picture of a row of 2 to 10 cells."""
    return _show(_cells(random, 1, int(random.integers(2, 11))), random)


def empty_table(random: np.random.Generator) -> bytes:
    """Make the picture of a table with 2 to 6 columns and rows."""
    rows, columns = random.integers(2, 7, 2)
    return _show(_cells(random, int(rows), int(columns)), random)


def empty_comb(random: np.random.Generator) -> bytes:
    """Make the picture of a base line with 3 to 12 low posts on it."""
    return _show(_cells(random, 1, int(random.integers(2, 12)), is_comb=True), random)


EMPTY_FORMS: dict[str, Callable[[np.random.Generator], bytes]] = {
    form.__name__: form for form in (empty_box, empty_row, empty_table, empty_comb)
}

Line = tuple[float, float, float, float]  # x and y of both ends


def _cells(
    random: np.random.Generator, rows: int, columns: int, *, is_comb: bool = False
) -> tuple[list[Line], float, float]:
    """Return the lines of cells whose height is 1, and the size of them all."""
    pitch = random.uniform(0.6, 1.4) if rows * columns > 1 else random.uniform(0.7, 3)
    width = pitch * columns
    top = rows - random.uniform(0.15, 0.6) if is_comb else 0.0
    across = [rows] if is_comb else range(rows + 1)
    lines: list[Line] = [(0, y, width, y) for y in across]
    lines += [(x * pitch, top, x * pitch, rows) for x in range(columns + 1)]
    return lines, width, float(rows)


def _show(form: tuple[list[Line], float, float], random: np.random.Generator) -> bytes:
    lines, width, rows = form
    height = random.uniform(*HEIGHTS) / max(1.0, rows / 2)
    margins = random.uniform(*MARGINS, 4) * (random.random(4) < 0.7)
    left, top, right, bottom = margins
    size = width + left + right, rows + top + bottom
    shape = round(size[1] * height * FINE), round(size[0] * height * FINE)
    ink = np.zeros(shape, np.uint8)
    thickness = max(1, round(random.uniform(*THICKNESS) * height))
    dash = random.uniform(*DASHES) * (random.random() < 0.3)
    for start_x, start_y, end_x, end_y in lines:
        for share, until in _pieces(max(end_x - start_x, end_y - start_y), dash):
            start, end = (
                (
                    round((left + start_x + each * (end_x - start_x)) * height * FINE),
                    round((top + start_y + each * (end_y - start_y)) * height * FINE),
                )
                for each in (share, until)
            )
            cv2.line(ink, start, end, (255,), thickness * FINE)
    if random.random() < 0.3 and margins.max() > 0.25:
        _print(ink, margins, height * FINE, random)
    return _scan(_tilt(ink, random), random)


def _pieces(length: float, dash: float) -> list[tuple[float, float]]:
    """Return the shares of a line between which it is drawn."""
    if not dash:
        return [(0.0, 1.0)]
    starts = np.arange(0, length, 2 * dash)
    return [(a / length, min(1.0, (a + dash) / length)) for a in starts]


def _print(
    ink: np.ndarray, margins: np.ndarray, unit: float, random: np.random.Generator
) -> None:
    """Print a word above the boxes or below them, where there is more room."""
    word = str(random.choice(LABELS))
    left, top, _, bottom = margins * unit
    room = max(top, bottom)
    scale = 0.6 * room / 22  # Hershey's letters are 22 pixels high
    line = 0.8 * room if top >= bottom else len(ink) - 0.25 * room
    place = round(max(left, 0) + 0.05 * unit), round(line)
    cv2.putText(ink, word, place, 0, scale, (255,), max(1, round(2 * scale)))


def _tilt(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Look at a form from a side, and reduce it to its size."""
    height, width = ink.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    steep = random.uniform(0, 0.03) * (random.random() < 0.6)
    moved = corners + steep * random.uniform(-1, 1, (4, 2)) * min(height, width)
    how = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    seen = cv2.warpPerspective(ink, how, (width, height))
    size = max(1, width // FINE), max(1, height // FINE)
    return cv2.resize(seen, size, interpolation=cv2.INTER_AREA)


def _scan(ink: np.ndarray, random: np.random.Generator) -> bytes:
    paper = random.uniform(180, 255) + random.uniform(-12, 12, 3)
    colour = random.uniform(0, 140, 3) * random.uniform(0.3, 1)
    levels = paper + ink[..., None] / 255 * (colour - paper)
    levels += random.uniform(0, 5) * random.standard_normal(levels.shape)
    if random.random() < 0.3:  # in black and white
        is_light = (levels > (paper + colour) / 2).all(axis=2, keepdims=True)
        levels = np.repeat(np.where(is_light, 255.0, 0.0), 3, axis=2)
    image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    return encode(image, *random.choice([("PNG",), ("JPEG",)]))
