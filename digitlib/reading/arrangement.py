"""How a reading is laid out: how large its text is, and whether its digits fold.

    Reading.to_dict -> arrange -> the web app's templates, the dashboard's panel

`app/static/result.js` does the same with what the API answers; a test compares them.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

MOST_LISTED = 12  # digits: more of them are folded behind a sentence
COLUMNS = (3, 6, 12, 24, 36, 48)  # a text has one of these sizes: see the style sheets
LINE = 2  # columns: as much room as each line takes in height


@dataclass(frozen=True)
class Arrangement:
    """How a reading is laid out.

    Attributes:
        columns: how many characters must fit side by side, one of `COLUMNS`; a text
            that needs more has the size of the last.
        summary: a sentence to fold the digits behind; "" if they are few.
        order: of each digit to be listed, its index in the reading and its place in
            words, such as "line 3, digit 5". Folded, the digits in doubt come first,
            then the others, the least sure first; few stay as they are, without places.
        hint: says that to people, of folded digits.
    """

    columns: int
    summary: str
    order: tuple[tuple[int, str], ...]
    hint: ClassVar[str] = (
        "Digits in doubt come first, then those that the network is least sure of."
    )

    @property
    def may_scroll(self) -> bool:
        """Whether the text is so wide that a narrow screen may have to scroll it."""
        return self.columns > COLUMNS[2]


def arrange(result: dict[str, Any]) -> Arrangement:
    """Return how a reading is laid out.

    Args:
        result: as `Reading.to_dict` returns it; an error's has no digits.
    """
    lines = result.get("text", "").split("\n")
    needed = max(*map(len, lines), LINE * len(lines))
    columns = next((size for size in COLUMNS if size >= needed), COLUMNS[-1])
    digits = result.get("digits", [])
    if len(digits) <= MOST_LISTED:
        return Arrangement(columns, "", tuple((i, "") for i in range(len(digits))))

    def rank(each: tuple[int, str]) -> float:
        digit = digits[each[0]]
        return 1 + digit["confidence"] if digit["accepted"] else 0

    order = sorted(_places(result["lines"]), key=rank)
    return Arrangement(columns, _summarise(digits), tuple(order))


def _summarise(digits: list[dict[str, Any]]) -> str:
    sure = sum(digit["accepted"] for digit in digits)
    if sure in (0, len(digits)):
        return f"{len(digits)} digits, {'none' if sure else 'all'} in doubt"
    return f"{len(digits)} digits: {sure} sure, {len(digits) - sure} in doubt"


def _places(lines: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Return each digit's index and its place in words, in the order of reading."""
    return [
        (i, f"line {row}, digit {n}" if len(lines) > 1 else f"digit {n}")
        for row, line in enumerate(lines, 1)
        for n, i in enumerate(line["digits"], 1)
    ]
