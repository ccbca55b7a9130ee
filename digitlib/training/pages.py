"""Make pages to train the page network on: real hands, and print of every make.

    hands -> marks, numbers and lines of writing -> the strength of writing, ruling and
        other things -> a page as the reading sees it, and what each pixel is

Every page is made from a random generator, so a seed fixes all. What belongs to writing
is writing, also where it crosses a line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from digitlib.reading.page_cleaner import OTHER, RULING, STRENGTH
from digitlib.training import line_papers
from digitlib.training.hands import DIGITS, Hand, Material, Random
from digitlib.training.line_scans import paste
from digitlib.training.line_signs import Style, draw_sign, draw_style
from digitlib.training.lines import draw_ink

WRITING, UNKNOWN = -1, -2  # beside RULING and OTHER; unknown is paper, or noise
LARGER = 1.25  # a page is made this much larger, and cut after it is turned
SMALLEST = 8  # pixels: the height of a digit
MOST_TURN = 0.1  # radians
SINGLES = "0123456789" * 4 + "111111777444" + "+-=/().,:%"  # bare strokes are hard
MANY = 99
WIDE = 2  # ratio of width to height from which a page is a strip
# How often a page is of each kind:
SHARES = {
    "alone": 0.2, "filling": 0.06, "rows": 0.1, "sum_up": 0.07, "ruled": 0.11,
    "squared": 0.1, "table": 0.18, "strips": 0.12, "fields": 0.06,
}  # fmt: skip


@dataclass
class Page:
    """A page to train on.

    Attributes:
        strength: (height, width) float32 in [0, 1], as `page_cleaner.clean` makes it.
        truth: (height, width) int8: WRITING, RULING, OTHER or UNKNOWN.
    """

    strength: np.ndarray
    truth: np.ndarray


@dataclass
class Sheet:
    """What is on a page, in layers of (height, width) uint8.

    Attributes:
        writing: what people wrote.
        ruling: lines, boxes and squares.
        other: edges of a desk, of a shadow or of a fold.
    """

    writing: np.ndarray
    ruling: np.ndarray
    other: np.ndarray

    @property
    def side(self) -> int:
        """The side of the page in pixels."""
        return len(self.writing)


def make_page(material: Material, random: Random, size: tuple[int, int]) -> Page:
    """Make a page.

    Args:
        material: whose hands write.
        random: the random generator; the same state gives the same page.
        size: its width and height in pixels; one that is `WIDE` shows only one line.
    """
    width, height = size
    if width > WIDE * height:
        sheet = make_strip(material, random, size)
    else:
        large = int(LARGER * max(size))
        sheet = Sheet(*np.zeros((3, large, large), np.uint8))
        names = list(SHARES)
        kind = names[random.choice(len(names), p=list(SHARES.values()))]
        KINDS[kind](sheet, material, random)
        if random.random() < 0.25:
            put_other(sheet, random)
    return _expose(turn(sheet, size, random), random)


def make_strip(material: Material, random: Random, size: tuple[int, int]) -> Sheet:
    """Print one line of a form, or none, which fills the height of a strip."""
    width, height = (int(LARGER * each) for each in size)
    sheet = Sheet(*np.zeros((3, height, width), np.uint8))
    names = [*line_papers.CELLS, "base_line", "ruled", "plain", "plain"]
    x = random.uniform(0.0, 0.2) * width
    kind = names[random.integers(len(names))]
    digit = random.uniform(0.25, 0.65) * size[1]
    while x < 0.9 * width:
        ink, layout = draw_ink(material, random, kind, digit)
        printed = line_papers.PAPERS[kind](layout, random)
        y = (height - layout.height) / 2 + random.normal(0, 0.04) * height
        paste(sheet.writing, ink, round(x), round(y))
        paste(sheet.ruling, printed, round(x), round(y))
        x += layout.width + random.uniform(0, 3) * digit
    return sheet


def alone(sheet: Sheet, material: Material, random: Random) -> None:
    """Write one mark or a few, of any size up to nearly the whole page."""
    n = int(random.choice([1, 1, 2, 3, 6]))
    largest = 0.85 * sheet.side / np.sqrt(n)
    for _ in range(n):
        size = random.uniform(0.15, 1) * largest
        _write_mark(sheet, material, random, size, _free_place(sheet, size, random))


def filling(sheet: Sheet, material: Material, random: Random) -> None:
    """Write one mark that fills the page, or nearly."""
    style = resize_style(draw_style(random, False), 0.4 * sheet.side, random)
    sign = draw_single(material, random, material.draw_hand(random), style)
    shape = np.array([sheet.side] * 2) / LARGER * random.uniform(0.75, 1.02, 2)
    if random.random() < 0.5 or sign.shape[1] < 0.3 * len(sign):  # a 1 stays slim
        shape[0] = max(4, shape[1] * sign.shape[1] / len(sign))
    size = tuple(np.rint(shape).astype(int).tolist())
    sign = cv2.resize(sign, size, interpolation=cv2.INTER_LINEAR)
    paste_around(sheet.writing, sign, (sheet.side / 2, sheet.side / 2))


def rows(sheet: Sheet, material: Material, random: Random) -> None:
    """Write rows of numbers and words, with no ruling."""
    size = _size(sheet, random, 0.2)
    for y in _rows(sheet, size, random.uniform(1.2, 2.5), random):
        _write_line(sheet, material, random, size, y)


def sum_up(sheet: Sheet, material: Material, random: Random) -> None:
    """Write sums, fractions and roots with long strokes, drawn by hand."""
    size = _size(sheet, random, 0.25)
    for y in _rows(sheet, size, random.uniform(1.4, 2.2), random):
        _write_line(sheet, material, random, size, y)
        if random.random() < 0.6:
            x = random.uniform(0.1, 0.5) * sheet.side
            end = x + random.uniform(0.7, 8) * size
            down = y + random.uniform(0.15, 0.4) * size
            _draw_by_hand(sheet, [(x, down), (end, down)], size, random)


def ruled(sheet: Sheet, material: Material, random: Random) -> None:
    """Rule lines from edge to edge, near which is some writing or none."""
    size, tight = _size(sheet, random, 0.22), random.uniform(1.0, 2.5)
    places = _rows(sheet, size, tight, random, all_of_it=True)
    margin = 0.0 if random.random() < 0.6 else random.uniform(0, 0.16)
    thickness = _thickness(size, random)
    for y in places:
        ends = margin * sheet.side, (1 - margin) * sheet.side
        rule_line(sheet, (ends[0], y), (ends[1], y), thickness)
    if random.random() < 0.3:
        x = random.uniform(0.1, 0.9) * sheet.side
        rule_line(sheet, (x, 0), (x, sheet.side), thickness)
    share = random.uniform(0, 1) * (random.random() < 0.9)
    for y in places:
        if random.random() < share:
            foot = y - random.uniform(-0.1, 0.15) * size
            _write_line(sheet, material, random, size, foot)
    _write_freely(sheet, material, random, size, places)


def squared(sheet: Sheet, material: Material, random: Random) -> None:
    """Rule squares, in which or over which is some writing or none."""
    size = _size(sheet, random, 0.3)
    spacing = max(6.0, size * random.choice([0.3, 0.5, 0.7, 1.0, 1.4]))
    thickness = _thickness(min(size, spacing), random)
    inset = random.uniform(0.05, 0.3) * sheet.side * (random.random() < 0.3)
    ends = inset, sheet.side - inset
    for place in np.arange(ends[0], ends[1] + 1, spacing):
        rule_line(sheet, (ends[0], place), (ends[1], place), thickness)
        rule_line(sheet, (place, ends[0]), (place, ends[1]), thickness)
    places = _rows(sheet, size, random.uniform(1.2, 2), random)
    for y in places:
        if random.random() < 0.5:
            _write_line(sheet, material, random, size, y)
    _write_freely(sheet, material, random, size, places)


def table(sheet: Sheet, material: Material, random: Random) -> None:
    """Rule a table, with a digit, a number or nothing in each cell."""
    across, down = (int(n) for n in random.integers(1, 10, 2))
    inset = random.uniform(0.08, 0.25, 4) * sheet.side
    x = _edges(inset[0], sheet.side - inset[1], across, random)
    y = _edges(inset[2], sheet.side - inset[3], down, random)
    room = min(np.diff(x).min(), np.diff(y).min())
    if room < 1.3 * SMALLEST:
        return
    size = max(SMALLEST, room * random.uniform(0.4, 0.85))
    thickness = _thickness(size, random)
    # The lines: none, only the inner ones, all, or all with a thick border.
    border = int(random.choice(4, p=[0.2, 0.25, 0.3, 0.25]))
    more = 0.0 if random.random() < 0.6 else random.uniform(0, 0.3) * room
    drawn = (slice(0), slice(1, -1), slice(None), slice(None))[border]
    thicker = int(random.integers(2, 5)) if random.random() < 0.2 else MANY
    for i, place in enumerate(x[drawn]):
        thick = thickness * (1 + (i % thicker == 0))
        rule_line(sheet, (place, y[0] - more), (place, y[-1] + more), thick)
    for i, place in enumerate(y[drawn]):
        thick = thickness * (1 + (i % thicker == 0))
        rule_line(sheet, (x[0] - more, place), (x[-1] + more, place), thick)
    if border == 3:
        rule_box(sheet, (x[0], y[0], x[-1], y[-1]), 2 * thickness)
    filled = random.choice([0, 0.3, 0.8, 1.0], p=[0.1, 0.15, 0.25, 0.5])
    style, hand = draw_style(random, True), material.draw_hand(random)
    style = resize_style(style, size, random)
    for left, right in pairwise(x):
        for top, bottom in pairwise(y):
            if random.random() < filled:
                shift = random.normal(0, 0.06, 2) * size
                middle = (left + right) / 2 + shift[0], (top + bottom) / 2 + shift[1]
                sign = draw_single(material, random, hand, style)
                paste_around(sheet.writing, sign, middle)


def strips(sheet: Sheet, material: Material, random: Random) -> None:
    """Print forms: boxes, combs, frames and lines, filled in or empty."""
    names = [*line_papers.CELLS, "base_line"]
    kind = names[random.integers(len(names))]
    size = _size(sheet, random, 0.25)
    y = random.uniform(0.1, 0.5) * sheet.side
    while y < 0.85 * sheet.side:
        ink, layout = draw_ink(material, random, kind, size)
        if random.random() < 0.2:
            ink[:] = 0  # an empty form
        printed = line_papers.PAPERS[kind](layout, random)
        x = random.uniform(0.05, 0.4) * sheet.side
        paste(sheet.writing, ink, round(x), round(y))
        paste(sheet.ruling, printed, round(x), round(y))
        y += layout.height + random.uniform(0.05, 1) * size


def fields(sheet: Sheet, material: Material, random: Random) -> None:
    """Draw boxes and frames here and there, empty or with a mark inside."""
    for _ in range(int(random.integers(1, 9))):
        size = _size(sheet, random, 0.35)
        x, y = random.uniform(0.12, 0.85, 2) * sheet.side
        wide = size * random.uniform(1.2, 2.5) * random.choice([1, 1, 1, 3])
        high = size * random.uniform(1.2, 2)
        rule_box(sheet, (x, y, x + wide, y + high), _thickness(size, random))
        if random.random() < 0.6:
            middle = x + random.uniform(0.4, 0.6) * wide, y + high / 2
            _write_mark(sheet, material, random, size, middle)


KINDS: dict[str, Callable[[Sheet, Material, Random], None]] = {
    each.__name__: each
    for each in (alone, filling, rows, sum_up, ruled, squared, table, strips, fields)
}
assert set(KINDS) == set(SHARES)


def _size(sheet: Sheet, random: Random, most: float) -> float:
    """Draw the height of a digit, small ones more often."""
    return float(np.exp(random.uniform(np.log(SMALLEST), np.log(most * sheet.side))))


def _thickness(size: float, random: Random) -> int:
    return max(1, round(random.uniform(0.4, 1.6) + random.uniform(0, 0.07) * size))


def _rows(
    sheet: Sheet, size: float, tight: float, random: Random, all_of_it: bool = False
) -> np.ndarray:
    """Draw the places of rows, in pixels from the top."""
    first = random.uniform(0, 1) * tight * size + (not all_of_it) * (
        0.12 * sheet.side + size
    )
    return np.arange(first, (1 if all_of_it else 0.9) * sheet.side, tight * size)[:24]


def _edges(start: float, end: float, n: int, random: Random) -> np.ndarray:
    uneven = random.uniform(0, 1) * random.random(n) * (random.random() < 0.4)
    return start + (end - start) * np.append(0, np.cumsum(1 + uneven)) / sum(1 + uneven)


def rule_line(
    sheet: Sheet, a: tuple[float, float], b: tuple[float, float], thickness: int
) -> None:
    """Rule a line from one point to another, in pixels of the sheet."""
    points = np.rint(np.array([a, b]) * 16).astype(np.int32)
    cv2.polylines(sheet.ruling, [points], False, 255, thickness, cv2.LINE_AA, 4)


def rule_box(sheet: Sheet, box: Sequence[float], thickness: int) -> None:
    """Rule a box: left, top, right and bottom in pixels of the sheet."""
    left, top, right, bottom = box
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    points = np.rint(corners * 16).astype(np.int32)
    cv2.polylines(sheet.ruling, [points], True, 255, thickness, cv2.LINE_AA, 4)


def _free_place(sheet: Sheet, size: float, random: Random) -> tuple[float, float]:
    edge = (1 - 1 / LARGER) / 2 * sheet.side + 0.5 * size
    low, high = min(edge, sheet.side / 2), max(sheet.side - edge, sheet.side / 2)
    x, y = random.uniform(low, high, 2)
    return float(x), float(y)


def resize_style(style: Style, size: float, random: Random) -> Style:
    """Return a style for digits of another height, with a pen to match."""
    pen = size * float(np.exp(random.uniform(np.log(0.03), np.log(0.17))))
    return replace(style, size=size, pen=max(1.0, pen))


def draw_single(
    material: Material, random: Random, hand: Hand, style: Style
) -> np.ndarray:
    """Draw one sign by a hand, a bare 1 more often than people write it."""
    character = SINGLES[random.integers(len(SINGLES))]
    if character == "1" and random.random() < 0.5:
        samples = material.odd["1 bare"]
    elif character not in DIGITS:
        samples = material.signs[character]
    else:
        samples = material.samples(character, hand)
    sample = samples[random.integers(len(samples))]
    return draw_sign(sample, character, style, random)[0]


def _write_mark(
    sheet: Sheet,
    material: Material,
    random: Random,
    size: float,
    middle: tuple[float, float],
) -> None:
    """Write one sign around a place."""
    style = resize_style(draw_style(random, False), size, random)
    sign = draw_single(material, random, material.draw_hand(random), style)
    paste_around(sheet.writing, sign, middle)


def _write_line(
    sheet: Sheet, material: Material, random: Random, size: float, foot: float
) -> None:
    """Write a line of numbers or words, or a part of it, at a random place."""
    ink, layout = draw_ink(material, random, "plain", size)
    x = random.uniform(-0.05, 0.6) * sheet.side
    paste(sheet.writing, ink, round(x), round(foot - layout.baseline))


def _write_freely(
    sheet: Sheet, material: Material, random: Random, size: float, places: np.ndarray
) -> None:
    """Write marks much larger than the ruling, here and there."""
    if random.random() < 0.3:
        large = min(0.5 * sheet.side, size * random.uniform(1.5, 5))
        for _ in range(int(random.integers(1, 4))):
            place = _free_place(sheet, large, random)
            _write_mark(sheet, material, random, large, place)


def _draw_by_hand(
    sheet: Sheet, points: list[tuple[float, float]], size: float, random: Random
) -> None:
    ends = np.array(points) + random.normal(0, 0.05 * size, (len(points), 2))
    steps = np.linspace(0, 1, 12)[:, None]
    path = ends[0] * (1 - steps) + ends[-1] * steps
    path[:, 1] += np.cumsum(random.normal(0, 0.012 * size, 12))
    pen = max(1, round(size * random.uniform(0.03, 0.15)))
    fixed = np.rint(path * 16).astype(np.int32)
    cv2.polylines(sheet.writing, [fixed], False, 255, pen, cv2.LINE_AA, 4)


def put_other(sheet: Sheet, random: Random) -> None:
    """Add the edge of a desk, a fold or a shadow, at one to three sides."""
    side = sheet.side
    for _ in range(int(random.integers(1, 4))):
        turns = int(random.integers(4))
        layer = np.zeros_like(sheet.other)
        edge = (1 - 1 / LARGER) / 2 * side
        reach = edge + random.uniform(0, 0.12) * side
        lean = random.normal(0, 0.03) * side
        if random.random() < 0.6:  # all beyond it
            corners = [(0, 0), (side, 0), (side, reach + lean), (0, reach - lean)]
            cv2.fillPoly(layer, [np.rint(corners).astype(np.int32)], 255)
        else:  # only its edge
            ends = np.rint([(0, reach - lean), (side, reach + lean)]).astype(np.int32)
            thickness = int(random.integers(1, 9))
            cv2.polylines(layer, [ends], False, 255, thickness, cv2.LINE_AA)
        layer = np.rot90(layer, turns)
        np.maximum(sheet.other, layer, out=sheet.other)


def paste_around(
    layer: np.ndarray, sign: np.ndarray, middle: tuple[float, float]
) -> None:
    """Add a sign to a layer, its middle at a place."""
    height, width = sign.shape
    paste(layer, sign, round(middle[0] - width / 2), round(middle[1] - height / 2))


def turn(sheet: Sheet, size: tuple[int, int], random: Random) -> Sheet:
    """Turn a page a little, see it from an angle, and cut it to its size."""
    width, height = size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    middle = np.array(sheet.writing.shape[::-1]) / 2
    source = corners + (middle - np.array(size) / 2)
    if random.random() < 0.75:
        most = MOST_TURN * min(1, 1.5 * height / width)
        angle = random.normal(0, most / 2.5)
        cos, sin = np.cos(angle), np.sin(angle)
        source = (source - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle
    if random.random() < 0.4:
        source += random.normal(0, 0.012 * height, (4, 2))
    moves = cv2.getPerspectiveTransform(source.astype(np.float32), corners)
    flips = width == height and random.random() < 0.2
    quarter = int(random.integers(4)) if flips else 0
    layers = [
        np.rot90(cv2.warpPerspective(layer, moves, size), quarter)
        for layer in (sheet.writing, sheet.ruling, sheet.other)
    ]
    return Sheet(*map(np.ascontiguousarray, layers))


def _expose(sheet: Sheet, random: Random) -> Page:
    """Show a page as the reading sees it: above half of the threshold, and noisy."""
    threshold = 24.0 if random.random() < 0.6 else random.uniform(24, 60)
    dark = np.exp(random.uniform(np.log(1.2 * threshold), np.log(240)))
    pale = np.exp(random.uniform(np.log(0.45 * threshold), np.log(240)))
    if random.random() < 0.6:
        pale = min(pale, random.uniform(0.5, 1.1) * dark)
    strong = random.uniform(0.6 * threshold, 240)
    blur = random.uniform(0.3, 1.3)
    shape = sheet.writing.shape
    layers = (sheet.writing, dark), (sheet.ruling, pale), (sheet.other, strong)
    blurred: list[np.ndarray] = [
        cv2.GaussianBlur(layer * np.float32(most / 255), (0, 0), blur)
        for layer, most in layers
    ]
    writing, ruling, other = blurred
    if random.random() < 0.4:  # light, print and pens are uneven
        coarse = random.uniform(0.4, 1.3, (5, 5)).astype(np.float32)
        ruling *= cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    if random.random() < 0.25:  # a dry pen, or rough paper
        gaps = 1 - np.float32(random.uniform(0.3, 0.9)) * random.random(
            shape, np.float32
        )
        writing *= gaps
        ruling *= gaps
    distance = np.maximum(np.maximum(writing, ruling), other)
    noise = random.uniform(0, threshold / 6) * random.standard_normal(shape, np.float32)
    if random.random() < 0.5:
        noise = 1.5 * cv2.GaussianBlur(noise, (0, 0), 0.7)
    distance = np.clip(distance + noise, 0, 255)
    visible = distance > threshold / 2
    truth = np.full(shape, UNKNOWN, np.int8)
    truth[visible & (ruling > threshold / 4)] = RULING
    truth[visible & (other > np.maximum(ruling, threshold / 4))] = OTHER
    truth[visible & (writing > threshold / 2)] = WRITING
    if random.random() < 0.2:  # black and white
        strength = visible * np.float32(STRENGTH)
    else:
        strength = np.where(visible, distance / (distance + threshold), 0)
    return Page(strength.astype(np.float32), truth)
