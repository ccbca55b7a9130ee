"""Samples: digits that somebody in a class wrote, each with its label and its writer.

The web app's pages collect samples, and lesson 7 trains a network on them:

    samples -> to_line -> a file of lines -> read_lines -> to_images -> finetune

A sample is stored as pen strokes, so that it can be drawn again with any pen.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitlib.errors import DrawingError
from digitlib.reading import ink
from digitlib.reading.background import find_ink
from digitlib.reading.ink import Stroke
from digitlib.reading.picture import open_picture
from digitlib.reading.predict import CLASSES
from digitlib.reading.preprocess import SIDE, normalise, to_pixels

MAX_WORD_LENGTH = 64  # characters of a writer's id, and of a style
BAD_LINE = "Line {} of {} contains no written digit: export the class set again."
BAD_FILE = "{} cannot be read: check its name, or export the class set again."


@dataclass(frozen=True)
class Sample:
    """One digit that somebody wrote.

    Attributes:
        strokes: each from pen down to pen up, in pixels of `ink.draw`'s picture.
        label: the digit that the writer meant, 0 to 9.
        writer: a random id, never a name.
        style: how it was written: "finger", "mouse" or "pen", as the browser reports,
            or one of `ink.STYLES`; "" if unknown.
        pen_width: in the same pixels.
    """

    strokes: tuple[Stroke, ...]
    label: int
    writer: str
    style: str = ""
    pen_width: float = ink.PEN_WIDTH


def to_line(sample: Sample) -> str:
    """Convert a sample to one line of a `.jsonl` file, which `from_line` reads."""
    drawing = ink.to_json(sample.strokes, sample.pen_width)
    return make_line(sample.writer, sample.label, sample.style, drawing)


def make_line(writer: str, label: int, style: str, drawing: str) -> str:
    """Make such a line of a drawing as `ink.to_json` writes it."""
    about = {"label": label, "writer": writer, "style": style}
    return f'{json.dumps(about, separators=(",", ":"))[:-1]},"drawing":{drawing}}}'


def from_line(line: str) -> Sample:
    """Read a sample that `to_line` wrote; its points are rounded to a tenth of a pixel.

    Raises:
        DrawingError: the line is damaged or is something else.
    """
    try:
        content = json.loads(line)
        label, writer, style = (content[key] for key in ("label", "writer", "style"))
        if type(label) is not int or not 0 <= label < CLASSES:
            raise ValueError("the label is not a digit")
        if not (_is_word(writer) and writer and _is_word(style)):
            raise ValueError("the writer or the style is missing")
        strokes, pen_width = ink.from_json(json.dumps(content["drawing"]))
        if not strokes:
            raise ValueError("there are no strokes")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DrawingError(
            "This is not a written digit: use a line of an exported class set."
        ) from error
    return Sample(tuple(map(tuple, strokes)), label, writer, style, pen_width)


def read_lines(path: str | Path) -> list[Sample]:
    """Read a file of lines that `to_line` wrote.

    Args:
        path: a `.jsonl` file that was exported.

    Returns:
        The samples, in the order in which they were written.

    Raises:
        DrawingError: the file cannot be read, or one of its lines is damaged; the
            message says which.
    """
    path = Path(path)
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DrawingError(BAD_FILE.format(path.name)) from error
    samples: list[Sample] = []
    for number, line in enumerate(lines, start=1):
        try:
            samples += [from_line(line)] if line.strip() else []
        except DrawingError as error:
            raise DrawingError(BAD_LINE.format(number, path.name)) from error
    return samples


def to_images(
    samples: Sequence[Sample],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw samples and prepare them as MNIST was prepared.

    All the ink of a drawing counts as one digit, because its writer said which it is.

    Returns:
        (n, 28, 28) uint8 images, ink 255; (n,) their labels; (n,) their writers.
    """
    glyphs = np.zeros((len(samples), SIDE, SIDE, 1), np.float32)
    for glyph, each in zip(glyphs, samples, strict=True):
        picture = open_picture(ink.draw(each.strokes, pen_width=each.pen_width))
        glyph[:] = normalise(find_ink(picture.pixels))
    labels = np.array([each.label for each in samples], np.uint8)
    return to_pixels(glyphs), labels, np.array([each.writer for each in samples], str)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_WORD_LENGTH
