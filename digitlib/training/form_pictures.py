"""Make pictures to train the form network on: forms, empty or filled in, and ones.

    hands -> a form, straight ones, a tight crop or a page -> grey levels, and where
        there is writing and where print

What is hard is shown most: bars of every make that nobody wrote, and bare ones that
somebody did, with a ruler's straightness too. A seed fixes every picture.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from digitlib.training import pages
from digitlib.training.hands import Hand, Material, Random
from digitlib.training.line_scans import paste
from digitlib.training.line_signs import Style, draw_style
from digitlib.training.pages import Sheet

SMALLEST = 12  # pixels: the side of a picture
LONGEST = 1400  # pixels
VISIBLE = 0.4  # share of the strongest ink from which a pixel counts
EMPTY = 0.65  # share of the forms that nobody has filled in
PAGES = (256, 256), (512, 128), (384, 384), (700, 128)  # pixels: width, height

Point = tuple[float, float]


@dataclass(frozen=True)
class FormPicture:
    """A picture, and what each of its pixels is.

    Attributes:
        grey: (height, width) uint8.
        written: (height, width) bool, where somebody wrote.
        printed: (height, width) bool, where there is print and no writing.
    """

    grey: np.ndarray
    written: np.ndarray
    printed: np.ndarray


def make_picture(material: Material, random: Random) -> FormPicture:
    """Make a picture.

    Args:
        material: whose hands write.
        random: the random generator; the same state gives the same picture.
    """
    kinds = list(SHARES)
    kind = kinds[random.choice(len(kinds), p=list(SHARES.values()))]
    return _expose(KINDS[kind](material, random), random)


def form(material: Material, random: Random) -> Sheet:
    """Print boxes, a row of cells, a table or a comb, and fill some of them in."""
    kind = ("box", "cells", "table", "comb", "apart")[
        random.choice(5, p=[0.2, 0.25, 0.2, 0.25, 0.1])
    ]
    rows = int(random.integers(2, 8)) if kind == "table" else 1
    columns = 1 if kind == "box" else int(random.integers(2, 13))
    height = _draw_size(random, 24, 200) / max(1, rows / 2)
    width = height * random.uniform(0.5, 4 if kind == "box" else 1.5)
    width = min(width, LONGEST / columns)
    left, top, right, bottom = (
        random.uniform(-0.1, 1, 4) * (random.random(4) < 0.75) * height
    )
    sheet = _blank(columns * width + left + right, rows * height + top + bottom)
    x = [left + i * width for i in range(columns + 1)]
    y = [top + i * height for i in range(rows + 1)]
    _print_form(sheet, kind, x, y, random)
    if random.random() >= EMPTY:
        _fill_in(sheet, material, x, y, random)
    if sheet.ruling.shape[0] == sheet.ruling.shape[1] and random.random() < 0.15:
        pages.put_other(sheet, random)
    return _turn(sheet, random)


def ones(material: Material, random: Random) -> Sheet:
    """Write straight ones and other digits in a row or a column, on a line or none."""
    size = _draw_size(random, 20, 160)
    n = int(random.choice([1, 1, 2, 3, 5, 8]))
    step = size * random.uniform(0.3, 1.5)
    is_column = random.random() < 0.15
    if is_column:
        sheet = _blank(3 * size, n * 1.4 * size + size)
    else:
        sheet = _blank(n * step + 2 * size, 2.2 * size)
    height, width = sheet.writing.shape
    hand, style = _draw_hand(material, size, random)
    share = random.choice([0.3, 1.0])
    for i in range(n):
        sign = _draw_sign(material, hand, style, share, random)
        x, y = (width / 2, size * (1 + 1.4 * i)) if is_column else (size + i * step, 0)
        y = y or height / 2
        move = random.normal(0, 0.06, 2) * size
        pages.paste_around(sheet.writing, sign, (x + move[0], y + move[1]))
    if random.random() < 0.5 and not is_column:
        _rule_around(sheet, size, random)
    return _turn(sheet, random)


def tight(material: Material, random: Random) -> Sheet:
    """Write a digit or two that nearly fill the picture."""
    size = _draw_size(random, 16, 260)
    hand, style = _draw_hand(material, size, random)
    share = random.choice([0, 0, 0.4])
    signs = [
        _draw_sign(material, hand, style, share, random)
        for _ in range(int(random.choice([1, 1, 1, 2])))
    ]
    gap = int(random.uniform(0.05, 0.5) * size)
    width = sum(sign.shape[1] + gap for sign in signs) - gap
    height = max(len(sign) for sign in signs)
    margins = random.uniform(-0.06, 0.5, 4) * size * random.choice([0.1, 0.3, 1])
    if random.random() < 0.3:  # a square picture
        missing = (max(width, height) - np.array([width, height])) / 2
        margins += np.tile(missing, 2)
    left, top, right, bottom = margins.round().astype(int).tolist()
    sheet, x = _blank(width + left + right, height + top + bottom), left
    for sign in signs:
        paste(sheet.writing, sign, x, top + int(random.integers(-2, 3)))
        x += sign.shape[1] + gap
    if random.random() < 0.2:
        _rule_around(sheet, size, random)
    return sheet


def page(material: Material, random: Random) -> Sheet:
    """Make a page as the page network sees them."""
    width, height = size = PAGES[random.integers(len(PAGES))]
    if width > pages.WIDE * height:
        return pages.turn(pages.make_strip(material, random, size), size, random)
    side = int(pages.LARGER * max(size))
    sheet = _blank(side, side)
    names = list(pages.SHARES)
    kind = names[random.choice(len(names), p=list(pages.SHARES.values()))]
    pages.KINDS[kind](sheet, material, random)
    if random.random() < 0.25:
        pages.put_other(sheet, random)
    return pages.turn(sheet, size, random)


KINDS: dict[str, Callable[[Material, Random], Sheet]] = {
    each.__name__: each for each in (form, ones, tight, page)
}
SHARES = {"form": 0.44, "ones": 0.16, "tight": 0.22, "page": 0.18}
assert set(KINDS) == set(SHARES)


def _print_form(
    sheet: Sheet, kind: str, x: list[float], y: list[float], random: Random
) -> None:
    height = y[1] - y[0]
    thick = max(1, round(random.uniform(0.01, 0.1) * height))
    inner = thick if random.random() < 0.8 else max(1, thick // 2)
    dash = height * random.uniform(0.05, 0.35) * (random.random() < 0.35)
    gap = dash * random.uniform(0.4, 1.4)
    is_broken = random.random() < 0.15 and kind != "box"

    def line(start: Point, end: Point, thickness: int = thick) -> None:
        pieces = _draw_pieces(math.dist(start, end), dash, gap, random)
        for first, last in pieces:
            a, b = (
                tuple(np.add(start, share * np.subtract(end, start)))
                for share in (first, last)
            )
            pages.rule_line(sheet, a, b, thickness)

    if kind == "comb":
        low = y[-1] - random.uniform(0.1, 0.9) * height
        line((x[0], y[-1]), (x[-1], y[-1]))
        has_ends = random.random() < 0.8
        for each in x if has_ends else x[1:-1]:
            line((each, low), (each, y[-1]), inner)
    elif kind == "apart":
        space = random.uniform(0.05, 0.4) * (x[1] - x[0]) / 2
        for start, end in pairwise(x):
            left, right = start + space, end - space
            for each in y[:2]:
                line((left, each), (right, each))
            for each in (left, right):
                line((each, y[0]), (each, y[1]))
    else:
        for each in y:
            if not (is_broken and random.random() < 0.5):
                line((x[0], each), (x[-1], each))
        for i, each in enumerate(x):
            if not (is_broken and random.random() < 0.3):
                is_outer = i in (0, len(x) - 1)
                line((each, y[0]), (each, y[-1]), thick if is_outer else inner)


def _draw_pieces(
    length: float, dash: float, gap: float, random: Random
) -> list[tuple[float, float]]:
    """Draw the shares of a line between which it is printed."""
    if not dash:
        return [(0.0, 1.0)]
    first = -random.uniform(0, dash + gap) * (random.random() < 0.5)
    starts = np.arange(first, length, dash + gap)
    pieces = [(max(0, s) / length, min(1, (s + dash) / length)) for s in starts]
    return [(begin, end) for begin, end in pieces if end > begin]


def _fill_in(
    sheet: Sheet, material: Material, x: list[float], y: list[float], random: Random
) -> None:
    """Write a digit in some cells, or in all."""
    width, height = x[1] - x[0], y[1] - y[0]
    filled, share = random.choice([0.2, 0.6, 1.0]), random.choice([0, 0.3, 0.9])
    hand, style = _draw_hand(material, height * random.uniform(0.35, 0.85), random)
    for left, right in pairwise(x):
        for top, bottom in pairwise(y):
            if random.random() < filled:
                sign = _draw_sign(material, hand, style, share, random)
                factor = 0.95 * width / sign.shape[1]
                if factor < 1:
                    how = cv2.INTER_AREA
                    sign = cv2.resize(sign, None, None, factor, factor, how)
                move = random.normal(0, 0.05, 2) * height
                middle = (left + right) / 2 + move[0], (top + bottom) / 2 + move[1]
                pages.paste_around(sheet.writing, sign, middle)


def _rule_around(sheet: Sheet, size: float, random: Random) -> None:
    """Rule what may be around a number: a line, two, a margin, a frame or squares."""
    height, width = sheet.ruling.shape
    thick = max(1, round(size * random.uniform(0.01, 0.08)))
    kind = random.choice(["line", "lines", "margin", "frame", "squares"])
    inset = random.choice([0, 0, random.uniform(0, 0.6) * size])
    foot = min(height / 2 + size * random.uniform(0.4, 0.7), height - thick)
    if kind in ("line", "lines"):
        pages.rule_line(sheet, (inset, foot), (width - inset, foot), thick)
    if kind == "lines":
        foot -= 1.3 * size
        pages.rule_line(sheet, (inset, foot), (width - inset, foot), thick)
    if kind == "margin":
        x = random.uniform(0, 0.4) * size
        pages.rule_line(sheet, (x, 0), (x, height), thick)
    if kind == "frame":
        edge = thick + inset / 3
        box = inset + thick, edge, width - inset - thick, height - edge
        pages.rule_box(sheet, box, thick)
    if kind == "squares":
        step = size * random.uniform(0.2, 1)
        for x in np.arange(random.uniform(0, step), width, step):
            pages.rule_line(sheet, (x, 0), (x, height), thick)
        for y in np.arange(random.uniform(0, step), height, step):
            pages.rule_line(sheet, (0, y), (width, y), thick)


def _draw_hand(material: Material, size: float, random: Random) -> tuple[Hand, Style]:
    style = pages.resize_style(draw_style(random, True), size, random)
    return material.draw_hand(random), style


def _draw_sign(
    material: Material, hand: Hand, style: Style, straight: float, random: Random
) -> np.ndarray:
    """Draw a sign; this share of them are straight ones."""
    if random.random() < straight:
        return _draw_straight(style.size, random)
    return pages.draw_single(material, random, hand, style)


def _draw_straight(size: float, random: Random) -> np.ndarray:
    """Draw a 1 as a ruler would: even, upright or leaning a little."""
    pen = max(1.0, size * random.uniform(0.04, 0.2))
    lean = random.normal(0, 0.08) * size * (random.random() < 0.7)
    height, width = int(size + pen + 4), int(abs(lean) + 2 * pen + 6)
    sign = np.zeros((height, width), np.uint8)
    ends = np.array(
        [
            (width / 2 + lean / 2, pen / 2 + 2),
            (width / 2 - lean / 2, height - pen / 2 - 2),
        ]
    )
    if random.random() < 0.5:
        points = np.rint(ends * 16).astype(np.int32)
        thick = max(1, round(pen))
        cv2.polylines(sign, [points], False, 255, thick, cv2.LINE_AA, 4)
        return sign
    along = ends[1] - ends[0]  # square ends, as of a marker
    side = np.array([along[1], -along[0]]) / np.hypot(*along) * pen / 2
    corners = [ends[0] + side, ends[1] + side, ends[1] - side, ends[0] - side]
    points = np.rint(np.array(corners) * 16).astype(np.int32)
    cv2.fillPoly(sign, [points], 255, cv2.LINE_AA, 4)
    return sign


def _draw_size(random: Random, least: float, most: float) -> float:
    return float(np.exp(random.uniform(np.log(least), np.log(most))))


def _blank(width: float, height: float) -> Sheet:
    shape = max(SMALLEST, int(height)), max(SMALLEST, int(width))
    return Sheet(*np.zeros((3, *shape), np.uint8))


def _turn(sheet: Sheet, random: Random) -> Sheet:
    """Turn every other sheet a little, and see it from an angle."""
    if random.random() < 0.5:
        return sheet
    height, width = sheet.writing.shape
    return pages.turn(sheet, (width, height), random)


def _expose(sheet: Sheet, random: Random) -> FormPicture:
    """Scan a sheet, or take a photo of it: in grey, black and white, or light on dark.

    Print is often as dark as the writing, since a bar that is paler tells itself.
    """
    dark = _draw_size(random, 40, 240)
    pale = _draw_size(random, 25, 240)
    if random.random() < 0.4:
        pale = min(240.0, dark * random.uniform(0.8, 1.1))
    strong = random.uniform(20, 240)
    blur = random.uniform(0.3, 1.3)
    layers = (sheet.writing, dark), (sheet.ruling, pale), (sheet.other, strong)
    blurred: list[np.ndarray] = [
        cv2.GaussianBlur(layer * np.float32(most / 255), (0, 0), blur)
        for layer, most in layers
    ]
    writing, ruling, other = blurred
    shape = writing.shape
    if random.random() < 0.3:  # light and print are uneven
        coarse = random.uniform(0.5, 1.2, (5, 5)).astype(np.float32)
        ruling *= cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    if random.random() < 0.15:  # a dry pen, or rough paper
        gaps = 1 - np.float32(random.uniform(0.3, 0.9)) * random.random(
            shape, np.float32
        )
        writing *= gaps
        ruling *= gaps
    written = writing > VISIBLE * dark
    printed = ~written & ((ruling > VISIBLE * pale) | (other > VISIBLE * strong))
    distance = np.maximum(np.maximum(writing, ruling), other)
    distance += random.uniform(0, 5) * random.standard_normal(shape, np.float32)
    if random.random() < 0.25:  # black and white
        threshold = random.uniform(0.3, 0.6) * min(dark, pale)
        distance = np.where(distance > threshold, 250, 0)
    grey = np.clip(255 - random.uniform(0, 40) - np.clip(distance, 0, 250), 0, 255)
    if random.random() < 0.1:  # light on dark
        grey = 255 - grey
    return FormPicture(grey.astype(np.uint8), written, printed)
