"""Make extra training samples that MNIST lacks: negatives, and digits in other styles.

The extra digits are drawn by pen in the styles of `ink`, or printed. The negatives are
glyphs labelled `NOT_A_DIGIT`: printed letters and symbols, touching digits, scribbles,
and what forms, folds and fingers leave in a picture. From them a network learns what to
reject. All samples are generated here from a seed; people's letters are in `mixture`.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitlib.reading import ink
from digitlib.reading.boxes import ink_box
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.reading.preprocess import DIGIT_SIDE, SIDE, normalise

DIGITS = "0123456789"
# Letters that look like digits are left out: I l O o Q S s Z z b g q y, and similar
# ones of other alphabets.
LETTERS = "ABCDEFGHJKLMNPRTUVWXYacdefhijkmnprtuvwx"
OTHER_LETTERS = (
    "ΑΒΓΔΕΗΘΚΛΜΝΞΠΡΣΤΥΦΧΨΩαβγδεζηθκλμνξπρςτφχψω"
    "БДЖИЙЛПФЦШЩЫЭЮЯджийлпфцшщыэюя"
    "אבגהחטכלמנעפצקשת"
    "بتثجحخدذرسشصضطظعغفقكلمني"
    "ⴱⴳⴷⴹⴻⴼⴽⵀⵃⵄⵅⵇⵉⵋⵎⵖⵚⵛⵜⵝⵞⵟⵡⵢⵣⵥ"
)
SYMBOLS = "#$%&@*+=<>[]{}~^?§¶†‡•…-—.:;←↑→↓↔⇒✓✗★☆♥♦♣♠♪♫∑√∞≈≠≤≥±÷∂∇∈∩⊂⊕⌂☎☺☂☀©®€£¥"
SERIF_ONLY = "I"  # without serifs it looks like a 1

# All of these fonts come with Matplotlib.
FONTS = [
    f"{family}{style}.ttf"
    for family, styles in {
        "DejaVuSans": ["", "-Bold", "-Oblique", "-BoldOblique"],
        "DejaVuSansMono": ["", "-Bold", "-Oblique"],
        "DejaVuSerif": ["", "-Bold", "-Italic", "-BoldItalic"],
        "STIXGeneral": ["", "Bol", "Italic", "BolIta"],
        "cm": ["b10", "r10", "ss10", "tt10"],
    }.items()
    for style in styles
]
SANS = ("DejaVuSans", "cmss")
FONT_SIZE = 64  # pixels
HERSHEY_FONTS = range(8)  # OpenCV's fonts, which consist of single pen strokes

PEN_WIDTHS = 8.0, 30.0  # pixels on the pad: the narrowest and the widest
PER_STYLE = 120  # samples of each style of a digit drawn by pen
PER_PRINTED_DIGIT = 8  # samples of each digit and font; there are few fonts
PER_LETTER = 3  # samples of each letter and font
TOUCHING_PAIRS = 2500  # samples
SCRIBBLES = 1200  # samples
SHAPES = 4000  # samples
# Straight lines, in percent of the pad, that are no digit: bars, corners, crosses, and
# sides of boxes. What may be read as a 1 or a 7 is left out.
LINES = (
    ((20, 50, 80, 50),),
    ((20, 40, 80, 40), (20, 60, 80, 60)),
    ((25, 20, 25, 80), (25, 80, 75, 80)),
    ((25, 20, 75, 20), (25, 20, 25, 80)),
    ((75, 20, 75, 80), (25, 80, 75, 80)),
    ((20, 50, 80, 50), (50, 20, 50, 80)),
    ((20, 20, 80, 80), (20, 80, 80, 20)),
    ((20, 20, 80, 20), (50, 20, 50, 80)),
    ((20, 80, 80, 80), (50, 20, 50, 80)),
    ((25, 20, 25, 80), (25, 50, 75, 50), (75, 20, 75, 80)),
    ((35, 20, 35, 80), (65, 20, 65, 80)),
    ((35, 20, 35, 80), (65, 20, 65, 80), (20, 40, 80, 40), (20, 60, 80, 60)),
    ((25, 20, 25, 80), (25, 80, 75, 80), (75, 20, 75, 80)),
    ((25, 20, 75, 20), (25, 20, 25, 80), (25, 80, 75, 80)),
    ((25, 20, 75, 20), (25, 80, 75, 80), (75, 20, 75, 80)),
    ((25, 20, 75, 20), (25, 20, 25, 80), (25, 80, 75, 80), (75, 20, 75, 80)),
)
UNNORMALISED = 0.5  # share of the negatives left unnormalised, as arrays may be


def make_extra_samples(
    images: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Make glyphs to train on in addition to those of MNIST.

    Args:
        images: (n, 28, 28) uint8 training images, from which touching pairs are made.
        random: the random generator; the same state gives the same result.

    Returns:
        (m, 28, 28, 1) float32 glyphs and their (m,) labels, 0 to 9 or `NOT_A_DIGIT`;
        m is about 18,000.
    """
    samples = [
        *drawn_by_pen(random),
        *_printed(random),
        *_single_stroke(random),
        *((each, NOT_A_DIGIT) for each in _touching_pairs(images, random)),
        *((each, NOT_A_DIGIT) for each in _scribbles(random)),
        *((each, NOT_A_DIGIT) for each in _shapes(random)),
    ]
    glyphs = [
        _stretch(each, random)
        if label == NOT_A_DIGIT and random.random() < UNNORMALISED
        else normalise(each)
        for each, label in samples
    ]
    return np.stack(glyphs), np.array([label for _, label in samples], np.uint8)


