"""Choose between guesses at the ink of a picture, and say what was left out.

`background.guess_inks` guesses in several ways what is paper. Each guess is read by the
networks; the reading with the most sure digits wins.
"""

from collections.abc import Sequence
from typing import Protocol

from digitlib.reading.components import MAX_COMPONENTS, LeftOut

CLEAR = 0.9  # confidence from which nothing else is tried
MOSTLY = 0.8  # share of the digits that have it
SEVERAL = 3  # digits: with fewer, nobody can tell that a page is turned
POOR = 0.6  # share of sure digits below which a page may be turned
REJECTED = -1.0  # what a rejected digit counts beside 1 for a sure one
NONE = 0.5  # what a mark that surely is no digit counts beside 1 for a sure one
SMALL_MARK = -0.5  # what a mark too small to read counts in a later guess
WORTH_SAYING = 3  # small marks: fewer may be dust

HASTY = "Reading it took long, so that not every way to read it was tried."
NO_INK = "No ink found: draw or write a digit, dark on light or light on dark."
NO_DIGIT = "There is ink in the picture, but nothing that looks like a digit."
SMALL = "{} more marks are too small to read: take the photo from nearer."
MANY = "Only the {:,} largest marks were read, {:,} more were left out."
AT_EDGE = "What the edge of the picture cuts off was left out."

Size = tuple[int, int]  # width and height in pixels


class Read(Protocol):
    """A digit that was read."""

    @property
    def confidence(self) -> float:
        """The probability of the most probable digit."""

    @property
    def certainty(self) -> float:
        """The probability of what it is taken for: a digit, or none."""

    @property
    def accepted(self) -> bool:
        """Whether it is not rejected."""

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels of the picture."""


def is_clear(digits: Sequence[Read], size: Size) -> bool:
    """Return whether no other guess needs to be tried.

    That is so if most digits are sure, none of them at the edge of the picture.
    """
    sure = sum(each.confidence >= CLEAR and not cuts(each, size) for each in digits)
    return sure > 0 and sure >= MOSTLY * len(digits)


def is_poor(digits: Sequence[Read]) -> bool:
    """Return whether there are several digits, but hardly any is sure."""
    sure = sum(each.confidence >= CLEAR for each in digits)
    return len(digits) >= SEVERAL and sure < POOR * len(digits)


def count_sure(digits: Sequence[Read]) -> float:
    """Count the sure digits, and by half the marks that surely are none.

    It tells which way a page lies: letters that are upside down are taken for digits.
    """
    return sum(
        (1 if each.confidence >= CLEAR else NONE) * (each.certainty >= CLEAR)
        for each in digits
    )


def is_surer(digits: Sequence[Read], others: Sequence[Read]) -> bool:
    """Return whether several sure digits are among marks that are surer than others."""
    sure = sum(each.confidence >= CLEAR for each in digits)
    return sure >= SEVERAL and (
        len(others) < SEVERAL or _mean_certainty(digits) > _mean_certainty(others)
    )


def _mean_certainty(digits: Sequence[Read]) -> float:
    return sum(each.certainty for each in digits) / len(digits)


def gain(digits: Sequence[Read], least: float = 0, small: int = 0) -> float:
    """Return how many more digits are right than wrong, as far as can be expected.

    All guesses but the first are held to `CLEAR`, and are worth less the more they
    leave out: noise is seldom read surely, and falls into many pieces.

    Args:
        digits: what was read.
        least: digits with less confidence count as rejected ones.
        small: the number of marks that were too small to read.
    """
    return small * SMALL_MARK + sum(
        2 * each.confidence - 1
        if each.accepted and each.confidence >= least
        else REJECTED
        for each in digits
    )


def cuts(digit: Read, size: Size) -> bool:
    """Return whether the edge of the picture cuts a digit, or touches it."""
    left, top, right, bottom = digit.box
    return min(left, top) <= 0 or right >= size[0] or bottom >= size[1]


def is_object(digit: Read, digits: Sequence[Read], size: Size) -> bool:
    """Return whether a "digit" is something else that the picture's edge cuts off.

    A desk, a thumb or a shadow is rejected; where there is nothing but that, it stays.
    """
    found = any(each.accepted for each in digits)
    return found and not digit.accepted and cuts(digit, size)


def describe(
    left_out: LeftOut, has_ink: bool, has_digits: bool, has_objects: bool
) -> str:
    """Say what was left out of a reading, in sentences for people; "" for nothing."""
    sentences = []
    if not has_digits:
        sentences.append(NO_DIGIT if has_ink else NO_INK)
    if left_out.many:
        sentences.append(MANY.format(MAX_COMPONENTS, left_out.many))
    if left_out.small >= WORTH_SAYING:
        sentences.append(SMALL.format(left_out.small))
    if has_objects:
        sentences.append(AT_EDGE)
    return " ".join(sentences)


def add(light: str, message: str) -> str:
    """Put what is said of the light before what is said of a reading.

    In such light nobody knows whether there is ink.
    """
    return f"{light} {message.replace(NO_INK, '') if light else message}".strip()
