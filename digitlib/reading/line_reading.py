"""Read a run of writing with the line network, and find the ink of each of its signs.

Writing, box -> strip -> line network -> ctc -> signs -> alignment -> their ink
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitlib.reading import ctc
from digitlib.reading.alignment import share_out
from digitlib.reading.boxes import Box, ink_box
from digitlib.reading.cells import find_posts
from digitlib.reading.line_network import LineNetwork
from digitlib.reading.line_tta import read_strip
from digitlib.reading.preprocess import Writing
from digitlib.reading.segment import Region, Segment
from digitlib.reading.strips import to_strip
from digitlib.reading.text_lines import cut_strip

DIGITS = 10


@dataclass(frozen=True)
class Sign:
    """One sign of a line: a digit, one of the signs of `ctc.ALPHABET`, or "?".

    Attributes:
        character: what the line network takes it for.
        probabilities: (11,) float32: of the ten digits, and of anything else.
        segment: its box in the pixels of `Writing`, and its ink, which may be empty.
        middle: the x where it is surest, in the same pixels.
    """

    character: str
    probabilities: np.ndarray
    segment: Segment
    middle: float

    @property
    def may_be_digit(self) -> bool:
        """Whether it is a digit or something unknown, and none of the other signs."""
        return self.character.isdigit() or self.character == ctc.OTHER


def read_signs(
    network: LineNetwork,
    writing: Writing,
    box: Box,
    regions: list[Region] | None,
    *,
    is_number: bool = True,
) -> tuple[list[Sign], list[int]]:
    """Read a part of a picture as one line.

    Args:
        network: the line network.
        writing: the picture.
        box: around the ink of the line.
        regions: the ink of the line; None for all ink in the box.
        is_number: whether letters are as rare as in numbers; see `ctc.as_met`.

    Returns:
        The signs from left to right, none if the network sees no writing; and the x
        coordinates of the edges of a form's cells, if there are any.
    """
    left, top, right, bottom = box if regions is None else cut_strip(writing.ink, box)
    part = writing.pixels[top:bottom, left:right]
    grey = part if part.ndim == 2 else cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    strip = to_strip(grey)
    reading = read_strip(network, strip, is_number=is_number)
    if not reading.text:
        return [], []
    places = reading.places * (right - left)
    ink = _own_ink(writing.ink, (left, top, right, bottom), regions)
    owners = share_out(ink, places[:, 2])
    signs = []
    for i, character in enumerate(reading.text):
        first, last = places[i, :2].astype(int).tolist()
        segment = _cut(ink, owners == i, (left, top), (first, last + 1))
        chances, middle = _chances(reading.probabilities[i]), left + float(places[i, 2])
        signs.append(Sign(character, chances, segment, middle))
    posts = np.array(find_posts(strip)) * (right - left) / strip.shape[1] + left
    return signs, posts.round().astype(int).tolist()


def find_missed(signs: list[Sign], regions: list[Region]) -> list[Region]:
    """Return the regions to which no sign is nearest, with none above or below them."""
    sides = np.array([(each.box[0], each.box[2]) for each in regions])
    middles = np.array([sign.middle for sign in signs])[:, None]
    distances = np.maximum(sides[:, 0] - middles, middles - sides[:, 1])
    taken = np.unique(distances.argmin(axis=1)) if signs else np.array([], int)
    overlaps = (sides[:, None, 0] < sides[taken, 1]) & (
        sides[taken, 0] < sides[:, None, 1]
    )
    missed = ~overlaps.any(axis=1)
    return [
        region for region, is_missed in zip(regions, missed, strict=True) if is_missed
    ]


def _chances(probabilities: np.ndarray) -> np.ndarray:
    """Return the probabilities of ten digits and of anything else."""
    digits = probabilities[1 : DIGITS + 1]
    others = probabilities[DIGITS + 1 :].sum(keepdims=True)
    chances = np.concatenate([digits, others])
    return (chances / chances.sum()).astype(np.float32)


def _own_ink(ink: np.ndarray, box: Box, regions: list[Region] | None) -> np.ndarray:
    """Return the ink in a box, of some regions only or of all."""
    left, top, right, bottom = box
    if regions is None:
        return ink[top:bottom, left:right]
    canvas = np.zeros_like(ink)
    for region in regions:
        x, y = (max(side - 1, 0) for side in region.box[:2])  # see `segment`
        own = region.whole.ink
        place = canvas[y : y + own.shape[0], x : x + own.shape[1]]
        np.maximum(place, own, out=place)
    return canvas[top:bottom, left:right]


def _cut(
    ink: np.ndarray,
    own: np.ndarray,
    corner: tuple[int, int],
    columns: tuple[int, int],
) -> Segment:
    """Cut out the ink of one sign with its soft edges.

    Where it has none, its box is as wide as these columns and as high as all the ink.
    """
    left, top, right, bottom = ink_box(own)
    if right == left:
        left, right = columns
        _, top, _, bottom = ink_box(ink > 0.5)
    x, y = max(left - 1, 0), max(top - 1, 0)
    window = slice(y, bottom + 1), slice(x, right + 1)
    soft = cv2.dilate(own[window].astype(np.uint8), np.ones((3, 3)))
    box = left + corner[0], top + corner[1], right + corner[0], bottom + corner[1]
    return Segment(box, ink[window] * soft)
