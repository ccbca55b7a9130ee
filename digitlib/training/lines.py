"""Make lines of writing to train the line network on: real digits by real hands.

    hands, line_texts -> line_signs: masks of ink -> lines: side by side
        -> line_papers, line_scans: a grey picture -> strips.to_strip

Every line is made from a random generator, so a seed fixes all. Nothing is cut out: the
network sees rules, boxes, patterns, print and parts of other lines, and has to learn
what is writing and what is not.
"""

import itertools
from dataclasses import dataclass, replace

import cv2
import numpy as np

from digitlib.reading.ctc import ALPHABET, OTHER
from digitlib.reading.strips import HEIGHT, STEP, to_strip
from digitlib.training import line_papers, line_texts
from digitlib.training.hands import Hand, Material, Random
from digitlib.training.line_papers import Layout
from digitlib.training.line_scans import paste, show
from digitlib.training.line_signs import (
    BITS,
    CLOSE,
    Style,
    bend,
    draw_sign,
    draw_strokes,
    draw_style,
)

LONGEST = 320  # pixels: width of a strip
MOST_PEN = 0.1  # the same where a whole number is as high as its highest digit
ODD = 0.4  # share of the lines in which one of the digits is written in an odd style,
MORE_ODD = 0.2  # and share of the other digits there that become this one
LEAST_EDGE = -0.03  # margin around a line, as a share of a digit; below 0 it is cut
SMALL = 0.12  # share of the lines in which digits behind a mark are smaller, as cents
JOINED_ZEROS = 0.15  # share of the zeros, close after another, that are joined to it
DIGITS_ONLY = 0.7  # share of the lines in cells
NUMBERS = 0.1  # share of the lines of people with whole numbers that show one
MARKS = ".,-/:"  # behind which digits may be smaller
# How often a paper is under a line:
SHARES = {
    "plain": 0.25, "grain": 0.06, "ruled": 0.07, "squared": 0.07, "guilloche": 0.19,
    "base_line": 0.09, "boxes": 0.08, "boxes_apart": 0.06, "comb": 0.05,
    "boxes_dotted": 0.03, "dividers": 0.03, "frame": 0.02,
}  # fmt: skip
assert set(SHARES) == set(line_papers.PAPERS)


@dataclass(frozen=True)
class Line:
    """A line to train on.

    Attributes:
        strip: (40, width) float32 in [0, 1], ink 1; width is 320 at most.
        text: what is written, over the alphabet of `ctc`.
    """

    strip: np.ndarray
    text: str


@dataclass
class Written:
    """A sign on the line: its mask, and the place of its top left corner."""

    mask: np.ndarray
    x: float
    y: float
    label: str


