"""Make pictures as people take them, kind by kind, each with a known text.

Light falls off towards the corners, a lamp shines, a shadow lies over half the page, a
desk or a frame is in view, a digit fills its picture, digits are small or many, rows
are close together. `KINDS` lists them all; `report` measures a network on each.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image

from digitlib.evaluation import writing
from digitlib.evaluation.synthetic import rule
from digitlib.evaluation.writing import Hand, Page
from digitlib.reading.picture import encode
from digitlib.reading.predict import Model
from digitlib.reading.preprocess import to_glyphs
from digitlib.training import data

SIDES = 300, 900  # pixels: the shortest and the longest side of a photo
SHARE = 0.08, 0.3  # shares of the height of a photo: the height of its writing
LIGHTEST_PEN = 110  # grey levels
DARKEST_PAPER = 165  # grey levels
CONTRAST = 45  # grey levels by which the ink of a photo is darker, in the worst light
SURE = 0.99  # confidence of the digits that scenes are written with
INCH = 25.4  # mm
A4 = 210, 297  # mm


@dataclass(frozen=True)
class Scene:
    """A picture's file, and what is written in it."""

    file: bytes
    text: str


def plain(hand: Hand) -> Scene:
    """A photo of a number in even light."""
    return photo(_page(hand), np.float32(1), hand.random)


def dark_corners(hand: Hand) -> Scene:
    """Light falls off from the middle, to 25 to 70 % in the corners."""
    page, random = _page(hand), hand.random
    x, y = _grid(page)
    distance = (x - random.uniform(-0.3, 0.3)) ** 2 + (
        y - random.uniform(-0.3, 0.3)
    ) ** 2
    corner = random.uniform(0.25, 0.7)
    light = 1 - (1 - corner) * distance / distance.max()
    return photo(page, light, random)


def lamp(hand: Hand) -> Scene:
    """A lamp stands at one side of the page."""
    page, random = _page(hand), hand.random
    x, y = _grid(page)
    angle, far = random.uniform(0, 2 * np.pi), random.uniform(0.3, 1.2)
    distance = (x - far * np.cos(angle)) ** 2 + (y - far * np.sin(angle)) ** 2
    dim = random.uniform(0.3, 0.6)
    light = dim + (1 - dim) * np.exp(-distance / random.uniform(0.7, 2.5))
    return photo(page, light, random)


def hard_shadow(hand: Hand) -> Scene:
    """A shadow with a sharp edge lies over a part of the page."""
    page, random = _page(hand), hand.random
    x, y = _grid(page)
    angle = random.uniform(0, 2 * np.pi)
    across = x * np.cos(angle) + y * np.sin(angle) - random.uniform(-0.6, 0.6)
    soft = random.uniform(0.005, 0.05)  # of half the picture
    dim = random.uniform(0.45, 0.75)
    light = dim + (1 - dim) / (1 + np.exp(np.clip(-across / soft, -30, 30)))
    return photo(page, light, random)


def frame(hand: Hand) -> Scene:
    """The paper has a frame of any colour on all four sides."""
    thickness = hand.random.uniform(0.01, 0.08, 4)
    return _bordered(_page(hand), thickness, hand.random)


def desk(hand: Hand) -> Scene:
    """A desk of any colour is in view on one to three sides."""
    random = hand.random
    seen = random.permutation(4) < random.integers(1, 4)
    return _bordered(_page(hand), seen * random.uniform(0.03, 0.25, 4), random)


def tight(hand: Hand) -> Scene:
    """One digit fills its picture, which is 16 to 64 pixels high."""
    random = hand.random
    height = int(random.integers(16, 65))
    digit, label = hand.digit(height)
    margins = [(int(a), int(b)) for a, b in random.integers(0, 2, (2, 2))]
    page = Page(np.pad(digit, margins), label, height)
    return photo(page, np.float32(1), random, grain=3, blur=height / 40)


