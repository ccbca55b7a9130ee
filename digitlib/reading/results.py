"""What a picture reads as: a Reading has lines, a line has digits and signs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from digitlib.errors import ImageError
from digitlib.reading.boxes import Box, surround

DECIMALS = 6  # of every probability that is given out
HIGHEST_SHOWN = 0.999  # nobody has measured that a network is right more often


@dataclass(frozen=True)
class Digit:
    """One digit of a picture, with what the network predicted for it.

    Attributes:
        label: "0" to "9", or "?" if the digit is rejected.
        confidence: the probability of the most probable digit.
        probabilities: (10,) float32, of the digits 0 to 9; the remainder to 1 is the
            probability that the ink is not a digit.
        box: left, top, right, bottom in pixels of the upright original, the last two
            exclusive.
        glyph: (28, 28, 1) float32: the input of the network, before any rotation.
    """

    label: str
    confidence: float
    probabilities: np.ndarray
    box: Box
    glyph: np.ndarray

    @classmethod
    def of(
        cls, box: Box, glyph: np.ndarray, probabilities: np.ndarray, threshold: float
    ) -> "Digit":
        """Return the most probable digit, or "?" if it is below the threshold."""
        best = int(probabilities.argmax())
        confidence = float(probabilities[best])
        label = str(best) if confidence >= threshold else "?"
        return cls(label, confidence, probabilities, box, glyph)

    @property
    def certainty(self) -> float:
        """The probability of the most probable digit, or that it is none, if higher."""
        return max(self.confidence, 1 - float(self.probabilities.sum()))

    @property
    def accepted(self) -> bool:
        """Whether the digit is accepted, that is, not rejected."""
        return self.label != "?"

    def to_dict(self) -> dict[str, Any]:
        """Return all but the glyph as plain values that JSON can hold."""
        return {
            "label": self.label,
            "confidence": round(self.confidence, DECIMALS),
            "probabilities": [round(float(p), DECIMALS) for p in self.probabilities],
            "box": list(self.box),
            "accepted": self.accepted,
        }


@dataclass(frozen=True)
class Line:
    """One line of writing.

    Attributes:
        text: what it says: a label for each digit, with the signs and the spaces
            between them, such as "3.14", "16-45" or "12 5?".
        box: left, top, right, bottom in pixels of the upright original, the last two
            exclusive.
        digits: the digits from left to right, without the signs.
        cells: what is in each cell of a form, "" if it is empty; nothing if the digits
            are in no cells. The text has a space for an empty cell between others.
    """

    text: str
    box: Box
    digits: tuple[Digit, ...]
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Everything that was read in a picture.

    Attributes:
        lines: the lines of writing, from top to bottom.
        message: for the user, if there is nothing to show or something was left out,
            else "".
    """

    lines: tuple[Line, ...]
    message: str = ""

    @property
    def text(self) -> str:
        """What all lines say, with a line break between them."""
        return "\n".join(line.text for line in self.lines)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The digits of all lines, line by line and from left to right."""
        return tuple(digit for line in self.lines for digit in line.digits)

    def with_boxes(self, change: Callable[[Box], Box], message: str) -> "Reading":
        """Return the same with other boxes, and with this message."""
        lines = (
            replace(
                line,
                box=change(line.box),
                digits=tuple(
                    replace(digit, box=change(digit.box)) for digit in line.digits
                ),
            )
            for line in self.lines
        )
        return Reading(tuple(lines), message)

    @classmethod
    def of(cls, *digits: Digit) -> "Reading":
        """Return the reading of one line of digits, without signs or spaces."""
        if not digits:
            return cls(())
        text = "".join(digit.label for digit in digits)
        return cls((Line(text, surround(each.box for each in digits), digits),))

    def to_dict(self) -> dict[str, Any]:
        """Return the reading as plain values that JSON can hold."""
        ends = np.cumsum([len(line.digits) for line in self.lines]).tolist()
        return {
            "text": self.text,
            "message": self.message,
            "lines": [
                {
                    "text": line.text,
                    "box": list(line.box),
                    "digits": list(range(end - len(line.digits), end)),
                    "cells": list(line.cells),
                }
                for line, end in zip(self.lines, ends, strict=True)
            ],
            "digits": [digit.to_dict() for digit in self.digits],
        }


@dataclass(frozen=True)
class PageReading:
    """What was read on one page of a file: a reading, or an error.

    Attributes:
        number: of the page, from 1.
        count: the number of pages of the file.
        name: what people call the page, such as "page 2 of scan.pdf".
        reading: what was read; None if the page cannot be read.
        error: why it cannot be read; else None.
    """

    number: int
    count: int
    name: str
    reading: Reading | None = None
    error: ImageError | None = None


def show_confidence(probability: float) -> str:
    """Return the probability of one digit in percent, for people to read.

    Args:
        probability: from 0 to 1; it is rounded first, as in `Digit.to_dict`.

    Returns:
        A text such as "95.3 %". The highest is "over 99.9 %": it is never "100.0 %".
    """
    rounded = round(float(probability), DECIMALS)
    if rounded > HIGHEST_SHOWN:
        return f"over {100 * HIGHEST_SHOWN:.1f} %"
    return f"{100 * rounded:.1f} %"
