"""Check the answers to the exercises of lesson 2."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from digitlib.exercises.verdict import say, try_out
from digitlib.reading import Model, Reading

WHITE = 255
STEP = 10  # degrees between two angles


def check_drawing(reading: Reading, wanted: str) -> None:
    """Check that a drawing is read as the digit that it should be."""
    say(reading.text == wanted, f"The network reads {reading.text or 'nothing'}.")


def check_turn(angle: int | None, picture: Image.Image, model: Model) -> None:
    """Check the first angle, in steps of ten degrees, at which a 7 is not read.

    Args:
        angle: the answer, in degrees to the left.
        picture: the 7, dark on white.
        model: the network that reads.
    """
    if not isinstance(angle, int) or angle % STEP or not 0 < angle < 360:
        return say(False, "Write one of the angles 10, 20, 30 and so on, up to 350.")

    def is_read(turn: int) -> bool:
        turned = picture.rotate(turn, expand=True, fillcolor=WHITE)
        return model.read(turned).text == "7"

    if is_read(angle):
        return say(False, "Turned by this angle it is still read as a 7.")
    smaller = range(STEP, angle, STEP)
    say(all(map(is_read, smaller)), "A smaller angle is enough.")


def check_thinner(thinner: Callable[[np.ndarray], np.ndarray] | None) -> None:
    """Check a function that takes one layer of pixels off the ink.

    A pixel stays ink if it and its four neighbours are ink. Beyond the edge is paper.
    """
    random = np.random.default_rng(0)
    cases = [(random.random(shape) < 0.8,) for shape in [(3, 3), (6, 9), (20, 14)]]
    wrong = try_out(thinner, _thinner, [(np.ones((3, 3), bool),), *cases])
    say(not wrong, wrong)


def _thinner(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 1)
    vertical = padded[:-2, 1:-1] & padded[2:, 1:-1]
    return mask & vertical & padded[1:-1, :-2] & padded[1:-1, 2:]