def tight_16(hand: Hand) -> Scene:
    """One digit fills the height or the width of 16 x 16 pixels, white on black."""
    digit, label = hand.digit(160)
    size = [max(1, round(16 * side / max(digit.shape))) for side in digit.shape]
    small = cv2.resize(digit, size[::-1], interpolation=cv2.INTER_AREA)
    before = [(16 - side) // 2 for side in size]
    margins = [(a, 16 - a - side) for a, side in zip(before, size, strict=True)]
    levels = np.rint(255 * np.pad(small, margins)).astype(np.uint8)
    return Scene(encode(Image.fromarray(levels), "PNG"), label)


def small_digits(hand: Hand) -> Scene:
    """A scan of an A4 page has a few digits that are 3 to 8 mm high."""
    random = hand.random
    dpi = int(random.choice((150, 200, 300)))
    height = round(random.uniform(3, 8) / INCH * dpi)
    rows = writing.rows(hand, height, 8, 3, random.uniform(1, 2))
    size = round(A4[0] / INCH * dpi), round(A4[1] / INCH * dpi)
    return scan(writing.place(rows, size, random), random)


def many_digits(hand: Hand) -> Scene:
    """A page holds 200 to 1,000 digits in rows and columns."""
    random = hand.random
    across, down = random.integers(10, 26), random.integers(20, 41)
    rows = writing.rows(hand, 28, int(across), int(down), random.uniform(0.5, 1))
    return scan(writing.place(rows, (0, 0), random), random)


def close_rows(hand: Hand) -> Scene:
    """Rows are 6 to 60 % of their height apart."""
    random = hand.random
    n, count = int(random.integers(1, 6)), int(random.integers(2, 5))
    height = int(random.integers(40, 100))
    rows = writing.rows(hand, height, n, count, random.uniform(0.06, 0.6))
    return scan(writing.place(rows, (0, 0), random), random)


def long_stroke(hand: Hand) -> Scene:
    """A 2 has a base that is about twice as long as the 2 is high."""
    random = hand.random
    page = writing.long_stroke(hand, int(random.integers(60, 200)))
    side = int(page.ink.shape[1] * random.uniform(1.3, 2.5))
    return scan(writing.place(page, (side, side), random), random)


def base_line(hand: Hand) -> Scene:
    """A photo of a number on a line to write an answer on."""
    random = hand.random
    page = writing.on_a_line(hand, int(random.integers(30, 120)))
    side = int(page.ink.shape[1] * random.uniform(1.3, 2.5))
    page = writing.place(page, (side, side), random)
    return photo(page, np.float32(1), random)


def blurred(hand: Hand) -> Scene:
    """A photo out of focus, in falling light, stored at a low quality."""
    page, random = _page(hand), hand.random
    x, _ = _grid(page)
    light = 1 - random.uniform(0, 0.3) * (1 + x) / 2
    return photo(page, light, random, blur=page.height / 25, quality=40)


def turned(hand: Hand) -> Scene:
    """A page lies on its side or upside down, and its file does not say so."""
    random = hand.random
    page = writing.place(writing.line(hand, 70, 6), (700, 500), random)
    ink = np.ascontiguousarray(np.rot90(page.ink, int(random.integers(1, 4))))
    return scan(Page(ink, page.text, page.height), random)


def loose_sheet(hand: Hand) -> Scene:
    """A sheet with rows of digits lies askew on a desk, and is seen from an angle."""
    random = hand.random
    n, count = int(random.integers(2, 7)), int(random.integers(2, 6))
    written = writing.rows(hand, 40, n, count, random.uniform(0.5, 1.2))
    page = writing.place(written, (0, 0), random)
    return _lay_down(page, _paper(page, 1.5, random), random)


def table(hand: Hand) -> Scene:
    """A loose sheet with a table of single digits, whose lines are thin or pale."""
    random = hand.random
    n, count = int(random.integers(3, 8)), int(random.integers(3, 7))
    gap, margin = random.uniform(0.6, 1.2), int(random.integers(20, 60))
    page = writing.rows(hand, 40, n, count, gap)
    page = replace(page, ink=np.pad(page.ink, margin))
    levels = _paper(page, 1.5, random)
    height, width = page.ink.shape
    pen, thickness = float(random.uniform(60, 150)), int(random.integers(1, 3))
    ruled = np.zeros((height, width), np.float32)
    for i in range(1, n):
        x = margin + round(60 * i - 10)  # see `writing.rows`
        cv2.line(ruled, (x, margin), (x, height - margin), 1, thickness, cv2.LINE_AA)
    for i in range(1, count):
        y = margin + round(40 * (i + gap * (i - 0.5)))
        cv2.line(ruled, (margin, y), (width - margin, y), 1, thickness, cv2.LINE_AA)
    lined = levels + ruled[..., None] * (pen - levels)
    return _lay_down(page, np.minimum(levels, lined), random)


def ruled(hand: Hand) -> Scene:
    """A photo of a number on paper with ruled lines."""
    return _ruled(hand, (0,))


def squared(hand: Hand) -> Scene:
    """A photo of a number on squared paper."""
    return _ruled(hand, (0, 90))


def _ruled(hand: Hand, directions: tuple[float, ...]) -> Scene:
    page, random = _page(hand), hand.random
    levels = rule(_paper(page, 1.5, random), directions, random)
    return _expose(levels, np.float32(1), page.text, random)


def very_dark(hand: Hand) -> Scene:
    """A photo in so little light that some of the ink may be lost; not in `KINDS`."""
    random = hand.random
    return photo(_page(hand), np.float32(random.uniform(0.04, 0.18)), random)


def overexposed(hand: Hand) -> Scene:
    """A photo of pencil in a lamp's glare, all over a half of it; not in `KINDS`."""
    page, random = _page(hand), hand.random
    levels = _paper(replace(page, ink=0.4 * page.ink), 1.5, random)
    paper = np.median(levels, axis=(0, 1)).min()
    x, y = _grid(page)
    angle = random.uniform(0, 2 * np.pi)
    across = x * np.cos(angle) + y * np.sin(angle)
    light = (255 / paper) * (1.05 + random.uniform(0.1, 0.35) * across)
    return _expose(levels, light, page.text, random)


def make_hand(model: Model, seed: int) -> Hand:
    """Return the test digits that a network reads right by themselves, and surely."""
    _, (images, labels) = data.load_mnist()
    probabilities = model.probabilities(to_glyphs(images))
    return choose_hand(images, labels, probabilities, seed)


def choose_hand(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, seed: int
) -> Hand:
    """Return those digits that were read right and surely.

    Args:
        images: (n, 28, 28) uint8, ink 255.
        labels: (n,) the digits.
        probabilities: (n, 10) what the network takes them for.
        seed: of what is written.
    """
    right = probabilities.argmax(axis=1) == labels
    sure = right & (probabilities.max(axis=1) > SURE)
    return Hand(images[sure], labels[sure], np.random.default_rng(seed))


# This many times fewer pictures are made of these kinds, because they take long.
LARGE = {"small_digits": 5, "many_digits": 10}
KINDS: dict[str, Callable[[Hand], Scene]] = {
    kind.__name__: kind
    for kind in (
        plain, dark_corners, lamp, hard_shadow, frame, desk, tight, tight_16,
        small_digits, many_digits, close_rows, long_stroke, base_line, ruled, squared,
        blurred, turned, loose_sheet, table,
    )
}  # fmt: skip


def scan(page: Page, random: np.random.Generator) -> Scene:
    """Scan a page in even light, on white or nearly white paper."""
    paper = random.uniform(225, 255)
    levels = paper - page.ink * (paper - random.uniform(0, 90))
    levels += random.uniform(0, 3) * random.standard_normal(levels.shape, np.float32)
    image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    return Scene(encode(image, "JPEG", quality=90), page.text)


def photo(
    page: Page,
    light: np.ndarray | np.floating,
    random: np.random.Generator,
    *,
    grain: float = 1.5,
    blur: float = 0.6,
    quality: int = 85,
) -> Scene:
    """Take a photo of a page on paper of any colour, written with any dark pen.

    Args:
        page: the writing.
        light: (height, width) in [0, 1], or one number.
        random: the random generator.
        grain: the unevenness of the paper, in grey levels.
        blur: of the lens, in pixels.
        quality: of the JPEG.
    """
    levels = _paper(page, grain, random)
    return _expose(levels, light, page.text, random, blur=blur, quality=quality)


def _page(hand: Hand) -> Page:
    width, height = hand.random.integers(*SIDES, 2)
    return writing.number(hand, (int(width), int(height)), SHARE)


def _grid(page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Return the x and y of every pixel, from -1 to 1."""
    height, width = page.ink.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return x.astype(np.float32), y.astype(np.float32)


def _paper(page: Page, grain: float, random: np.random.Generator) -> np.ndarray:
    """Return (height, width, 3) float32: ink on paper in even light."""
    paper = random.uniform(DARKEST_PAPER, 250) + random.uniform(-12, 12, 3)
    pen = random.uniform(0, LIGHTEST_PEN, 3)
    coverage = page.ink[..., None] * random.uniform(0.75, 1)
    levels = paper + coverage * (np.minimum(pen, paper - CONTRAST) - paper)
    height, width = page.ink.shape
    for step in (1, 3):  # pixels of a fibre
        shape = height // step + 1, width // step + 1
        relief = random.normal(0, grain, shape).astype(np.float32)
        levels += cv2.resize(relief, (width, height))[..., None]
    return levels.astype(np.float32)


def _bordered(page: Page, thickness: np.ndarray, random: np.random.Generator) -> Scene:
    """Show something else beyond the paper's left, top, right and bottom edges."""
    levels = _paper(page, 1.5, random)
    x, y = _grid(page)
    colour = random.uniform(0, 200, 3)
    tilt = random.uniform(-0.03, 0.03, 4)
    left, top, right, bottom = 2 * thickness
    outside = np.zeros(page.ink.shape, bool)
    for distance, along, reach, slope in zip(
        (1 + x, 1 + y, 1 - x, 1 - y), (y, x, y, x),
        (left, top, right, bottom), tilt, strict=True,
    ):  # fmt: skip
        outside |= (reach > 0) & (distance < reach * (1 + slope * along))
    wood = colour + random.normal(0, 4, (*page.ink.shape, 1))
    # What is written is never hidden: the paper ends beyond it.
    near = cv2.dilate(page.ink, np.ones((2 * page.height // 5 + 1,) * 2)) > 0
    levels = np.where((outside & ~near)[..., None], wood, levels)
    return _expose(levels.astype(np.float32), np.float32(1), page.text, random)


def _lay_down(page: Page, sheet: np.ndarray, random: np.random.Generator) -> Scene:
    """Show a sheet on a desk, turned by up to 40 degrees, and from an angle."""
    height, width = page.ink.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    angle, middle = random.uniform(-0.7, 0.7), np.array([width, height]) / 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    seen = (corners - middle) @ turn
    seen *= random.uniform(0.88, 1.0, (4, 1))  # the nearer, the larger
    seen -= seen.min(axis=0)
    free = random.uniform(0.06, 0.35, 4) * max(width, height)
    seen += free[:2]
    across, down = np.ceil(seen.max(axis=0) + free[2:]).astype(int).tolist()
    moves = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    colour = random.uniform(10, 110) + random.uniform(-25, 25, 3)
    grain = random.normal(0, 1, (max(2, down // 3), max(2, across // 40), 1))
    wood = cv2.resize(grain.astype(np.float32), (across, down))
    desk = (colour + random.uniform(2, 8) * wood[..., None]).astype(np.float32)
    cv2.warpPerspective(
        sheet, moves, (across, down), desk, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT
    )
    return _expose(desk, np.float32(1), page.text, random)


def _expose(
    levels: np.ndarray,
    light: np.ndarray | np.floating,
    text: str,
    random: np.random.Generator,
    *,
    blur: float = 0.6,
    quality: int = 85,
) -> Scene:
    lit = levels * np.broadcast_to(light, levels.shape[:2])[..., None]
    lit = cv2.GaussianBlur(lit.astype(np.float32), (0, 0), max(blur, 0.3))
    lit += random.uniform(0, 4) * random.standard_normal(lit.shape, np.float32)
    image = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
    return Scene(encode(image, "JPEG", quality=quality), text)
