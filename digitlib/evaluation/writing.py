"""Write digits on a page that is still nothing but ink, with a known text.

`scenes` puts what is written here on paper and takes its photo. The digits are images
as MNIST holds them; they are enlarged with smooth edges, as a pen would write them.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from digitlib.reading.boxes import ink_box

GAP = 0.25, 0.7  # shares of the height of a line: the gap between two digits
UNEVEN = 0.85, 1.0  # shares of the height of a line: the height of a digit
BASE = 1.6, 2.4  # shares of the height of a digit: the length of a long base
BAR = 0.11  # share of the height of a digit: how thick a long base is
GOES_ON = 0.3, 1.2  # shares of the height of a number: a line below it, on each side
STANDS = -0.04, 0.08  # shares of that height: how far below the number its line is
MARGIN = 0.12  # share of the shorter side of a page: what stays free at its edges
TALL_ENOUGH = 0.8  # share of its longer side: a digit that is flatter is written wide


@dataclass(frozen=True)
class Hand:
    """Digits to write with.

    Attributes:
        images: (n, 28, 28) uint8, ink 255.
        labels: (n,) the digits.
        random: the random generator.
    """

    images: np.ndarray
    labels: np.ndarray
    random: np.random.Generator

    def digit(self, height: int, of: str = "0123456789") -> tuple[np.ndarray, str]:
        """Return the ink of a random digit, this many pixels high, and its label."""
        known = np.flatnonzero(np.isin(self.labels, [int(each) for each in of]))
        i = int(self.random.choice(known))
        return _enlarge(self.images[i], height), str(self.labels[i])


@dataclass(frozen=True)
class Page:
    """A page with writing.

    Attributes:
        ink: (height, width) float32 in [0, 1].
        text: what is written, line by line.
        height: of the writing, in pixels.
    """

    ink: np.ndarray
    text: str
    height: int


def line(hand: Hand, height: int, n: int) -> Page:
    """Write a number of n digits, whose page has no margin."""
    digits, text = zip(
        *(hand.digit(round(height * hand.random.uniform(*UNEVEN))) for _ in range(n)),
        strict=True,
    )
    gaps = (hand.random.uniform(*GAP, n) * height).astype(int)
    ink = np.zeros((height, sum(each.shape[1] for each in digits) + gaps[1:].sum()))
    left = 0
    for each, gap in zip(digits, [*gaps[1:], 0], strict=True):
        top = int(hand.random.integers(height - each.shape[0] + 1))
        ink[top : top + each.shape[0], left : left + each.shape[1]] = each
        left += each.shape[1] + gap
    return Page(ink.astype(np.float32), "".join(text), height)


def number(hand: Hand, size: tuple[int, int], share: tuple[float, float]) -> Page:
    """Write one number at a random place of a page.

    Args:
        hand: the digits.
        size: width and height of the page, in pixels.
        share: the least and the greatest height of the writing, as a share of that of
            the page.
    """
    n = int(hand.random.integers(1, 6))
    height = max(8, round(hand.random.uniform(*share) * size[1]))
    height = min(height, round(0.9 * size[0] / (1.3 * n)))
    return place(line(hand, height, n), size, hand.random)


def rows(hand: Hand, height: int, n: int, count: int, gap: float) -> Page:
    """Write rows of n digits in columns, this share of their height apart."""
    cell = round(1.5 * height)
    lines, text = [], ""
    for _ in range(count):
        ink = np.zeros((height, n * cell), np.float32)
        for i in range(n):
            digit, label = hand.digit(height)
            ink[: len(digit), i * cell : i * cell + digit.shape[1]] = digit
            text += label
        lines += [ink, np.zeros((max(2, round(gap * height)), n * cell), np.float32)]
    return Page(np.concatenate(lines[:-1]), text, height)


def long_stroke(hand: Hand, height: int) -> Page:
    """Write a 2 whose base goes on to the right, about twice as long as it is high."""
    digit, label = hand.digit(height, of="2")
    width = max(digit.shape[1], round(height * hand.random.uniform(*BASE)))
    ink = np.pad(digit, ((0, 0), (0, width - digit.shape[1])))
    bottom = np.flatnonzero(digit[:, digit.shape[1] // 2] > 0.5)[-1]
    thickness = max(2, round(BAR * height))
    middle = max(thickness // 2, int(bottom) - thickness // 2)
    start = digit.shape[1] // 2, middle
    cv2.line(ink, start, (width - thickness, middle), (1.0,), thickness, cv2.LINE_AA)
    return Page(ink, label, height)


def on_a_line(hand: Hand, height: int) -> Page:
    """Write a number of one to three digits on a line, which goes on on both sides."""
    random = hand.random
    page = line(hand, height, int(random.integers(1, 4)))
    before, after = (random.uniform(*GOES_ON, 2) * height).astype(int)
    below = round(random.uniform(*STANDS) * height)
    ink = np.pad(page.ink, ((0, max(0, below) + height // 4), (before, after)))
    y = height + below
    thickness = max(1, round(height * random.uniform(0.02, 0.08)))
    drawn = np.zeros_like(ink)
    cv2.line(drawn, (0, y), (ink.shape[1], y), random.uniform(0.5, 1), thickness)
    return Page(np.maximum(ink, drawn), page.text, height)


def place(page: Page, size: tuple[int, int], random: np.random.Generator) -> Page:
    """Put a page at a random place of a larger one, not too near its edges."""
    height, width = page.ink.shape
    margin = max(4, round(MARGIN * min(max(size[1], height), max(size[0], width))))
    free_x, free_y = size[0] - width - 2 * margin, size[1] - height - 2 * margin
    left = margin + int(random.integers(max(free_x, 0) + 1))
    top = margin + int(random.integers(max(free_y, 0) + 1))
    ink = np.zeros(
        (max(size[1], top + height + margin), max(size[0], left + width + margin)),
        np.float32,
    )
    ink[top : top + height, left : left + width] = page.ink
    return replace(page, ink=ink)


def _enlarge(image: np.ndarray, height: int) -> np.ndarray:
    """Enlarge a digit to this height, or to this width where it is flat."""
    left, top, right, bottom = ink_box(image > 0)
    digit = image[top:bottom, left:right].astype(np.float32) / 255
    side = max(digit.shape[0], TALL_ENOUGH * digit.shape[1])
    factor = height / side
    size = max(1, round(digit.shape[1] * factor)), max(1, round(len(digit) * factor))
    if factor < 1:
        return cv2.resize(digit, size, interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(digit, size, interpolation=cv2.INTER_CUBIC)
    return np.clip((smooth - 0.5) * max(1.0, factor / 2) + 0.5, 0, 1)
