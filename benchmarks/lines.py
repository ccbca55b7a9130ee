"""Measure how many whole numbers the line network reads, picture by picture.

    python -m benchmarks.lines FOLDER [--network PATH] [--show]

The folder is that of the data: `cheques/` has amounts cut from cheques, `wild/` and
`cases/` have pictures that people took, each folder with a labels.csv. Beside these are
read: numbers by pen, and lines made up on each paper, both of people who are not
trained on. These pictures are for looking and measuring, never for training.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from digitlib.reading import ctc, manifest
from digitlib.reading.background import find_ink
from digitlib.reading.line_network import (
    LineNetwork,
    load_line,
    read_network,
    read_strips,
)
from digitlib.reading.picture import open_picture
from digitlib.reading.strips import to_strip

KINDS = (  # folders with one line in each picture
    "cheques",
    "wild/multi_digit",
    "cases/exam_and_bank_forms_cells_with_rules",
    "cases/sums_and_differences_signs_between_digits",
)
CUT = "wild/multi_digit"  # photos of a whole sheet, which are cut to the writing first
GREY = cv2.COLOR_RGB2GRAY
MADE = 100  # lines on each paper
MARGIN = 0.15  # share of the height of the writing, around it

Pair = tuple[np.ndarray, str]  # a strip, and what is written
Named = list[tuple[str, Pair]]  # with the name of the file
Simplify = Callable[[str], str]


def digits_alone(text: str) -> str:
    """Leave out all signs: labels of cheques are the digits alone."""
    return "".join(character for character in text if character.isdigit())


def signs_alike(text: str) -> str:
    """Make all signs "?", as the labels of the cases do."""
    return "".join(each if each.isdigit() else ctc.OTHER for each in text)


def as_it_is(text: str) -> str:
    """Compare all that is written."""
    return text


def load_pictures(folder: Path, cut: bool = False) -> Iterator[tuple[str, Pair]]:
    """Load the pictures of a folder with a labels.csv, each as one line.

    Args:
        folder: with the pictures and the labels.csv.
        cut: whether to cut each to the box of its ink first.

    Returns:
        The names of the files, the strips and the labels.
    """
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pixels = open_picture(folder / row["file"]).pixels
            grey = cv2.cvtColor(cut_to_ink(pixels) if cut else pixels, GREY)
            yield row["file"], (to_strip(grey), row["label"])


def cut_to_ink(pixels: np.ndarray) -> np.ndarray:
    """Cut a picture to the box of all its ink, with a margin."""
    ink = find_ink(pixels) > 0.5
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return pixels
    margin = round(MARGIN * (rows[-1] - rows[0] + 1))
    left, top = (max(0, each[0] - margin) for each in (columns, rows))
    return pixels[top : rows[-1] + margin + 1, left : columns[-1] + margin + 1]


def load_made() -> Iterator[tuple[str, list[Pair]]]:
    """Load numbers by pen, and make lines on each paper, by people set aside."""
    from digitlib.training.hands import load_material
    from digitlib.training.line_papers import PAPERS
    from digitlib.training.line_training import real_numbers
    from digitlib.training.lines import make_line

    material = load_material(1)
    numbers = real_numbers(material, np.random.default_rng(0))
    yield "numbers by pen", [(line.strip, line.text) for line in numbers]
    for paper in PAPERS:
        lines = (
            make_line(material, np.random.default_rng([1, i]), paper)
            for i in range(MADE)
        )
        yield f"made: {paper}", [(line.strip, line.text) for line in lines]


def measure(
    network: LineNetwork, pairs: list[Pair], simplify: Simplify
) -> tuple[float, float, list[str]]:
    """Read lines.

    Returns:
        The share of whole numbers that are right, the errors for each sign, and what
        was read.
    """
    texts = [each.text for each in read_strips(network, [strip for strip, _ in pairs])]
    labels = [simplify(label) for _, label in pairs]
    said = [simplify(text) for text in texts]
    right = sum(a == b for a, b in zip(said, labels, strict=True))
    errors = sum(map(ctc.edit_distance, said, labels))
    signs = sum(map(len, labels))
    return right / max(len(pairs), 1), errors / max(signs, 1), texts


def main(arguments: list[str] | None = None) -> None:
    """Measure all kinds, and print a row for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lines")
    parser.add_argument("folder", type=Path, help="of the data, with cheques/ in it")
    parser.add_argument("--network", type=Path, help="a .tflite; default: the shipped")
    parser.add_argument("--show", action="store_true", help="print what was misread")
    parser.add_argument("--quick", action="store_true", help="only the pictures")
    options = parser.parse_args(arguments)
    network = (
        read_network(options.network) if options.network else load_line(manifest.MODELS)
    )
    print(f"{'':50} {'n':>5} {'right':>7} {'errors a sign':>14}")
    report = partial(_report, network, show=options.show)
    for kind in KINDS:
        if not (options.folder / kind / "labels.csv").is_file():
            print(f"{kind:50} not here")
            continue
        named = list(load_pictures(options.folder / kind, kind == CUT))
        simplify = signs_alike if kind.startswith("cases") else digits_alone
        report(kind, named, simplify)
    if not options.quick:
        for kind, pairs in load_made():
            report(kind, [("", pair) for pair in pairs], as_it_is)


def _report(
    network: LineNetwork, kind: str, named: Named, simplify: Simplify, *, show: bool
) -> None:
    pairs = [pair for _, pair in named]
    right, errors, texts = measure(network, pairs, simplify)
    print(f"{kind:50} {len(pairs):5} {right:7.1%} {errors:14.3f}", flush=True)
    if show:
        for (name, (_, label)), text in zip(named, texts, strict=True):
            if simplify(text) != simplify(label):
                print(f"    {label} read {text}  {name}")


if __name__ == "__main__":
    sys.exit(main())
