"""Measure how many whole lines of writing are read: numbers, with their signs.

Numbers as people wrote them with a digital pen, and lines made up on each paper of
`training.line_papers`, all by people whom no network was trained on. Each is read as a
picture, as visitors send it.
"""

import statistics
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from digitlib.reading.ctc import edit_distance
from digitlib.reading.predict import Model
from digitlib.training.hands import load_material
from digitlib.training.line_papers import PAPERS
from digitlib.training.line_signs import draw_number
from digitlib.training.lines import draw_line

MADE = 100  # lines on each paper
HELD_OUT = 1  # the part of the people whom nothing was trained on
SEED = 1

Metrics = dict[str, Any]
Written = tuple[np.ndarray, str]  # (height, width) uint8, and what is written


def measure(model: Model) -> dict[str, Metrics]:
    """Measure a network on lines of people whom it has not met.

    Returns:
        For "pen" (whole numbers) and for each paper, what `score` returns.

    Raises:
        DataError: a set is neither here nor can it be downloaded.
    """
    return {
        name: score(
            [model.read(Image.fromarray(grey)).text for grey, _ in lines],
            [text for _, text in lines],
        )
        for name, lines in tqdm(list(load()), "lines", leave=False)
    }


def load(made: int = MADE) -> Iterator[tuple[str, list[Written]]]:
    """Draw the lines, kind by kind, so many on each paper; always the same ones."""
    material, random = load_material(HELD_OUT), np.random.default_rng(SEED)
    numbers = [each for hand in material.hands["pens"] for each in hand.numbers]
    yield "pen", [(draw_number(strokes, random), text) for text, strokes in numbers]
    for paper in PAPERS:
        yield (
            paper,
            [
                draw_line(material, np.random.default_rng([SEED, i]), paper)
                for i in range(made)
            ],
        )


def score(texts: Sequence[str], labels: Sequence[str]) -> Metrics:
    """Compare what was read with what is written; spaces and line breaks do not count.

    Returns:
        "lines", how many; "exact", the share that is wholly right; "error_rate", the
        signs that are wrong, missing or too many for each one that is written.
    """
    pairs = [
        ("".join(text.split()), "".join(label.split()))
        for text, label in zip(texts, labels, strict=True)
    ]
    signs = sum(len(label) for _, label in pairs)
    return {
        "lines": len(pairs),
        "exact": statistics.fmean(text == label for text, label in pairs),
        "error_rate": sum(edit_distance(*pair) for pair in pairs) / max(1, signs),
    }
