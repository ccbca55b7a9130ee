"""Measure how many pictures of each kind are read right as a whole.

    python -m benchmarks.kinds [FOLDER] [--each 30] [--kinds lamp desk ...]
                               [--show] [--doubt]

The kinds are those of `evaluation.scenes`, made up of test digits that the network
reads right by themselves, so that what is measured is the way from the picture to the
digits. In the folder, `wild/` and `cases/` have pictures that people took, each kind
with a labels.csv, in which "(none)" means that nothing may be read. They say whether
what is made up is like life, and are never for training.

A picture that leaves doubt is read in several ways. `--doubt` measures what that costs:
each picture's time, in the time of its first way alone.
"""

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from digitlib.evaluation.scenes import KINDS, LARGE, Scene, make_hand
from digitlib.reading import load_model
from digitlib.reading.predict import Model

UNLABELLED = "(table)"
NOTHING = "(none)"
MOST = 3  # times of its first way that a picture in doubt may take


def main(arguments: list[str] | None = None) -> None:
    """Print a row for each kind: right, of how many, milliseconds of a picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kinds")
    parser.add_argument("folder", nargs="?", type=Path, help="holds wild/ and cases/")
    parser.add_argument("--each", type=int, default=30, help="pictures of each kind")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--show", action="store_true", help="show what is read wrong")
    parser.add_argument("--doubt", action="store_true", help="measure what it costs")
    options = parser.parse_args(arguments)
    model = load_model()
    costs: list[float] | None = [] if options.doubt else None
    for kind in options.kinds:
        n = max(1, options.each // LARGE.get(kind, 1))
        hand = make_hand(model, seed=0)
        scenes = ((str(i), KINDS[kind](hand)) for i in range(n))
        measure(model, kind, scenes, options.show, costs)
    for path in sorted(options.folder.glob("*/*/labels.csv")) if options.folder else []:
        name = f"{path.parts[-3]}/{path.parts[-2]}"
        measure(model, name, load_pictures(path), options.show, costs)
    if costs:
        print(f"\nthe whole time, in times of the first way: {describe(costs)}")


def measure(
    model: Model,
    kind: str,
    scenes: Iterable[tuple[str, Scene]],
    show: bool = False,
    costs: list[float] | None = None,
) -> tuple[int, int]:
    """Read pictures and print a row.

    Args:
        model: reads them.
        kind: their kind, for the row.
        scenes: the pictures, with their names.
        show: whether to list those that are read wrong.
        costs: what doubt costs is added here for each picture; None to save the time.

    Returns:
        How many were read right as a whole, and how many there are.
    """
    right, wrong, seconds, own = 0, [], 0.0, []
    for name, scene in scenes:
        text, taken = timed(lambda file=scene.file: model.read(file).text)
        seconds += taken
        if costs is not None:
            first = timed(lambda file=scene.file: model.read(file, lambda: False))[1]
            own.append(taken / first)
        if is_right(text, scene.text):
            right += 1
        else:
            wrong.append(f"    {name}: {scene.text} read as {text!r}")
    n = right + len(wrong)
    if n:
        milliseconds = 1000 * seconds / n
        cost = f"   doubt: {describe(own)}" if own else ""
        print(f"{kind:60} {right:4} of {n:4} {milliseconds:6.0f} ms{cost}", flush=True)
    if costs is not None:
        costs += own
    for line in wrong if show else ():
        print(line)
    return right, n


def timed(read: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a function returns, and the seconds of this process that it takes."""
    start = time.process_time()
    result = read()
    return result, time.process_time() - start


def describe(costs: list[float]) -> str:
    """Describe ratios of times: their median, their greatest, and how many exceed 3."""
    many = sum(cost > MOST for cost in costs)
    middle, most = statistics.median(costs), max(costs)
    return f"median {middle:.1f}, most {most:.1f}, above {MOST} {many} of {len(costs)}"


def is_right(text: str, label: str) -> bool:
    """Return whether a whole text is right, line breaks and spaces left out.

    Where nothing is, "?" is right, too.
    """
    read = "".join(text.split())
    return not read.strip("?") if label == NOTHING else read == "".join(label.split())


def load_pictures(labels: Path) -> Iterator[tuple[str, Scene]]:
    """Yield the pictures that a labels.csv lists, with their names."""
    for row in csv.DictReader(labels.read_text("utf-8").splitlines()):
        if row["label"] != UNLABELLED:
            content = (labels.parent / row["file"]).read_bytes()
            yield row["file"], Scene(content, row["label"])


if __name__ == "__main__":
    sys.exit(main())
