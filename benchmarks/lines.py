"""Measure how many whole numbers are read, beside two public programs.

    python -m benchmarks.lines FOLDER [--network PATH] [--show] [--quick]

The folder is that of the data: `cheques/` has amounts cut from cheques, `wild/` and
`cases/` have pictures that people took, each folder with a labels.csv. Beside these are
read the lines of `evaluation.lines`. These pictures are for looking and measuring,
never for training. Every picture is read by all programs in the same run:

- digitlib, as visitors use it, and its line network alone, given the whole picture;
- RapidOCR (`pip install rapidocr onnxruntime`), its recogniser alone, and, where there
  may be more than one line, with its detector too, which takes long;
- Tesseract (`apt-get install tesseract-ocr`), told to read one line.

A program that is not installed is said to be absent. The figures are written to
`models/lines.json`.
"""

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from digitlib.evaluation import lines
from digitlib.reading import load_model, manifest
from digitlib.reading.ctc import OTHER
from digitlib.reading.line_network import load_line, read_network, read_strips
from digitlib.reading.picture import encode, open_picture
from digitlib.reading.strips import to_strip

KINDS = (
    "cheques",
    "wild/multi_digit",
    "cases/numbers_drawn_on_a_screen",
    "cases/numbers_photo_of_paper_even_light",
    "cases/exam_and_bank_forms_cells_with_rules",
    "cases/sums_and_differences_signs_between_digits",
    "cases/two_rows_of_digits_close_together",
)

MADE = 25  # lines on each paper, a quarter of what `digitlib evaluate` reads
WHOLE = "wild/", "cases/"  # whole pictures, with one line or more
DETECTOR = "RapidOCR"

Read = Callable[[Image.Image], str]
Pair = tuple[Image.Image, str]  # a picture, and what is written in it
Simplify = Callable[[str], str]


def digits_alone(text: str) -> str:
    """Leave out all signs: labels of cheques are the digits alone."""
    return "".join(each for each in text if each.isdigit() and each.isascii())


def signs_alike(text: str) -> str:
    """Make all signs "?", as the labels of the cases do."""
    return "".join(each if each.isdigit() else OTHER for each in text if each.strip())


def as_it_is(text: str) -> str:
    """Compare all that is written."""
    return text


def load_pictures(folder: Path) -> Iterator[Pair]:
    """Load the pictures of a folder with a labels.csv, upright."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            picture = open_picture(folder / row["file"])
            yield Image.fromarray(picture.pixels), row["label"]


def find_programs(network: Path | None) -> dict[str, Read | None]:
    """Return how each program reads a picture; None for one that is absent."""
    line = read_network(network) if network else load_line()
    model = load_model()

    def read_line(picture: Image.Image) -> str:
        (decoded,) = read_strips(line, [to_strip(np.asarray(picture.convert("L")))])
        return decoded.text

    return {
        "digitlib": lambda picture: model.read(picture).text,
        "line network alone": read_line,
        "RapidOCR, recogniser": _find_rapid(use_detector=False),
        DETECTOR: _find_rapid(use_detector=True),
        "Tesseract": _tesseract if shutil.which("tesseract") else None,
    }


def _find_rapid(*, use_detector: bool) -> Read | None:
    try:
        from rapidocr import RapidOCR
    except ModuleNotFoundError:
        return None
    engine = RapidOCR(params={"Global.log_level": "error"})

    def read(picture: Image.Image) -> str:
        pixels = np.asarray(picture.convert("RGB"))[..., ::-1]  # as OpenCV has them
        result = engine(pixels, use_det=use_detector, use_cls=False, use_rec=True)
        return " ".join(getattr(result, "txts", None) or ())

    return read


def _tesseract(picture: Image.Image) -> str:
    command = ["tesseract", "stdin", "stdout", "--psm", "7"]
    content = encode(picture.convert("RGB"))
    one_thread = os.environ | {
        "OMP_THREAD_LIMIT": "1"
    }  # faster for such small pictures
    return subprocess.run(
        command, input=content, capture_output=True, check=True, env=one_thread
    ).stdout.decode()


def measure(read: Read, pairs: list[Pair], simplify: Simplify) -> lines.Metrics:
    """Read pictures with one program.

    Returns:
        What `evaluation.lines.score` returns, "milliseconds", the median of a picture,
        and "texts", what was read.
    """
    texts, seconds = [], []
    for picture, _ in pairs:
        start = time.perf_counter()
        texts.append(read(picture))
        seconds.append(time.perf_counter() - start)
    figures = lines.score(
        [simplify(text) for text in texts], [simplify(label) for _, label in pairs]
    )
    median = 1000 * statistics.median(seconds)
    return figures | {"milliseconds": round(median, 1), "texts": texts}


def load(folder: Path, *, quick: bool) -> Iterator[tuple[str, list[Pair], Simplify]]:
    """Load all kinds; the pictures alone if it is to be quick."""
    for kind in KINDS:
        if not (folder / kind / "labels.csv").is_file():
            print(f"{kind}: not here")
            continue
        simplify = signs_alike if kind.startswith("cases") else digits_alone
        yield kind, list(load_pictures(folder / kind)), simplify
    for kind, written in () if quick else lines.load(MADE):
        pairs = [(Image.fromarray(grey), text) for grey, text in written]
        yield kind, pairs, as_it_is


def main(arguments: list[str] | None = None) -> None:
    """Measure all kinds with all programs, print a row for each, and write them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lines")
    parser.add_argument("folder", type=Path, help="of the data, with cheques/ in it")
    parser.add_argument("--network", type=Path, help="a .tflite; default: the shipped")
    parser.add_argument("--show", action="store_true", help="print what was misread")
    parser.add_argument("--quick", action="store_true", help="only the pictures")
    options = parser.parse_args(arguments)
    programs = find_programs(options.network)
    for name in [name for name, read in programs.items() if read is None]:
        print(f"{name} is absent")
    measured: dict[str, dict[str, lines.Metrics]] = {}
    print(f"{'':48} {'':21} {'n':>5} {'right':>7} {'errors a sign':>14} {'ms':>6}")
    for kind, pairs, simplify in load(options.folder, quick=options.quick):
        for name, read in programs.items():
            if read and (name != DETECTOR or kind.startswith(WHOLE)):
                figures = measure(read, pairs, simplify)
                texts = figures.pop("texts")
                measured.setdefault(kind, {})[name] = figures
                print(
                    f"{kind:48} {name:21} {len(pairs):5} {figures['exact']:7.1%}"
                    f" {figures['error_rate']:14.3f} {figures['milliseconds']:6.1f}",
                    flush=True,
                )
                if options.show:
                    _show(pairs, texts, simplify)
    if not options.network and not options.quick:
        manifest.write_json(manifest.MODELS / "lines.json", measured)


def _show(pairs: list[Pair], texts: list[str], simplify: Simplify) -> None:
    for (_, label), text in zip(pairs, texts, strict=True):
        if simplify(text).split() != simplify(label).split():
            print(f"    {label} read {text!r}")


if __name__ == "__main__":
    sys.exit(main())
