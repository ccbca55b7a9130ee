"""Test-time augmentation of a line: other shapes of it where the network is unsure.

Each shape gives a text with a confidence. The text that all shapes together hold the
most probable wins.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from digitlib.reading import ctc
from digitlib.reading.line_network import LineNetwork
from digitlib.reading.strips import HEIGHT, pad

SURE = 0.95  # probability of every sign from which the first reading stands alone
WIDER = 1.15  # ratio by which a strip is stretched
ROWS = 2  # of paper that are added above and below a strip, or cut off


@dataclass(frozen=True)
class LineReading:
    """What is written on a strip.

    Attributes:
        text: over `ctc.ALPHABET`.
        probabilities: (n, `ctc.CLASSES`) float32: of each sign, where it is surest.
        places: (n, 3) float in [0, 1]: the start, the end and the surest place of each
            sign, as shares of the strip's width.
    """

    text: str
    probabilities: np.ndarray
    places: np.ndarray

    @property
    def confidences(self) -> np.ndarray:
        """The probability of each sign, (n,) float32."""
        return self.probabilities[np.arange(len(self.text)), ctc.encode(self.text)]


def read_strip(
    network: LineNetwork, strip: np.ndarray, *, is_number: bool = True
) -> LineReading:
    """Read a strip, in other shapes too if a sign is less probable than `SURE`.

    Args:
        network: the line network.
        strip: (40, width) float32, as `strips.to_strip` makes it.
        is_number: whether letters are as rare as in numbers; see `ctc.as_met`.

    Returns:
        The reading, with the probabilities of all shapes that agree with it averaged by
        their geometric mean.
    """
    first = _read(network, strip, is_number)
    if first.confidences.min(initial=1) >= SURE:
        return first
    others = [_read(network, each, is_number) for each in _other_shapes(strip)]
    readings = [first, *others]
    chances: dict[str, float] = defaultdict(float)
    for reading in readings:
        chances[reading.text] += float(reading.confidences.prod())
    text = max(chances, key=chances.__getitem__)
    agreeing = [reading for reading in readings if reading.text == text]
    logs = np.mean([np.log(each.probabilities + 1e-9) for each in agreeing], axis=0)
    places = np.mean([each.places for each in agreeing], axis=0)
    return LineReading(text, ctc.softmax(logs).astype(np.float32), places)


def _read(network: LineNetwork, strip: np.ndarray, is_number: bool) -> LineReading:
    logits = network(pad([strip]))[0]
    if is_number:
        logits = ctc.as_met(logits)
    decoded = ctc.decode(logits)
    probabilities = ctc.softmax(logits[decoded.peaks])
    columns = np.column_stack([decoded.columns, decoded.peaks + 0.5])
    return LineReading(decoded.text, probabilities, columns / len(logits))


def _other_shapes(strip: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the strip wider, with more paper above and below, and with less."""
    height, width = strip.shape
    yield cv2.resize(strip, (round(WIDER * width), HEIGHT))
    size = max(1, round(width * height / (height + 2 * ROWS))), HEIGHT
    lower = np.pad(strip, ((ROWS, ROWS), (0, 0)))
    yield cv2.resize(lower, size, interpolation=cv2.INTER_AREA)
    yield cv2.resize(
        strip[ROWS:-ROWS], (round(width * height / (height - 2 * ROWS)), HEIGHT)
    )
