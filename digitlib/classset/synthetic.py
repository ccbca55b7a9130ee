"""A synthetic class set, generated for when nobody has written one yet.

    copybook digits of ink.write -> a writer's habits -> Samples -> writers.gather

Every synthetic writer has habits, some of them hard to read: a way to write each digit,
a slant, proportions, a pen, and more or less care.
"""

from collections.abc import Iterator

import numpy as np

from digitlib.classset.samples import Sample
from digitlib.reading import ink
from digitlib.reading.ink import Stroke
from digitlib.reading.predict import CLASSES

# How far synthetic writers are from the copybook, as standard deviations.
SLANT = 0.25  # pixels across per pixel down
ROTATION = 8.0  # degrees
STRETCH = 0.15  # of the width and the height, independently
HABIT = 1.3  # times `ink.JITTER`: the constant deviation of a writer's digit shapes
CARELESSNESS = 0.3, 1.2  # the same, drawn for each digit: from steady to hasty
PEN_WIDTHS = 7.0, 24.0  # pixels, from the thinnest to the thickest


def synthesise(writers: int, each: int, seed: int) -> list[Sample]:
    """Generate a synthetic class set, for when nobody has written one yet.

    Every synthetic writer has habits, some of them hard to read: a way to write each
    digit, a slant, proportions, a pen, and more or less care.

    Args:
        writers: the number of writers, who are called "made up 01", "made up 02" ...
        each: the number of digits that each of them writes, 0 to 9 in turn.
        seed: fixes everything random. More writers do not change the earlier ones.

    Returns:
        The samples of all writers, one writer after another.
    """
    return [
        sample
        for i in range(writers)
        for sample in _write(
            f"made up {i + 1:02}", each, np.random.default_rng([seed, i])
        )
    ]


def _write(writer: str, each: int, random: np.random.Generator) -> Iterator[Sample]:
    """Write the digits of one synthetic writer, whose habits stay the same."""
    styles = [_choose_style(label, random) for label in range(CLASSES)]
    habits = [ink.write(style, random) for style in styles]
    transform, carelessness = _random_transform(random), random.uniform(*CARELESSNESS)
    pen_width = round(random.uniform(*PEN_WIDTHS), 1)
    for i in range(each):
        label = i % CLASSES
        copybook, now = ink.write(styles[label]), ink.write(styles[label], random)
        strokes = tuple(
            _deform(transform, np.array(a), np.array(b), np.array(c), carelessness)
            for a, b, c in zip(copybook, habits[label], now, strict=True)
        )
        yield Sample(strokes, label, writer, styles[label], pen_width)


def _choose_style(label: int, random: np.random.Generator) -> str:
    styles = [style for style in ink.STYLES if style.startswith(str(label))]
    return styles[random.integers(len(styles))]


def _random_transform(random: np.random.Generator) -> np.ndarray:
    """Draw a (2, 2) linear map about the pad's centre: slant, rotation, proportions."""
    angle = np.radians(random.normal(0, ROTATION))
    rotation = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    slant = np.array([[1, -random.normal(0, SLANT)], [0, 1]])
    return rotation @ slant @ np.diag(1 + random.normal(0, STRETCH, 2))


def _deform(
    transform: np.ndarray,
    copybook: np.ndarray,
    habit: np.ndarray,
    now: np.ndarray,
    carelessness: float,
) -> Stroke:
    """Deform a copybook stroke into the writer's; all three have the same points.

    Args:
        transform: (2, 2), the writer's slant, rotation and proportions.
        copybook: (n, 2) points of the model stroke, in pixels of the pad.
        habit: (n, 2), the stroke with the writer's constant deviations.
        now: (n, 2), the stroke with the deviations of this one digit.
        carelessness: the weight of the latter.
    """
    points = copybook + HABIT * (habit - copybook) + carelessness * (now - copybook)
    centre = ink.PAD_SIDE / 2
    points = (points - centre) @ transform.T + centre
    points = np.clip(points, 0, ink.PAD_SIDE)
    return tuple((float(x), float(y)) for x, y in points)
