"""Rasterise pen strokes into a picture; nothing else in the project does so.

The dashboard's pad, the tests and the generated digits all draw with it, so that a
drawing gives the same picture wherever it comes from. `preprocess` then treats it like
any other picture.
"""

import json
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from digitlib.errors import DrawingError

Point = tuple[float, float]  # x, y in pixels, from the top left corner
Stroke = Sequence[Point]  # from pen down to pen up

PEN_WIDTH = 14.0  # pixels, on a pad of `PAD_SIDE`
PAD_SIDE = 280  # pixels: height and width of the drawing pad
_SUBPIXEL_BITS = 4  # fractional bits of a coordinate

# How people write the ten digits. The first character of a key is the digit, the rest
# names the variant. Each stroke is a sequence of points, x and y in percent of the pad,
# joined by a smooth curve; a point given twice is a corner.
STYLES: dict[str, list[list[Point]]] = {
    "0": [[(54, 14), (36, 24), (29, 50), (37, 78), (51, 86), (66, 74), (71, 48),
           (65, 24), (50, 14)]],
    "0 slashed": [[(52, 14), (35, 26), (29, 50), (36, 76), (50, 86), (66, 74), (71, 48),
                   (65, 24), (52, 14)], [(70, 18), (30, 84)]],
    "1": [[(52, 14), (49, 86)]],
    "1 flagged": [[(33, 42), (45, 30), (56, 14), (56, 14), (54, 50), (53, 86)]],
    "1 footed": [[(35, 32), (45, 25), (52, 14), (52, 14), (52, 84)],
                 [(34, 85), (70, 84)]],
    "1 long flag": [[(26, 56), (42, 36), (60, 14), (60, 14), (58, 50), (56, 86)]],
    "2": [[(30, 32), (38, 17), (54, 13), (68, 24), (65, 42), (48, 62), (29, 84),
           (29, 84), (50, 83), (73, 82)]],
    "2 looped": [[(31, 30), (40, 16), (56, 15), (66, 28), (60, 48), (44, 70), (33, 82),
                  (27, 76), (36, 70), (52, 78), (72, 84)]],
    "3": [[(31, 22), (46, 13), (63, 20), (63, 36), (46, 47), (46, 47), (64, 55),
           (67, 73), (50, 87), (30, 79)]],
    "3 flat top": [[(31, 16), (68, 15), (68, 15), (47, 43), (47, 43), (64, 52),
                    (68, 70), (52, 87), (30, 80)]],
    "4 open": [[(36, 15), (33, 36), (29, 55), (29, 55), (50, 56), (74, 53)],
               [(63, 17), (61, 50), (58, 87)]],
    "4 closed": [[(58, 87), (60, 50), (62, 14), (62, 14), (44, 38), (26, 60), (26, 60),
                  (50, 61), (76, 60)]],
    "5": [[(68, 15), (36, 16), (36, 16), (33, 44), (33, 44), (50, 40), (66, 50),
           (67, 70), (52, 86), (30, 80)]],
    "5 two strokes": [[(37, 17), (34, 44), (34, 44), (50, 40), (67, 51), (67, 71),
                       (51, 86), (29, 79)], [(38, 15), (72, 14)]],
    "6": [[(62, 14), (44, 28), (33, 52), (35, 76), (50, 87), (65, 77), (65, 61),
           (52, 52), (37, 62)]],
    "7": [[(28, 17), (72, 16), (72, 16), (58, 46), (47, 86)]],
    "7 crossed": [[(28, 18), (71, 16), (71, 16), (58, 46), (46, 86)],
                  [(38, 52), (70, 49)]],
    "7 hooked": [[(28, 30), (31, 17), (31, 17), (50, 19), (73, 15), (73, 15), (58, 48),
                  (50, 86)]],
    "8": [[(65, 24), (50, 13), (35, 24), (40, 40), (58, 54), (67, 70), (51, 87),
           (34, 72), (42, 54), (60, 40), (66, 24)]],
    "8 of two rings": [[(50, 14), (36, 22), (38, 40), (51, 46), (63, 38), (63, 22),
                        (50, 14)], [(51, 46), (33, 58), (34, 78), (51, 87), (68, 77),
                                    (67, 58), (51, 46)]],
    "9": [[(66, 30), (54, 14), (37, 20), (34, 38), (46, 49), (62, 40), (67, 26),
           (67, 26), (64, 56), (58, 87)]],
    "9 curled": [[(65, 28), (52, 14), (36, 22), (35, 40), (48, 49), (63, 38), (66, 26),
                  (66, 26), (68, 58), (60, 82), (45, 87), (33, 78)]],
}  # fmt: skip
CURVE_STEPS = 8  # points of a curve from one given point to the next
KIND = "digitlib drawing"  # marks a saved drawing as ours
MAX_POINTS = 50_000  # points of a saved drawing: an hour of scribbling
MAX_PEN_WIDTH = 100.0  # pixels
JITTER = 0.025  # share of the pad: standard deviation of a written point


