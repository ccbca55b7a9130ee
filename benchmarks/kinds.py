"""Measure how many pictures of each kind are read right as a whole.

    python -m benchmarks.kinds [FOLDER] [--each 30] [--kinds lamp desk ...] [--show]

The kinds are those of `evaluation.scenes`, made up of test digits that the network
reads right by themselves, so that what is measured is the way from the picture to the
digits. In the folder, `wild/` and `cases/` have pictures that people took, each kind
with a labels.csv, in which "(none)" means that nothing may be read. They say whether
what is made up is like life, and are never for training.
"""

import argparse
import csv
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from digitlib.evaluation.scenes import KINDS, LARGE, Scene, make_hand
from digitlib.reading import load_model
from digitlib.reading.predict import Model

UNLABELLED = "(table)"
NOTHING = "(none)"


def main(arguments: list[str] | None = None) -> None:
    """Print a row for each kind: right, of how many, milliseconds of a picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kinds")
    parser.add_argument("folder", nargs="?", type=Path, help="holds wild/ and cases/")
    parser.add_argument("--each", type=int, default=30, help="pictures of each kind")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--show", action="store_true", help="show what is read wrong")
    options = parser.parse_args(arguments)
    model = load_model()
    for kind in options.kinds:
        n = max(1, options.each // LARGE.get(kind, 1))
        hand = make_hand(model, seed=0)
        scenes = ((str(i), KINDS[kind](hand)) for i in range(n))
        measure(model, kind, scenes, options.show)
    for path in sorted(options.folder.glob("*/*/labels.csv")) if options.folder else []:
        name = f"{path.parts[-3]}/{path.parts[-2]}"
        measure(model, name, load_pictures(path), options.show)


def measure(
    model: Model, kind: str, scenes: Iterable[tuple[str, Scene]], show: bool = False
) -> tuple[int, int]:
    """Read pictures and print a row.

    Returns:
        How many were read right as a whole, and how many there are.
    """
    right, wrong, seconds = 0, [], 0.0
    for name, scene in scenes:
        start = time.process_time()
        text = model.read(scene.file).text
        seconds += time.process_time() - start
        if is_right(text, scene.text):
            right += 1
        else:
            wrong.append(f"    {name}: {scene.text} read as {text!r}")
    n = right + len(wrong)
    if n:
        milliseconds = 1000 * seconds / n
        print(f"{kind:60} {right:4} of {n:4} {milliseconds:6.0f} ms", flush=True)
    for line in wrong if show else ():
        print(line)
    return right, n


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
