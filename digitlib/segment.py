"""One picture's ink into single digits, in reading order.

Between finding the ink and normalising it: connected pieces of ink are found, specks
dropped, pieces that stand above each other joined into one digit, lines read in order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two exclusive
Group = list[int]  # the numbers of the pieces that make one digit

MOST_PIECES = 200  # a picture with more pieces of ink is texture: the largest count
SPECK = 0.12  # of the largest piece: what is smaller both ways is no part of a digit
SMALLER_DIGIT = 0.3  # of the tallest digit: what is lower is a dash or a smudge
SMALLEST_DIGIT = 0.03  # of the picture's longer side
OBJECT = 3  # times the largest whole piece: what is larger, at the edge, is no digit

# What makes one digit of two pieces, as shares of the taller one's height.
BELOW = 0.25  # the widest gap between a stroke and one below it
BESIDE = 0.15  # the widest gap between a stroke and one beside it,
SHORT = 0.55  # if one of them is shorter than this
OVERLAP = 0.5  # of the narrower piece's width: sharing it, one stands above the other


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
    boxes = _drop_objects(_boxes(stats), ink.shape)
    strokes = _drop_small([[part] for part in boxes], boxes, SPECK, _side)
    groups = _drop_small(_join(strokes, boxes), boxes, SMALLER_DIGIT, _height)
    pieces = [_cut(ink, parts, group, _around(group, boxes)) for group in groups]
    return _reading_order(pieces)


def _boxes(stats: np.ndarray) -> dict[int, Box]:
    """The boxes of the largest pieces, by their number; number 0 is the paper."""
    largest = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_PIECES]
    return {
        int(part): (int(x), int(y), int(x + width), int(y + height))
        for part, (x, y, width, height) in zip(largest, stats[largest, :4], strict=True)
    }


def _drop_objects(boxes: dict[int, Box], shape: tuple[int, ...]) -> dict[int, Box]:
    """Drop large things at the picture's edge: a desk, a shadow, a thumb.

    They are dropped only beside pieces that can be digits; a digit that merely touches
    the edge, or is cut by it, stays.
    """

    def is_whole(box: Box) -> bool:
        return min(box[:2]) > 0 and box[2] < shape[1] and box[3] < shape[0]

    largest = max((_side(box) for box in boxes.values() if is_whole(box)), default=0)
    if largest < SMALLEST_DIGIT * max(shape):
        return boxes
    return {
        part: box
        for part, box in boxes.items()
        if is_whole(box) or _side(box) < OBJECT * largest
    }


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


def _side(box: Box) -> int:
    return max(box[2] - box[0], _height(box))


def _height(box: Box) -> int:
    return box[3] - box[1]


def _join(groups: list[Group], boxes: dict[int, Box]) -> list[Group]:
    """Put together, two at a time, whatever belongs together."""
    pending = [(group, _around(group, boxes)) for group in groups]
    apart: list[tuple[Group, Box]] = []  # no two of these belong together
    while pending:
        group, box = pending.pop()
        for other in apart:
            if _belong_together(box, other[1]):
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


def _around(group: Group, boxes: dict[int, Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*(boxes[part] for part in group), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _cut(ink: np.ndarray, parts: np.ndarray, group: Group, box: Box) -> Piece:
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