def drawn_by_pen(random: np.random.Generator) -> Iterator[tuple[np.ndarray, int]]:
    """Draw each digit by pen, `PER_STYLE` times in each of its styles.

    Returns:
        For each the ink, (280, 280) float32 in [0, 1], and the digit.
    """
    for style in list(ink.STYLES) * PER_STYLE:
        drawing = ink.draw(
            ink.write(style, random), pen_width=random.uniform(*PEN_WIDTHS)
        )
        yield _ink(drawing), int(style[0])


def _printed(random: np.random.Generator) -> Iterator[tuple[np.ndarray, int]]:
    """Print digits, letters and symbols in each font that has them."""
    folder = _font_folder()
    for name in FONTS:
        font = ImageFont.truetype(folder / name, FONT_SIZE)
        serif = not name.startswith(SANS)
        latin = (LETTERS + SERIF_ONLY * serif) * PER_LETTER
        for character in DIGITS * PER_PRINTED_DIGIT + latin + OTHER_LETTERS + SYMBOLS:
            if ord(character) in _characters(folder / name):
                yield _embolden(_type(character, font), random), _label(character)


def _single_stroke(random: np.random.Generator) -> Iterator[tuple[np.ndarray, int]]:
    """Draw digits and letters in fonts of single strokes, as a technical pen would."""
    for font in HERSHEY_FONTS:
        for character in DIGITS * PER_PRINTED_DIGIT + LETTERS * PER_LETTER:
            paper = np.zeros((160, 160), np.uint8)
            width = int(random.integers(4, 14))
            cv2.putText(paper, character, (40, 110), font, 3, 255, width, cv2.LINE_AA)
            yield paper.astype(np.float32) / 255, _label(character)


def _label(character: str) -> int:
    return int(character) if character in DIGITS else NOT_A_DIGIT


def _touching_pairs(
    images: np.ndarray, random: np.random.Generator
) -> Iterator[np.ndarray]:
    """Make pairs of touching digits: the second begins where the first ends."""
    for first, second in random.integers(0, len(images), (TOUCHING_PAIRS, 2)):
        left, right = (_trim(images[each]) for each in (first, second))
        overlap = int(random.integers(0, 4))
        height = max(len(left), len(right)) + 4
        paper = np.zeros((height, left.shape[1] + right.shape[1]), np.float32)
        for digit, x in ((left, 0), (right, left.shape[1] - overlap)):
            y = int(random.integers(0, height - len(digit) + 1))
            place = paper[y : y + len(digit), x : x + digit.shape[1]]
            np.maximum(place, digit, out=place)
        yield paper