def write(
    style: str | list[list[Point]], random: np.random.Generator | None = None
) -> list[Stroke]:
    """Write a digit as strokes that `draw` can draw on a pad of the usual size.

    Args:
        style: a key of `STYLES`, such as "7 crossed", or strokes as it has them.
        random: adds jitter, because nobody writes a digit twice alike; None for the
            exact points of the style.

    Returns:
        The strokes of the digit.

    Example:
        >>> len(write("7 crossed"))
        2
    """
    strokes = STYLES[style] if isinstance(style, str) else style
    points = {point for stroke in strokes for point in stroke}
    jitter = np.zeros((len(points), 2))
    if random is not None:
        jitter = random.normal(0, 100 * JITTER, jitter.shape)
    drawn = dict(zip(sorted(points), np.array(sorted(points)) + jitter, strict=True))
    return [
        _curve(np.array([drawn[point] for point in stroke]) * PAD_SIDE / 100)
        for stroke in strokes
    ]


def _curve(points: np.ndarray) -> Stroke:
    """Return a smooth curve through points, by E. Catmull and R. Rom (1974)."""
    around = np.concatenate([points[:1], points, points[-1:]])
    before, start, end, after = (around[i : i + len(points) - 1] for i in range(4))
    t = np.arange(CURVE_STEPS)[:, None, None] / CURVE_STEPS
    curve = start + t / 2 * (
        (end - before)
        + t * (2 * before - 5 * start + 4 * end - after)
        + t**2 * (3 * start - before - 3 * end + after)
    )  # (steps, segments, 2)
    moves = (start != end).any(axis=1)  # False at the second point of a corner
    return [
        (x, y) for x, y in (*curve[:, moves].swapaxes(0, 1).reshape(-1, 2), points[-1])
    ]


def draw(
    strokes: Sequence[Stroke],
    size: tuple[int, int] = (PAD_SIDE, PAD_SIDE),
    pen_width: float = PEN_WIDTH,
) -> Image.Image:
    """Draw strokes with a round pen, black on white, anti-aliased.

    Args:
        strokes: each a sequence of (x, y) points in pixels; a single point is a dot.
            Anything outside the picture is cut off.
        size: (width, height) of the picture in pixels.
        pen_width: in pixels, 1 or more.

    Returns:
        A grey picture (mode "L"): 0 for ink, 255 for paper.

    Example:
        >>> draw([[(90, 60), (190, 60), (130, 220)]]).size
        (280, 280)
    """
    paper = np.full((size[1], size[0]), 255, np.uint8)
    for stroke in strokes:
        if not len(stroke):
            continue
        points = np.asarray([*stroke, stroke[-1]], float)  # makes a dot a line
        fixed = np.rint(points * 2**_SUBPIXEL_BITS).astype(np.int32)
        cv2.polylines(
            paper, [fixed], False, 0, round(pen_width), cv2.LINE_AA, _SUBPIXEL_BITS
        )
    return Image.fromarray(paper)


def to_json(strokes: Sequence[Stroke], pen_width: float = PEN_WIDTH) -> str:
    """Return a drawing as a short text that `from_json` reads."""
    rounded = [[[round(x, 1), round(y, 1)] for x, y in stroke] for stroke in strokes]
    drawing = {"kind": KIND, "pen_width": pen_width, "strokes": rounded}
    return json.dumps(drawing, separators=(",", ":"))


def from_json(text: str | bytes) -> tuple[list[Stroke], float]:
    """Read a drawing that was saved by `to_json`.

    Args:
        text: the saved text; it may come from a stranger and hold anything.

    Returns:
        The strokes, and the width of the pen in pixels.

    Raises:
        DrawingError: the text is not such a drawing, or it is damaged.
    """
    try:
        drawing = json.loads(text)
        if drawing["kind"] != KIND:
            raise ValueError(drawing["kind"])
        strokes: list[Stroke] = [
            [(float(x), float(y)) for x, y in stroke] for stroke in drawing["strokes"]
        ]
        pen_width = float(drawing["pen_width"])
        points = np.array([point for stroke in strokes for point in stroke])
        if len(points) > MAX_POINTS or not np.all(np.abs(points) <= 10 * PAD_SIDE):
            raise ValueError("too many points, or too far away")
        if not 1 <= pen_width <= MAX_PEN_WIDTH:
            raise ValueError(pen_width)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DrawingError(
            "This file holds no drawing: choose a picture, or a drawing saved here."
        ) from error
    return [stroke for stroke in strokes if stroke], pen_width
