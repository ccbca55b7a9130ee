"""A class set written by program, for when nobody has written one yet.

Every made-up writer has habits, some of them hard to read: a way to write each digit, a
lean, proportions, a pen, more or less care.
"""

from collections.abc import Iterator

import numpy as np

from digitlib.classset.samples import Sample
from digitlib.reading import ink
from digitlib.reading.ink import Stroke
from digitlib.reading.predict import CLASSES

# How far made-up writers are from the copybook, as standard deviations.
LEAN = 0.25  # pixels across for each pixel down
TILT = 8.0  # degrees
STRETCH = 0.15  # of the width and of the height, each for itself
ODDITY = 1.3  # times `ink.UNSTEADY`: the shape that a writer gives each digit, always
CARELESS = 0.3, 1.2  # the same, anew in each digit: from the steady to the hasty
PEN_WIDTHS = 7.0, 24.0  # pixels, from the finest to the broadest


def synthesise(writers: int, each: int, seed: int) -> list[Sample]:
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


def _write(writer: str, each: int, random: np.random.Generator) -> Iterator[Sample]:
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
        yield Sample(strokes, label, writer, styles[label], pen_width)


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
