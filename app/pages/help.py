"""What a network does well and badly, in the figures that were measured."""

from dataclasses import dataclass
from typing import Any

WELL = 0.97  # of what it was given: from here on it does that well
WORST = 3  # so many of the ways to spoil a picture are named

# What the keys of models/metrics.json say, for people.
MEASURED = {
    "test_accuracy": "Digits of MNIST's test set",
    "as_pictures.accuracy": "The same digits as pictures, anywhere on a page",
    "pictures.drawn.accuracy": "Drawings by mouse and stylus",
    "pictures.photos.accuracy": "Photos of other people's digits",
    "pictures.photo_crops.accuracy": "Small pieces of photos",
    "pictures.small.accuracy": "Pictures of 28 or 32 pixels",
    "pictures.multi_digit.accuracy": "Several digits, the whole number right",
    "not_digits.letters_A_J.rejected_as_pictures": 'Letters, to be answered with "?"',
    "robustness_mean": "Digits spoiled in fifteen ways, such as noise or fog",
}


EMPTY = ("empty_papers.all.found", "Empty paper, on which nothing is found")
COUNTS = ("pictures", "papers", "images")  # beside a figure: of how many it is


@dataclass(frozen=True)
class Row:
    """One thing that was measured.

    Attributes:
        what: it was given, in words.
        share: of it that it read right, from 0 to 1.
        number: how many it was given; None where the figures do not say.
    """

    what: str
    share: float
    number: int | None = None


def rows(figures: dict[str, Any]) -> tuple[list[Row], list[Row]]:
    """What a network was measured at, best first, parted by how well it does.

    Args:
        figures: what `models/metrics.json` says of it; what is missing is left out.

    Returns:
        What it does well, and what it does less well.
    """
    found = [_look_up(figures, key, what) for key, what in MEASURED.items()]
    empty = _look_up(figures, *EMPTY)
    if empty:
        found.append(Row(empty.what, 1 - empty.share, empty.number))
    measured = [*filter(None, found), *_worst(figures.get("robustness", {}))]
    measured.sort(key=lambda row: -row.share)
    well = [row for row in measured if row.share >= WELL]
    return well, measured[len(well) :]


def _worst(robustness: dict[str, float]) -> list[Row]:
    hardest = sorted(robustness, key=lambda name: robustness[name])[:WORST]
    return [
        Row(f"Digits spoiled by {name.replace('_', ' ')}", robustness[name])
        for name in hardest
    ]


def _look_up(figures: dict[str, Any], key: str, what: str) -> Row | None:
    """A figure by its dotted key, as the model card names it."""
    *path, last = key.split(".")
    for part in path:
        figures = figures.get(part, {})
    if last not in figures:
        return None
    numbers = (figures[name] for name in COUNTS if name in figures and path)
    return Row(what, figures[last], next(numbers, None))