def make_line(
    material: Material,
    random: Random,
    paper: str | None = None,
    text: str | None = None,
) -> Line:
    """Make a line.

    Args:
        material: whose hands write.
        random: the random generator; the same state gives the same line.
        paper: a key of `line_papers.PAPERS`; None for any.
        text: what is written, with gaps and letters as in `line_texts`; None for any.

    Returns:
        The line.
    """
    grey, label = draw_line(material, random, paper, text)
    strip = to_strip(grey)
    repeats = sum(a == b for a, b in itertools.pairwise(label))  # with a blank between
    needed = STEP * (len(label) + repeats + 1)
    width = int(np.clip(strip.shape[1], max(needed, HEIGHT // 2), LONGEST))
    if width != strip.shape[1]:
        strip = cv2.resize(strip, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    return Line(strip, label)


def draw_line(
    material: Material,
    random: Random,
    paper: str | None = None,
    text: str | None = None,
) -> tuple[np.ndarray, str]:
    """Draw a line as a scanner or a camera shows it.

    Args:
        material: whose hands write.
        random: the random generator.
        paper: as of `make_line`.
        text: as of `make_line`.

    Returns:
        (height, width) uint8, and what is written.
    """
    names = list(SHARES)
    paper = paper or names[random.choice(len(names), p=list(SHARES.values()))]
    ink, layout, label = _draw_ink(material, random, paper, text=text)
    return show(ink, paper, layout, material, random), label


def draw_ink(
    material: Material, random: Random, paper: str, size: float
) -> tuple[np.ndarray, Layout]:
    """Draw only the ink of a line: (height, width) uint8, and where it is.

    Args:
        material: as of `make_line`.
        random: the random generator.
        paper: as of `make_line`; nothing of it is drawn.
        size: the height of a digit, in pixels.
    """
    return _draw_ink(material, random, paper, size)[:2]


def _draw_ink(
    material: Material,
    random: Random,
    paper: str,
    size: float | None = None,
    text: str | None = None,
) -> tuple[np.ndarray, Layout, str]:
    style = draw_style(random, paper in line_papers.CELLS)
    if size:
        style = replace(style, size=size, pen=max(1.0, size * style.pen / style.size))
    hand = material.draw_hand(random)
    written = _write(material, hand, style, random, text)
    ink, layout = _compose(written, style, random)
    _cross_out(written, ink, style, random)
    _disturb(ink, layout, random)
    return ink, layout, "".join(each.label for each in written)


def _write(
    material: Material, hand: Hand, style: Style, random: Random, text: str | None
) -> list[Written]:
    """Write a text sign by sign, or a whole number as somebody wrote it."""
    if text is None and hand.numbers and not style.pitch:
        no_digits = len(hand.signs) < 10
        if no_digits or random.random() < NUMBERS:
            return _write_number(hand, style, random)
    if text is None:
        advance = style.pitch or 0.62 + max(style.gap, 0)
        most = int(LONGEST / (0.85 * HEIGHT * advance))
        longest = max(1, min(most, _draw_length(random)))
        digits = style.pitch and random.random() < DIGITS_ONLY
        make = line_texts.number if digits else line_texts.make_text
        text = make(random, longest)
    while not all(each in "0123456789" for each in text) and len(hand.signs) < 8:
        hand = material.draw_hand(random)  # somebody of whom there are numbers only
    styles = list(material.odd)
    use_odd = random.random() < ODD and not hand.is_printed
    odd = styles[random.integers(len(styles))] if use_odd else ""
    if odd:
        text = "".join(
            odd[0] if each.isdigit() and random.random() < MORE_ODD else each
            for each in text
        )
    is_small = not style.pitch and random.random() < SMALL
    small, raised = random.uniform(0.45, 0.85), random.uniform(0, 1)
    written: list[Written] = []
    x = 0.0
    for i, character in enumerate(text):
        if style.pitch:
            x = i * style.pitch * style.size
        if character == " ":
            x += style.space * style.size
            continue
        is_odd = character == odd[:1]
        samples = material.odd[odd] if is_odd else material.samples(character, hand)
        sample = samples[random.integers(len(samples))]
        factor = 1.0 if written or style.pitch else style.first
        if is_small and character.isdigit() and {*text[:i]} & set(MARKS):
            factor = small
        mask, drop = draw_sign(sample, character, style, random, factor)
        drop -= raised * max(0, 1 - factor) * style.size
        y = drop + style.drift * x + random.normal(0, style.unsteady / 2) * style.size
        y -= len(mask)
        if style.pitch:
            room = style.pitch * style.size - mask.shape[1]
            place = x + room / 2 + random.normal(0, 0.07) * style.size
        else:
            place = _next_place(written, mask, (x, y), style, random)
        label = character if character in ALPHABET else OTHER
        written.append(Written(mask, place, y, label))
        x = place + mask.shape[1]
    return written


def _draw_length(random: Random) -> int:
    return int(random.choice([2, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17]))


def _next_place(
    written: list[Written],
    mask: np.ndarray,
    place: tuple[float, float],
    style: Style,
    random: Random,
) -> float:
    """Return the x of a sign behind the others, with a gap between the ink or boxes."""
    x, y = place
    if not written:
        return x
    gap = (style.gap + random.normal(0, 0.05)) * style.size
    before = written[-1]
    is_next = x <= before.x + before.mask.shape[1] + 0.5  # and no space between
    if not (style.by_ink and is_next):
        return x + gap
    shift = round(y - before.y)
    top, bottom = max(0, shift), min(len(before.mask), shift + len(mask))
    if top >= bottom:
        return x + gap
    ends = _last_ink(before.mask[top:bottom])
    starts = _first_ink(mask[top - shift : bottom - shift])
    nearest = float((before.mask.shape[1] - ends + starts).min())
    nearest = min(nearest, 0.6 * min(mask.shape[1], before.mask.shape[1]))
    return x - nearest + gap


def _first_ink(mask: np.ndarray) -> np.ndarray:
    """Return the first column with ink of each row, or the width."""
    is_ink = mask > 100
    return np.where(is_ink.any(axis=1), is_ink.argmax(axis=1), mask.shape[1])


def _last_ink(mask: np.ndarray) -> np.ndarray:
    """Return the column after the last one with ink of each row, or 0."""
    return mask.shape[1] - _first_ink(mask[:, ::-1])


def _write_number(hand: Hand, style: Style, random: Random) -> list[Written]:
    """Write one or two whole numbers as they were written, with their ligatures."""
    written, x = [], 0.0
    for _ in range(1 + (random.random() < 0.25)):
        label, strokes = hand.numbers[random.integers(len(hand.numbers))]
        height = style.size * random.uniform(1, 1.3)
        thin = replace(style, pen=min(style.pen, max(1.0, MOST_PEN * style.size)))
        mask = draw_strokes(strokes, "height", height, thin, random)
        written.append(Written(mask, x, -len(mask), label))
        x += mask.shape[1] + style.space * style.size
        if sum(len(each.label) for each in written) > 5:
            break
    return written


def _compose(
    written: list[Written], style: Style, random: Random
) -> tuple[np.ndarray, Layout]:
    """Put the signs on a canvas that is as large as the strip's picture."""
    size, pitch = style.size, style.pitch * style.size
    width = random.uniform(1, 7) * size if not written else 0
    left = min((each.x for each in written), default=0.0)
    right = max((each.x + each.mask.shape[1] for each in written), default=width)
    top = min((each.y for each in written), default=-size)
    bottom = max((each.y + len(each.mask) for each in written), default=0.0)
    edges = random.uniform(LEAST_EDGE, 0.45, 4) * size
    cells = np.array([left - 0.1 * size, right + 0.1 * size])
    if pitch:
        n = max(1, round(np.ceil((right - 0.2 * pitch) / pitch)))
        before, after = (int(random.choice([0, 0, 0, 1, 2])) for _ in "12")
        most = max(1, int(LONGEST / HEIGHT / style.pitch))
        after = min(after, max(0, most - n - before))
        cells = np.arange(-before, n + after + 1) * pitch
        left, right = min(left, cells[0]), max(right, cells[-1])
        edges[:2] = random.uniform(0, 0.3, 2) * size
        edges[2:] = random.uniform(0, 0.8, 2) * size
    x0, y0 = left - edges[0], top - edges[2]
    shape = int(bottom + edges[3] - y0) + 1, int(right + edges[1] - x0) + 1
    ink = np.zeros(shape, np.uint8)
    for each in written:
        each.x, each.y = round(each.x - x0), round(each.y - y0)
        paste(ink, each.mask, int(each.x), int(each.y))
    for first, second in itertools.pairwise(written):
        zeros = first.label == second.label == "0" and style.gap < CLOSE
        if random.random() < style.joins + JOINED_ZEROS * zeros:
            _join(ink, first, second, style, random)
    layout = Layout(*shape, -y0, size, cells - x0)
    return bend(ink, style, random), layout


def _join(
    ink: np.ndarray, first: Written, second: Written, style: Style, random: Random
) -> None:
    """Draw a ligature, from the last ink of a sign to the first of the next one."""
    if first.label not in "0123456789" or second.label not in "0123456789":
        return
    half = len(first.mask) // 2  # from its lower or its upper half
    above = 0 if random.random() < 0.3 else half
    ends = _last_ink(first.mask[above : above + half])
    starts = _first_ink(second.mask)
    if not len(ends) or not len(starts):
        return
    row, column = int(ends.argmax()) + above, int(ends.max())
    start = int(starts.argmin())
    a = first.x + column - 1, first.y + row
    b = second.x + int(starts.min()) + 1, second.y + start
    if abs(a[0] - b[0]) > 0.4 * style.size or abs(a[1] - b[1]) > 0.7 * style.size:
        return
    dip = (
        (a[0] + b[0]) // 2,
        max(a[1], b[1]) + round(random.uniform(0, 0.1) * style.size),
    )
    points = np.array([a, dip, b] if random.random() < 0.5 else [a, b], np.int32)
    cv2.polylines(ink, [points], False, 255, max(1, round(style.pen)), cv2.LINE_AA)


def _cross_out(
    written: list[Written], ink: np.ndarray, style: Style, random: Random
) -> None:
    """Cross out one or two signs, which then count as "other"."""
    if not written or random.random() > 0.035:
        return
    singles = [each for each in written if len(each.label) == 1]
    if not singles:
        return
    first = int(random.integers(len(singles)))
    for each in singles[first : first + int(random.integers(1, 3))]:
        height, width = each.mask.shape
        if height < 0.6 * style.size:
            continue
        n = int(random.integers(4, 9))
        x = np.where(np.arange(n) % 2, width * 0.95, width * 0.05)
        y = np.linspace(0.1, 0.9, n) * height
        points = np.stack([each.x + x, each.y + y], axis=1)
        points += random.normal(0, 0.06, points.shape) * style.size
        fixed = np.rint(points * (1 << BITS)).astype(np.int32)
        pen = max(1, round(style.pen))
        cv2.polylines(ink, [fixed], False, 255, pen, cv2.LINE_AA, BITS)
        each.label = OTHER


def _disturb(ink: np.ndarray, layout: Layout, random: Random) -> None:
    """Add parts of the lines above and below, a stroke under the number, specks."""
    height, width = ink.shape
    original = ink.copy()
    for side in (-1, 1):
        if random.random() < 0.08:
            size = layout.size
            reach = round(random.uniform(0.08, 0.25) * size)  # rows that are seen
            shifted = np.roll(original, int(random.integers(width)), axis=1)
            foot = min(height, round(layout.baseline))
            head = max(0, round(layout.baseline - size))
            if side < 0:
                part = shifted[max(0, foot - reach) : foot]
                paste(ink, part, 0, 0)
            else:
                part = shifted[head : head + reach]
                paste(ink, part, 0, height - len(part))
    if random.random() < 0.03:  # underlined by hand
        y = layout.baseline + random.uniform(0.1, 0.3) * layout.size
        ends = [(random.uniform(0, 0.3) * width, y),
                (random.uniform(0.7, 1) * width, y + random.normal(0, 2))]  # fmt: skip
        fixed = np.rint(np.array(ends) * (1 << BITS)).astype(np.int32)
        pen = max(1, round(layout.size * 0.07))
        cv2.polylines(ink, [fixed], False, 255, pen, cv2.LINE_AA, BITS)
    if random.random() < 0.05:
        for _ in range(int(random.integers(1, 6))):
            centre = int(random.integers(width)), int(random.integers(height))
            cv2.circle(ink, centre, 1, int(random.integers(80, 256)), -1, cv2.LINE_AA)
