"""Read the files of UNIPEN's first distribution, train_r01_v07: pen strokes as text.

A file below `data/` names, in lines `.SEGMENT`, which components make up a character or
a word, and includes the files below `include/` that hold the points. A component is
what was recorded from one pen-down to the next pen-up, or from a pen-up to the next
pen-down; a `.PEN_UP` without points is none and is not counted.

Source: I. Guyon, L. Schomaker, R. Plamondon, M. Liberman, S. Janet, "UNIPEN project of
on-line data exchange and recognizer benchmarks" (ICPR 1994).
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

Arrays = dict[str, np.ndarray]

# The name of a set, and the folders of `data/` in which its items are.
SETS = {
    "digits": ("1a",),
    "strings": ("7", "8"),
    "capitals": ("1b",),
    "small_letters": ("1c",),
    "signs": ("1d",),
}
NUMBER = re.compile("[0-9]{2,}")  # a label in `strings`
# Providers with digits that are cut in the wrong place or have another one's label.
POOR_DIGITS = ("ibm", "tos", "cea", "ceb")
LAST = ("hpp", "pri", "sta")  # their items come last, as in what we check against
Y_DOWN = np.array([1, -1], np.float32)  # UNIPEN's y points up
MIN_WIDTH = 0.35  # of a number, for each digit, as a share of its height

_SEGMENT = re.compile(r'^\.SEGMENT[ \t]+\S+[ \t]+(\S+)[ \t]+\S+[ \t]+"(.*)"\s*$', re.M)
_INCLUDE = re.compile(r"^\.INCLUDE[ \t]+(\S+).*$", re.M)
_WRITER = re.compile(r"^\.WRITER_ID[ \t]+(\S+)", re.M)


class Item(NamedTuple):
    """One sign or number: its label, its writer, and strokes of (n, 2) float32."""

    label: str
    writer: str
    strokes: list[np.ndarray]


def read_sets(folder: Path, writers: dict[str, list[str]]) -> dict[str, Arrays]:
    """Read what the named writers wrote.

    Args:
        folder: with `data/` and `include/`.
        writers: for each of `SETS`, those to keep, as `alias` calls them.

    Returns:
        For each of `SETS`, its arrays as `digitlib.training.people.Pens` has them.
    """
    return {name: pack(_read_set(folder, name, set(writers[name]))) for name in SETS}


def alias(writer: str) -> str:
    """Call a writer by provider and a checksum of the name.

    So the list of those whom we keep, which lies in our repository, holds no names.

    Example:
        >>> alias("gmd/alek")
        'gmd/1d410501ff72'
    """
    provider, _, name = writer.partition("/")
    return f"{provider}/{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def is_needed(path: str, providers: Collection[str]) -> bool:
    """Tell whether a file of the distribution has, or may have, items of providers."""
    top, *folders = path.split("/")
    if top == "include":
        return folders[0] in providers
    categories = [category for each in SETS.values() for category in each]
    return top == "data" and folders[0] in categories and folders[1] in providers


def pack(items: list[Item]) -> Arrays:
    """Pack items into a few arrays, which are quick to load."""
    strokes = [stroke for item in items for stroke in item.strokes]
    return {
        "points": np.concatenate([np.empty((0, 2), np.float32), *strokes]),
        "stroke_ends": np.cumsum([0, *map(len, strokes)], dtype=np.int64),
        "item_ends": np.cumsum(
            [0, *(len(item.strokes) for item in items)], dtype=np.int64
        ),
        "labels": np.array([item.label for item in items], dtype=str),
        "writers": np.array([item.writer for item in items], dtype=str),
    }


def _read_set(folder: Path, name: str, writers: Collection[str]) -> list[Item]:
    files = [
        path
        for category in SETS[name]
        for path in sorted(
            (folder / "data" / category).rglob("*.dat"), key=Path.as_posix
        )
    ]
    files.sort(key=lambda path: _provider(folder, path) in LAST)
    return [item for path in files for item in _read_file(folder, path, name, writers)]


def _provider(folder: Path, path: Path) -> str:
    return path.relative_to(folder / "data").parts[1]


def _read_file(
    folder: Path, path: Path, name: str, writers: Collection[str]
) -> Iterator[Item]:
    """Read the items of one file, all of which one person wrote."""
    segments = _SEGMENT.findall(path.read_text("latin-1"))
    if name == "strings":
        segments = [each for each in segments if NUMBER.fullmatch(each[1])]
    provider = _provider(folder, path)
    if not segments or (name == "digits" and provider in POOR_DIGITS):
        return
    text = _read_with_includes(folder, path)
    writer = f"{provider}/{(_WRITER.findall(text) or [''])[-1]}"
    if alias(writer) not in writers:
        return
    components = _find_components(text)
    for place, label in segments:
        item = Item(label, writer, list(_take(components, place)))
        if item.strokes and (name != "strings" or _is_one_line(item)):
            yield item


def _read_with_includes(folder: Path, path: Path) -> str:
    """Read a file with all that it includes, each in its place."""

    def read(match: re.Match) -> str:
        included = folder / "include" / match[1]
        return _read_with_includes(folder, included) if included.is_file() else ""

    return _INCLUDE.sub(read, path.read_text("latin-1"))


def _find_components(text: str) -> list[tuple[bool, str]]:
    """Find the components: whether the pen was down, and the lines of their points."""
    parts = (part.partition("\n") for part in text.split("\n."))
    return [
        (keyword.startswith("PEN_DOWN"), lines)
        for keyword, _, lines in parts
        if keyword.startswith(("PEN_DOWN", "PEN_UP")) and lines.strip()
    ]


def _take(components: list[tuple[bool, str]], place: str) -> Iterator[np.ndarray]:
    """Take the strokes at a place such as "3", "3-5", "3:10-5:2" or several of them.

    Numbers are of components, those behind a colon of points; both ends belong to it.
    """
    for piece in place.split(","):
        first, _, last = piece.partition("-")
        start, _, from_point = first.partition(":")
        end, _, to_point = (last or first).partition(":")
        for i in range(int(start), min(int(end) + 1, len(components))):
            is_down, lines = components[i]
            after = int(to_point) + 1 if to_point and i == int(end) else None
            before = int(from_point) if from_point and i == int(start) else 0
            points = [line.split()[:2] for line in lines.splitlines() if line.strip()]
            if is_down and points[before:after]:
                yield np.array(points[before:after], np.float32) * Y_DOWN


def _is_one_line(item: Item) -> bool:
    """Tell a number from one whose digits stand above each other or are missing."""
    points = np.concatenate(item.strokes)
    width, height = points.max(axis=0) - points.min(axis=0)
    return bool(width >= MIN_WIDTH * len(item.label) * height)
