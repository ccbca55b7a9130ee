"""Digits that people of a class wrote, each with its label and its writer.

Between the web app's pages, which collect them, and lesson 05, which learns from them:

    written digits -> to_line -> a file -> read -> to_images -> finetune

A digit is kept as pen strokes, so that it can be drawn anew with any pen. Where nobody
has written yet, `make_up` writes a class by program.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitlib import ink
from digitlib.contrast import find_ink
from digitlib.errors import DrawingError
from digitlib.ink import Stroke
from digitlib.picture import open_picture
from digitlib.predict import CLASSES
from digitlib.preprocess import SIDE, normalise, to_pixels

DATABASE = ".sqlite"  # the ending of what the web app collects into
LONGEST_WORD = 64  # characters of a writer's id, and of a style
NO_LINE = "Line {} of {} holds no written digit: export the class set again."
NO_FILE = "{} cannot be read: check its name, or export the class set again."

# How far made-up writers are from the copybook, as standard deviations.
LEAN = 0.25  # pixels across for each pixel down
TILT = 8.0  # degrees
STRETCH = 0.15  # of the width and of the height, each for itself
ODDITY = 1.3  # times `ink.UNSTEADY`: the shape that a writer gives each digit, always
CARELESS = 0.3, 1.2  # the same, anew in each digit: from the steady to the hasty
PEN_WIDTHS = 7.0, 24.0  # pixels, from the finest to the broadest


@dataclass(frozen=True)
class Written:
    """One digit that somebody wrote.

    Attributes:
        strokes: from pen down to pen up, in pixels of `ink.draw`'s picture.
        label: the digit that was meant, 0 to 9.
        writer: a random id, never a name.
        style: how: "finger", "mouse" or "pen", as the browser tells, or one of
            `ink.STYLES`; "" where nobody knows.
        pen_width: in the same pixels.
    """

    strokes: tuple[Stroke, ...]
    label: int
    writer: str
    style: str = ""
    pen_width: float = ink.PEN_WIDTH


def to_line(written: Written) -> str:
    """A written digit as one line of a `.jsonl` file, which `from_line` reads."""
    content = {
        "label": written.label,
        "writer": written.writer,
        "style": written.style,
        "drawing": json.loads(ink.to_json(written.strokes, written.pen_width)),
    }
    return json.dumps(content, separators=(",", ":"))


def from_line(line: str) -> Written:
    """Read a digit that `to_line` wrote; its points are rounded to a tenth of a pixel.

    Raises:
        DrawingError: it is no such line, or a damaged one.
    """
    try:
        content = json.loads(line)
        label, writer, style = (content[key] for key in ("label", "writer", "style"))
        if type(label) is not int or not 0 <= label < CLASSES:
            raise ValueError("no digit")
        if not (_is_word(writer) and writer and _is_word(style)):
            raise ValueError("no writer or style")
        strokes, pen_width = ink.from_json(json.dumps(content["drawing"]))
        if not strokes:
            raise ValueError("nothing written")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DrawingError(
            "This is no written digit: use a line of an exported class set."
        ) from error
    return Written(tuple(map(tuple, strokes)), label, writer, style, pen_width)


def read(path: str | Path) -> list[Written]:
    """Read a class set.

    Args:
        path: a `.jsonl` file that was exported, or the web app's `.sqlite` file.

    Returns:
        The digits, in the order in which they were written.

    Raises:
        DrawingError: the file cannot be read, or a line of it is damaged; the message
            says which.
    """
    path = Path(path)
    if path.suffix == DATABASE:
        from digitlib.collection import Collection

        return Collection(path).all()
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DrawingError(NO_FILE.format(path.name)) from error
    written = []
    for number, line in enumerate(lines, start=1):
        try:
            written += [from_line(line)] if line.strip() else []
        except DrawingError as error:
            raise DrawingError(NO_LINE.format(number, path.name)) from error
    return written


def to_images(
    written: Sequence[Written],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw written digits and prepare them as MNIST was prepared.

    All ink of a drawing is one digit here: the writer said which.

    Returns:
        (n, 28, 28) uint8 images, ink 255; (n,) their labels; (n,) their writers.
    """
    glyphs = np.zeros((len(written), SIDE, SIDE, 1), np.float32)
    for glyph, each in zip(glyphs, written, strict=True):
        picture = open_picture(ink.draw(each.strokes, pen_width=each.pen_width))
        glyph[:] = normalise(find_ink(picture.pixels))
    labels = np.array([each.label for each in written], np.uint8)
    return to_pixels(glyphs), labels, np.array([each.writer for each in written], str)


def make_up(writers: int, each: int, seed: int) -> list[Written]:
    """Write a class set by program, for when nobody has written one yet.

    Every made-up writer has habits, some of them hard to read: a way to write each
    digit, a lean, proportions, a pen, more or less care.

    Args:
        writers: how many; they are called "made up 01", "made up 02" ...
        each: how many digits each writes, 0 to 9 in turn.
        seed: fixes everything random. A writer stays the same beside more writers.
    """
    return [
        digit
        for i in range(writers)
        for digit in _write(
            f"made up {i + 1:02}", each, np.random.default_rng([seed, i])
        )
    ]


def _write(writer: str, each: int, random: np.random.Generator) -> Iterator[Written]:
    """What one made-up writer writes, by habits that stay the same."""
    styles = [_choose_style(label, random) for label in range(CLASSES)]
    odd = [ink.write(style, random) for style in styles]
    habit, careless = _random_habit(random), random.uniform(*CARELESS)
    pen_width = round(random.uniform(*PEN_WIDTHS), 1)
    for i in range(each):
        label = i % CLASSES
        copybook, now = ink.write(styles[label]), ink.write(styles[label], random)
        strokes = tuple(
            _bend(habit, np.array(a), np.array(b), np.array(c), careless)
            for a, b, c in zip(copybook, odd[label], now, strict=True)
        )
        yield Written(strokes, label, writer, styles[label], pen_width)


def _choose_style(label: int, random: np.random.Generator) -> str:
    styles = [style for style in ink.STYLES if style.startswith(str(label))]
    return styles[random.integers(len(styles))]


def _random_habit(random: np.random.Generator) -> np.ndarray:
    """A (2, 2) map about the pad's middle: a lean, a tilt, proportions."""
    tilt = np.radians(random.normal(0, TILT))
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    lean = np.array([[1, -random.normal(0, LEAN)], [0, 1]])
    return turn @ lean @ np.diag(1 + random.normal(0, STRETCH, 2))


def _bend(
    habit: np.ndarray,
    copybook: np.ndarray,
    odd: np.ndarray,
    now: np.ndarray,
    careless: float,
) -> Stroke:
    """A stroke as this hand writes it: all three have the same points, astray."""
    points = copybook + ODDITY * (odd - copybook) + careless * (now - copybook)
    middle = ink.PAD_SIDE / 2
    points = (points - middle) @ habit.T + middle
    points = np.clip(points, 0, ink.PAD_SIDE)
    return tuple((float(x), float(y)) for x, y in points)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_WORD
