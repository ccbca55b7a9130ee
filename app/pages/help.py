"""What a network does well and less well, according to its measured figures.

models/metrics.json -> rows -> the tables of help.html
"""

from dataclasses import dataclass
from typing import Any

GOOD_ACCURACY = 0.97  # a network does well on what it reads at least this accurately
WORST_CORRUPTIONS = 3  # how many of the corruptions it handles worst are listed

# The keys of models/metrics.json, and what they mean in plain words.
MEASURED = {
    "test_accuracy": "Digits of MNIST's test set",
    "as_pictures.accuracy": "The same digits as pictures, anywhere on a page",
    "pictures.drawn.accuracy": "Drawings by mouse and stylus",
    "pictures.photos.accuracy": "Photos of other people's digits",
    "pictures.photo_crops.accuracy": "Small pieces of photos",
    "pictures.small.accuracy": "Pictures of 28 or 32 pixels",
    "pictures.multi_digit.accuracy": "Numbers of several digits, all digits right",
    "people.swiss.accuracy": "Scans by Swiss people from whom it has not learnt",
    "people.pens.usual.accuracy": "Digits by pen of people from whom it has not learnt",
    "people.not_digits.letters.as_pictures.rejected": (
        'Handwritten letters, to be rejected with "?"'
    ),
    "not_digits.letters_A_J.rejected_as_pictures": (
        'Printed letters, to be rejected with "?"'
    ),
    "robustness_mean": "Digits under fifteen corruptions, such as noise or fog",
}


EMPTY = ("empty_papers.all.found", "Empty paper, on which it must find nothing")
COUNTS = ("pictures", "papers", "images", "n")  # keys that say how many were measured


@dataclass(frozen=True)
class Row:
    """One measured accuracy.

    Attributes:
        what: the kind of picture, in words.
        share: the share that was read correctly, from 0 to 1.
        number: how many pictures were read; None if the figures do not say.
    """

    what: str
    share: float
    number: int | None = None


def rows(figures: dict[str, Any]) -> tuple[list[Row], list[Row]]:
    """Sort the measured accuracies of a network, best first, and split them in two.

    Args:
        figures: the network's entry in `models/metrics.json`; missing keys are skipped.

    Returns:
        What the network does well, and what it does less well.
    """
    found = [_look_up(figures, key, what) for key, what in MEASURED.items()]
    empty = _look_up(figures, *EMPTY)
    if empty:
        found.append(Row(empty.what, 1 - empty.share, empty.number))
    measured = [*filter(None, found), *_worst(figures.get("robustness", {}))]
    measured.sort(key=lambda row: -row.share)
    well = [row for row in measured if row.share >= GOOD_ACCURACY]
    return well, measured[len(well) :]


def _worst(robustness: dict[str, float]) -> list[Row]:
    hardest = sorted(robustness, key=lambda name: robustness[name])[:WORST_CORRUPTIONS]
    return [
        Row(f"Digits under {name.replace('_', ' ')}", robustness[name])
        for name in hardest
    ]


def _look_up(figures: dict[str, Any], key: str, what: str) -> Row | None:
    """Find a figure by its dotted key, which is its name on the model card."""
    *path, last = key.split(".")
    for part in path:
        figures = figures.get(part, {})
    if last not in figures:
        return None
    numbers = (figures[name] for name in COUNTS if name in figures and path)
    return Row(what, figures[last], next(numbers, None))
