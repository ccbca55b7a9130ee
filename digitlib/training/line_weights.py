"""Fit how much the line network and the digit network count for a sign of a line.

lines of people set aside -> signs, as they are read -> both networks' probabilities
    -> two weights, with which `reader.combine` has the least loss
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image
from scipy.optimize import minimize

from digitlib.reading.line_network import LineNetwork
from digitlib.reading.line_reading import read_signs
from digitlib.reading.predict import NOT_A_DIGIT, Model
from digitlib.reading.preprocess import find_writing
from digitlib.reading.reader import WEIGHTS, combine
from digitlib.training.hands import Material
from digitlib.training.lines import draw_line

LINES = 800
SEED = 7  # other lines than those by which the training is watched

Pair = tuple[np.ndarray, np.ndarray, int]  # both networks' probabilities, and the class


def fit_weights(
    line: LineNetwork, model: Model, material: Material, n: int = LINES
) -> tuple[float, float]:
    """Fit the weights of `reader.combine` on lines that neither network has met.

    Args:
        line: the line network.
        model: the digit network.
        material: whose hands write the lines.
        n: how many lines.

    Returns:
        The weights of the line network and of the digit network.
    """
    pairs = [
        pair
        for i in range(n)
        for pair in _read_line(
            line, model, *draw_line(material, np.random.default_rng([SEED, i]))
        )
    ]

    def loss(weights: np.ndarray) -> float:
        chances = [
            combine(from_line, own, (weights[0], weights[1]))[label]
            for from_line, own, label in pairs
        ]
        return -float(np.mean(np.log(np.maximum(chances, 1e-9))))

    line_weight, own_weight = minimize(loss, WEIGHTS, method="Nelder-Mead").x
    return float(line_weight), float(own_weight)


def _read_line(
    line: LineNetwork, model: Model, grey: np.ndarray, text: str
) -> Iterator[Pair]:
    """Read a line as one, and pair its digits with what is written.

    A line of which signs are missing, or to which some are added, tells nothing: which
    sign is which would be a guess.
    """
    writing = find_writing(Image.fromarray(grey))
    height, width = writing.ink.shape
    signs, _ = read_signs(line, writing, (0, 0, width, height), None)
    if len(signs) != len(text):
        return
    for sign, label in zip(signs, text, strict=True):
        glyph = writing.candidate(sign.segment).glyph
        if sign.may_be_digit and glyph.any():
            (own,) = model.probabilities(glyph[None])
            number = int(label) if label.isdigit() else NOT_A_DIGIT
            yield sign.probabilities, own, number
