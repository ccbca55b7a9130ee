"""One picture's ink into single digits, in reading order.

Between finding the ink and normalising it: connected pieces of ink are found, specks
dropped, pieces that stand above each other joined into one digit, lines read in order.
"""

from dataclasses import dataclass

import cv2
import numpy as np

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two exclusive

SPECK = 0.12  # of the tallest piece: what is smaller both ways is dirt
OVERLAP = 0.5  # of the narrower piece: sharing more columns makes one digit


@dataclass(frozen=True)
class Piece:
    """One digit's ink and nothing else.

    Attributes:
        box: where it is in the picture.
        ink: (height, width) float32 in [0, 1]: the picture's ink within the box, with
            what belongs to other digits taken out.
    """

    box: Box
    ink: np.ndarray


def separate(ink: np.ndarray) -> list[Piece]:
    """Take a picture's ink apart into digits.

    Args:
        ink: (height, width) float32 in [0, 1].

    Returns:
        The digits, line by line and from left to right.
    """
    _, parts, stats, _ = cv2.connectedComponentsWithStats((ink > 0.5).astype(np.uint8))
    boxes = {
        part: (int(x), int(y), int(x + width), int(y + height))
        for part, (x, y, width, height, _) in enumerate(stats)
        if part  # 0 is the paper
    }
    groups = _join([[part] for part in _drop_specks(boxes)], boxes)
    pieces = [_cut(ink, parts, group, _around(group, boxes)) for group in groups]
    return _reading_order(pieces)


def _drop_specks(boxes: dict[int, Box]) -> list[int]:
    sizes = {part: max(_size(box)) for part, box in boxes.items()}
    largest = max(sizes.values(), default=0)
    return [part for part, size in sizes.items() if size > SPECK * largest]


def _size(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _join(groups: list[list[int]], boxes: dict[int, Box]) -> list[list[int]]:
    """Join groups, two at a time, for as long as any two belong together."""
    for i, first in enumerate(groups):
        for second in groups[i + 1 :]:
            if _belong_together(_around(first, boxes), _around(second, boxes)):
                rest = [group for group in groups if group not in (first, second)]
                return _join([*rest, first + second], boxes)
    return groups


def _belong_together(a: Box, b: Box) -> bool:
    """Whether two boxes share most columns and are no further apart than a stroke."""
    shared = min(a[2], b[2]) - max(a[0], b[0])
    narrower = min(_size(a)[0], _size(b)[0])
    gap = max(a[1], b[1]) - min(a[3], b[3])
    taller = max(_size(a)[1], _size(b)[1])
    return shared > OVERLAP * narrower and gap < taller / 4


def _around(group: list[int], boxes: dict[int, Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*(boxes[part] for part in group), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _cut(ink: np.ndarray, parts: np.ndarray, group: list[int], box: Box) -> Piece:
    """Cut one digit out, with its soft edges, without its neighbours."""
    left, top = max(box[0] - 1, 0), max(box[1] - 1, 0)
    window = slice(top, box[3] + 1), slice(left, box[2] + 1)
    own = np.isin(parts[window], group).astype(np.uint8)
    return Piece(box, ink[window] * cv2.dilate(own, np.ones((3, 3))))


def _reading_order(pieces: list[Piece]) -> list[Piece]:
    """Sort into lines by where the middles are, then each line from left to right."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.box[1] + piece.box[3]):
        middle = (piece.box[1] + piece.box[3]) / 2
        if lines and middle < max(other.box[3] for other in lines[-1]):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return [piece for line in lines for piece in sorted(line, key=lambda p: p.box[0])]
