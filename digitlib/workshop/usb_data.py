"""Finds the data that a USB stick takes along: MNIST, and digits by known people.

    MNIST, downloaded if need be ------------------+
    the sets of people that are on this machine ---+-> the stick's digitlib/data/
    the data card, which has their licences -------+

The copy that is installed from the stick finds all of it in its own `data/`. The sets
of people are not downloaded for a stick, as that is much: `digitlib data --people` does
so. What is missing is said.
"""

from importlib.util import find_spec
from pathlib import Path

from digitlib.errors import DataError
from digitlib.training import data
from digitlib.training.archives import PEOPLE
from digitlib.training.sources import find_sets
from digitlib.workshop import checks

CARD = "DATA.md"  # beside the sets, whose licences ask that it comes with each copy
TAKEN = "The stick has {}."
MISSING = (
    "The stick has {} but lacks {}: connect to the internet, run `digitlib data"
    " --people`, then use the same command again."
)


def find_mnist() -> dict[str, Path]:
    """Find MNIST's files by their names on the stick; download them if need be.

    Raises:
        DataError: they cannot be had; the message says what to do.
    """
    try:
        found = checks.find_mnist()
    except DataError:
        if find_spec("pooch") is None:  # which downloads
            raise
        data.load_mnist()
        found = checks.find_mnist()
    return {path.name: path for path in found.values()}


def find_people(card: Path) -> tuple[dict[str, Path], str]:
    """Find the sets of people's digits that are on this machine.

    Args:
        card: the data card, which goes with them.

    Returns:
        The files by their names on the stick, and a sentence that says which sets the
        stick then has, and how to get those that it lacks.

    Raises:
        DataError: a file is damaged; the message says what to do.
    """
    files: dict[str, Path] = {}
    taken, missing = ["MNIST"], list[str]()
    for source in PEOPLE:
        sets = find_sets(source)
        files |= {f"{name}.npz": path for name, path in sets.items()}
        (taken if sets else missing).append(source.title.replace("The ", "the ", 1))
    if files:
        files[CARD] = card
    said = MISSING if missing else TAKEN
    return files, said.format(_join(taken), _join(missing))


def _join(titles: list[str]) -> str:
    """Write a list as a sentence has it.

    Example:
        >>> _join(["MNIST", "the Swiss digits", "UNIPEN's pen strokes"])
        "MNIST, the Swiss digits and UNIPEN's pen strokes"
    """
    *first, last = titles or [""]
    return f"{', '.join(first)} and {last}" if first else last
