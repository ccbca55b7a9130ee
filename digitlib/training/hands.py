"""Sort what people wrote by writer, so that a line of writing has one hand.

    MNIST, Swiss scans, UNIPEN's strokes, made-up styles, print -> Hands: for each sign
    its samples, images or strokes

A sample is an image, (height, width) uint8, ink 255, without margin; or strokes, each
(m, 2) float32, y down, whose longer side is 1 and whose top left corner is at 0, 0.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitlib.reading import ink
from digitlib.reading.boxes import ink_box
from digitlib.reading.preprocess import find_only_digit
from digitlib.training import data
from digitlib.training.mixture import LETTERS_LIKE_DIGITS
from digitlib.training.negatives import FONTS
from digitlib.training.people import Pens, load_pens, load_swiss, load_writers
from digitlib.training.splits import (
    find_person,
    split_by_writer,
    split_mnist,
    split_pens,
)
from digitlib.training.unipen import POOR_DIGITS

Strokes = tuple[np.ndarray, ...]
Sample = np.ndarray | Strokes
Samples = dict[str, list[Sample]]
Random = np.random.Generator

DIGITS = "0123456789"
SIGNS = ".,-/:+=()%"
# What is none of these and is read as "?": signs that nobody takes for a digit,
CURRENCIES = "$€£¥₹"
TIMES, DIVIDED = "\N{MULTIPLICATION SIGN}", "\N{DIVISION SIGN}"
OTHER_SIGNS = "#&*?@<>~^;"
# and letters. Words may have a few that look like digits.
LETTERS = "".join(
    letter
    for letter in "ABCDEFGHJKLMNPQRTUVWXYacdefhijkmnprtuvwxy"
    if letter not in LETTERS_LIKE_DIGITS
)
# How often a line is of each source:
SHARES = {"mnist": 0.33, "swiss": 0.2, "pens": 0.33, "made": 0.09, "printed": 0.05}
PRINTED = (*DIGITS, *SIGNS, *LETTERS, *sorted(LETTERS_LIKE_DIGITS), *OTHER_SIGNS, "$")
LEAST_DIGITS = 8  # different digits that a hand must have
MADE_HANDS, MADE_SAMPLES = 100, 4
ODD_SAMPLES = 200  # of each odd style
PRINT_SIZE = 48  # pixels
SCAN_HEIGHT = 44  # pixels: the largest height to which a scanned digit is shrunk

# Ways to write a digit fast, or as it is taught elsewhere, which our writers lack.
ODD_STYLES: dict[str, list[list[ink.Point]]] = {
    "0 looped": [[(60, 20), (42, 18), (29, 46), (36, 78), (56, 84), (70, 54), (62, 26),
                  (46, 15), (58, 10), (80, 17)]],
    "1 from the foot": [[(24, 84), (44, 50), (62, 14), (62, 14), (61, 50), (60, 86)]],
    "1 bare": [[(50, 12), (50, 88)]],
    "1 with a long start": [[(18, 66), (40, 38), (56, 13), (56, 13), (54, 88)]],
    "2 closed": [[(46, 36), (33, 30), (38, 15), (56, 14), (62, 30), (46, 60), (27, 83),
                  (27, 83), (48, 78), (76, 84)]],
    "2 of two bends": [[(30, 26), (48, 14), (64, 24), (56, 48), (34, 74), (26, 80),
                        (36, 70), (56, 86), (76, 78)]],
    "2 with a head": [[(36, 38), (29, 28), (37, 15), (55, 13), (63, 26), (57, 44),
                       (42, 62), (26, 80), (26, 80), (48, 78), (78, 82)]],
    "2 looped at the foot": [[(30, 34), (36, 16), (56, 12), (66, 28), (54, 54),
                              (34, 77), (23, 79), (27, 69), (42, 72), (58, 82),
                              (80, 78)]],
    "2 looped twice": [[(42, 34), (31, 30), (36, 15), (55, 12), (65, 28), (53, 54),
                        (34, 77), (23, 79), (27, 69), (42, 72), (58, 82), (80, 78)]],
    "3 flat on top": [[(28, 16), (68, 15), (68, 15), (44, 44), (44, 44), (64, 54),
                       (62, 78), (44, 87), (27, 80)]],
    "4 like a V": [[(24, 14), (40, 66), (40, 66), (62, 12)], [(64, 12), (56, 88)]],
    "5 like a root": [[(20, 52), (32, 84), (32, 84), (46, 20), (46, 20), (64, 14),
                       (94, 18)]],
    "5 with a long flag": [[(40, 18), (36, 46), (36, 46), (56, 46), (62, 66), (48, 84),
                            (28, 80)], [(40, 18), (96, 12)]],
    "5 reduced": [[(28, 64), (36, 84), (46, 78), (52, 48), (56, 18), (56, 18),
                   (88, 13)]],
    "5 like an S": [[(76, 16), (52, 13), (40, 26), (48, 44), (58, 60), (50, 82),
                     (28, 82)]],
    "7 like a t": [[(30, 24), (46, 24), (66, 18), (66, 18), (52, 54), (46, 86)],
                   [(24, 54), (76, 48)]],
    "7 barred": [[(24, 30), (28, 20), (48, 22), (70, 16), (70, 16), (56, 50), (46, 88)],
                 [(36, 52), (68, 46)]],
    "8 open": [[(66, 18), (44, 16), (36, 32), (56, 50), (64, 72), (46, 86), (35, 70),
                (52, 48), (70, 22)]],
    "8 of two rings": [[(50, 12), (38, 20), (38, 38), (50, 45), (61, 36), (60, 20),
                        (50, 12)],
                       [(49, 46), (35, 56), (36, 78), (50, 87), (65, 76), (63, 56),
                        (49, 46)]],
    "8 like a B": [[(38, 16), (37, 50), (38, 86)],
                   [(36, 18), (54, 13), (63, 26), (54, 44), (40, 48), (58, 50),
                    (67, 66), (58, 84), (36, 87)]],
    "9 stem left": [[(40, 88), (43, 52), (46, 24), (58, 13), (70, 24), (64, 42),
                     (44, 46)]],
    "9 looped like an l": [[(28, 52), (48, 48), (66, 24), (56, 11), (45, 24), (43, 60),
                            (46, 88)]],
    "9 hooked stem left": [[(28, 34), (44, 15), (44, 15), (42, 50), (39, 88)],
                           [(43, 22), (58, 12), (70, 26), (60, 44), (43, 48)]],
}  # fmt: skip

# Signs that UNIPEN lacks or has little of, as `ink.STYLES` are written.
MADE_SIGNS: dict[str, list[list[ink.Point]]] = {
    "€": [[(72, 24), (56, 14), (38, 26), (32, 50), (38, 74), (56, 86), (72, 76)],
          [(22, 42), (62, 42)], [(22, 58), (60, 58)]],
    "£": [[(70, 26), (56, 14), (44, 26), (46, 60), (34, 84), (34, 84), (74, 84)],
          [(32, 52), (62, 52)]],
    "¥": [[(28, 14), (50, 46), (50, 86)], [(72, 14), (50, 46)], [(34, 54), (66, 54)],
          [(34, 68), (66, 68)]],
    "₹": [[(30, 16), (70, 16)], [(30, 32), (70, 32)],
          [(36, 16), (56, 22), (54, 42), (34, 48), (34, 48), (62, 86)]],
    DIVIDED: [[(24, 50), (76, 50)], [(50, 28), (50, 30)], [(50, 70), (50, 72)]],
    TIMES: [[(30, 30), (70, 70)], [(70, 30), (30, 70)]],
}  # fmt: skip


@dataclass(frozen=True)
class Hand:
    """All that one person wrote, or one font, or one made-up writer.

    Attributes:
        name: the writer's name in the source.
        signs: of each character, its samples.
        numbers: whole numbers, with real ligatures: their digits and strokes.
        is_printed: whether it is a font.
    """

    name: str
    signs: Samples
    numbers: list[tuple[str, Strokes]] = field(default_factory=list)
    is_printed: bool = False


@dataclass(frozen=True)
class Material:
    """The hands of all writers of a part: those trained on, or those set aside.

    Attributes:
        hands: by source, a key of `SHARES`.
        signs: of all who wrote by pen together, for hands that lack a sign.
        words: (height, width) uint8 images of small printed words, ink 255.
        odd: by style, a key of `ODD_STYLES`, its samples.
    """

    hands: dict[str, list[Hand]]
    signs: Samples
    words: list[np.ndarray]
    odd: Samples

    def draw_hand(self, random: Random) -> Hand:
        """Draw a source by its share, then one of its hands, each alike."""
        names = list(self.hands)
        shares = np.array([SHARES[name] for name in names])
        hands = self.hands[names[random.choice(len(names), p=shares / shares.sum())]]
        return hands[random.integers(len(hands))]

    def samples(self, character: str, hand: Hand) -> list[Sample]:
        """Return the samples of a character by a hand, or else by all who have it."""
        return hand.signs.get(character) or self.signs[character]


def load_material(part: int = 0, seed: int = 0) -> Material:
    """Load the hands of the writers of one part; it takes about half a minute.

    Args:
        part: 0 for the writers who are trained on, 1 for those who are set aside.
        seed: fixes the made-up hands.

    Returns:
        The material.

    Raises:
        DataError: a set is neither here nor can it be downloaded.
    """
    random = np.random.default_rng([seed, part])
    pens = split_pens(load_pens())[part]
    images, labels, writers = _load_mnist(part)
    swiss_images, swiss_labels, swiss_writers = _load_swiss(part)
    return make_material(
        {
            "mnist": group(images, labels, writers),
            "swiss": group(swiss_images, swiss_labels, swiss_writers),
            "pens": group_pens(pens),
            "made": make_hands(random),
            "printed": print_hands(part),
        },
        random,
    )


def make_material(hands: dict[str, list[Hand]], random: Random) -> Material:
    """Put hands together, and add made-up signs and printed words.

    Args:
        hands: by source, keys of `SHARES`, "printed" among them: what nobody wrote by
            pen is taken from there.
        random: the random generator, for the made-up signs.
    """
    signs: Samples = defaultdict(list)
    for hand in [*hands.get("pens", []), *hands.get("made", [])]:
        for character, samples in hand.signs.items():
            signs[character] += samples
    missing = set(PRINTED) - signs.keys()
    for hand in hands["printed"]:
        for character in missing & hand.signs.keys():
            signs[character] += hand.signs[character]
    for character, strokes in MADE_SIGNS.items():
        for _ in range(60):
            jitter = random.normal(0, 2.5, (len(strokes), 2))
            written = [
                np.array(stroke, float) + random.normal(0, 2, (len(stroke), 2)) + move
                for stroke, move in zip(strokes, jitter, strict=True)
            ]
            signs[character].append(fit(written))
    usable = {
        source: [hand for hand in each if _has_digits(hand) or hand.numbers]
        for source, each in hands.items()
    }
    odd: Samples = {
        name: [fit(_write(style, random)) for _ in range(ODD_SAMPLES)]
        for name, style in ODD_STYLES.items()
    }
    usable = {source: each for source, each in usable.items() if each}
    return Material(usable, dict(signs), print_words(), odd)


def group(
    images: Iterable[np.ndarray], labels: np.ndarray, writers: np.ndarray
) -> list[Hand]:
    """Group digits by writer.

    Args:
        images: n images, ink 255, each with any margin.
        labels: (n,) 0 to 9.
        writers: (n,) their writers.
    """
    hands: dict[str, Samples] = {}
    for image, label, writer in zip(images, labels, writers, strict=True):
        left, top, right, bottom = ink_box(image > 64)
        if right - left > 0 and bottom - top > 1:
            signs = hands.setdefault(str(writer), defaultdict(list))
            signs[str(label)].append(image[top:bottom, left:right].copy())
    return [Hand(name, dict(signs)) for name, signs in hands.items()]


def group_pens(pens: dict[str, Pens]) -> list[Hand]:
    """Group pen strokes by person: digits, signs, letters and whole numbers."""
    signs: dict[str, Samples] = defaultdict(lambda: defaultdict(list))
    numbers: dict[str, list[tuple[str, Strokes]]] = defaultdict(list)
    wanted = {*DIGITS, *SIGNS, *CURRENCIES, *OTHER_SIGNS, *LETTERS}
    wanted |= LETTERS_LIKE_DIGITS
    for name, each in pens.items():
        for i, (label, writer) in enumerate(
            zip(each.labels.tolist(), each.writers.tolist(), strict=True)
        ):
            person, strokes = find_person(writer), each.strokes(i)
            if name == "strings":
                numbers[person].append((label, fit(strokes)))
            elif label in wanted and writer.split("/")[0] not in POOR_DIGITS:
                signs[person][label].append(fit(strokes))
    return [
        Hand(person, dict(signs[person]), numbers[person])
        for person in sorted({*signs, *numbers})
    ]


def make_hands(random: Random) -> list[Hand]:
    """Make up writers: each has one style for each digit."""
    hands, known = [], ink.STYLES | ODD_STYLES
    for i in range(MADE_HANDS):
        signs: Samples = {}
        for digit in DIGITS:
            styles = [strokes for name, strokes in known.items() if name[0] == digit]
            style = styles[random.integers(len(styles))]
            signs[digit] = [fit(_write(style, random)) for _ in range(MADE_SAMPLES)]
        hands.append(Hand(f"made/{i}", signs))
    return hands


def print_hands(part: int = 0) -> list[Hand]:
    """Print digits, signs and letters in the fonts of a part: every sixth is aside."""
    hands = []
    for i, name in enumerate(FONTS):
        if (i % 6 == 5) == bool(part):
            font = ImageFont.truetype(_font_folder() / name, PRINT_SIZE)
            signs: Samples = {
                character: [_print(character, font)] for character in PRINTED
            }
            hands.append(Hand(name, signs, is_printed=True))
    return hands


def print_words() -> list[np.ndarray]:
    """Print the words of forms, small, as they stand in boxes and beside lines."""
    words = (
        "DD MM YYYY Date Name No. EUR CHF Fr. Rs. Total Day Month Year Amount Betrag"
    )
    fonts = [
        ImageFont.truetype(_font_folder() / name, 24)
        for name in ("DejaVuSans.ttf", "DejaVuSerif.ttf", "STIXGeneral.ttf")
    ]
    return [_print(word, font) for word in words.split() for font in fonts]


def fit(strokes: Sequence[np.ndarray]) -> Strokes:
    """Move and scale strokes, so that they begin at 0, 0 and their longer side is 1."""
    points = np.concatenate(strokes)
    low = points.min(axis=0)
    scale = max(float((points.max(axis=0) - low).max()), 1e-6)
    return tuple(((stroke - low) / scale).astype(np.float32) for stroke in strokes)


def _write(style: list[list[ink.Point]], random: Random) -> list[np.ndarray]:
    return [np.array(stroke) for stroke in ink.write(style, random)]


def _has_digits(hand: Hand) -> bool:
    return sum(digit in hand.signs for digit in DIGITS) >= LEAST_DIGITS


def _load_mnist(part: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    (images, labels), _ = data.load_mnist()
    (writers, series), _ = load_writers()
    chosen = split_mnist(writers, series)[part]
    return images[chosen], labels[chosen], writers[chosen]


def _load_swiss(part: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Load the scans' largest inks as they are, finer than MNIST's 28 pixels."""
    scans = load_swiss()
    chosen = split_by_writer(scans.writers, len(scans.writers))[part]
    images, kept = [], []
    for i in chosen:
        scan = scans.images[i]
        digit = find_only_digit(scan)
        if digit:
            images.append(_cut(np.asarray(scan.convert("L")), digit.box))
            kept.append(i)
    return images, scans.labels[kept], scans.writers[kept]


def _cut(grey: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Cut a digit out of a scan: (height, width) uint8, ink 255."""
    left, top, right, bottom = box
    paper = float(np.median(grey))
    crop = grey[top:bottom, left:right].astype(np.float32)
    darkest = float(np.percentile(crop, 3))
    levels = np.clip((paper - crop) / max(paper - darkest, 1), 0, 1)
    levels = np.clip((levels - 0.15) / 0.7, 0, 1)  # paper's grain, and soft edges
    factor = min(1, SCAN_HEIGHT / max(levels.shape))
    size = (
        max(1, round(levels.shape[1] * factor)),
        max(1, round(levels.shape[0] * factor)),
    )
    small = cv2.resize(levels, size, interpolation=cv2.INTER_AREA)
    return (small * 255).astype(np.uint8)


def _print(text: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    size = max(1, right - left) + 2, max(1, bottom - top) + 2
    paper = Image.new("L", size)
    ImageDraw.Draw(paper).text((1 - left, 1 - top), text, 255, font)
    levels = np.asarray(paper)
    left, top, right, bottom = ink_box(levels > 64)
    return levels[top:bottom, left:right]


@cache
def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts/ttf"