def _scribbles(random: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw scribbles of a few random strokes, which belong to no alphabet."""
    for _ in range(SCRIBBLES):
        strokes = [
            [tuple(point) for point in random.uniform(40, 240, (n, 2))]
            for n in random.integers(2, 5, random.integers(3, 6))
        ]
        yield _ink(ink.draw(strokes, pen_width=random.uniform(*PEN_WIDTHS)))


def _shapes(random: np.random.Generator) -> Iterator[np.ndarray]:
    """Draw straight lines of a form, wedges as between fingers, and blots."""
    for i in range(SHAPES):
        if i % 4 < 2:
            lines = np.array(LINES[i // 4 % len(LINES)], float) * ink.PAD_SIDE / 100
            # Not all in proportion, and tilted: by up to a quarter, and 6 degrees.
            zoom = random.uniform(0.75, 1.25, 2)
            tilt = np.radians(random.uniform(-6, 6))
            turn = [[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]
            centre = ink.PAD_SIDE / 2
            points = ((lines.reshape(-1, 2) - centre) * zoom) @ np.array(turn) + centre
            strokes = [[tuple(a), tuple(b)] for a, b in points.reshape(-1, 2, 2)]
            yield _ink(ink.draw(strokes, pen_width=random.uniform(*PEN_WIDTHS)))
        elif i % 4 == 2:
            yield _wedge(random)
        else:
            yield _blot(random)


def _wedge(random: np.random.Generator) -> np.ndarray:
    """Fill a band whose width changes along its way, unlike a pen's stroke."""
    n = int(random.integers(3, 7))
    along = np.linspace(-100, 100, n)
    middle = np.cumsum(random.normal(0, 14, n))
    widths = random.uniform(1, 12, n) ** random.uniform(1.2, 1.8, n)
    widths[random.integers(n)] += random.uniform(30, 60)
    sides = [np.stack([middle + side * widths, along], axis=1) for side in (-1, 1)]
    outline = np.concatenate([sides[0], sides[1][::-1]])
    angle = random.uniform(0, np.pi)
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return _fill(outline @ np.array(turn) + ink.PAD_SIDE / 2)


def _blot(random: np.random.Generator) -> np.ndarray:
    """Fill an irregular patch: a blot, a fingertip, the end of a cap."""
    angles = np.linspace(0, 2 * np.pi, int(random.integers(5, 14)), endpoint=False)
    radii = random.uniform(60, 90) * random.uniform(0.55, 1.1, len(angles))
    outline = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]
    return _fill(outline * random.uniform(0.7, 1.2, 2) + ink.PAD_SIDE / 2)


def _fill(outline: np.ndarray) -> np.ndarray:
    paper = np.zeros((ink.PAD_SIDE, ink.PAD_SIDE), np.uint8)
    cv2.fillPoly(paper, [np.rint(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(paper, (0, 0), 3).astype(np.float32) / 255


def _stretch(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Make a glyph that is not normalised: stretched to a random size, up to 28x28."""
    height, width = (int(side) for side in random.integers(DIGIT_SIDE, SIDE + 1, 2))
    left, top, right, bottom = ink_box(ink > 0.5)
    crop = cv2.resize(
        ink[top:bottom, left:right], (width, height), interpolation=cv2.INTER_AREA
    )
    glyph = np.zeros((SIDE, SIDE, 1), np.float32)
    y, x = (SIDE - height) // 2, (SIDE - width) // 2
    glyph[y : y + height, x : x + width, 0] = np.minimum(crop, 1)  # rounding
    return glyph


def _embolden(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Make print bolder by up to a tenth of its size, or leave it as it is."""
    side = int(random.integers(1, FONT_SIZE // 9))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(ink, kernel)


def _ink(drawing: Image.Image) -> np.ndarray:
    return 1 - np.asarray(drawing, np.float32) / 255


def _trim(image: np.ndarray) -> np.ndarray:
    rows, columns = image.any(axis=1), image.any(axis=0)
    return image[rows][:, columns].astype(np.float32) / 255


def _type(character: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    paper = Image.new("L", (4 * FONT_SIZE, 3 * FONT_SIZE))
    ImageDraw.Draw(paper).text((FONT_SIZE, FONT_SIZE // 2), character, 255, font)
    return np.asarray(paper, np.float32) / 255


@cache
def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts/ttf"


@cache
def _characters(font: Path) -> set[int]:
    from matplotlib.ft2font import FT2Font

    return set(FT2Font(str(font)).get_charmap())
