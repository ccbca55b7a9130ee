"""The arguments of each command of the command line, and what they may be."""

import argparse
from collections.abc import Callable
from pathlib import Path

from digitlib.reading.manifest import BESIDE, SHIPPED

SITE = Path("site")  # where the page for the browser is
PUPILS = Path("class")  # where the work of a class is


def _whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Make a function that converts an argument to a number in a range."""

    def convert(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            end = " on" if most is None else f" to {most}"
            raise argparse.ArgumentTypeError(
                f"{text} is not possible: give a whole number from {least}{end}."
            )
        return number

    return convert


_positive = _whole_number(1)
_port = _whole_number(0, 2**16 - 1)
_seed = _whole_number(0, 2**32 - 1)  # as NumPy and Keras take it


def describe_data(command: argparse.ArgumentParser) -> None:
    """Describe which data."""
    command.add_argument(
        "--people",
        action="store_true",
        help="also other people's digits and letters, with their writers (230 MB)",
    )


def describe_train(command: argparse.ArgumentParser) -> None:
    """Describe how to train."""
    command.add_argument("--network", choices=(*SHIPPED, *BESIDE), default="cnn")
    command.add_argument(
        "--epochs", type=_positive, metavar="N", help="default: as the shipped one"
    )
    command.add_argument("--seed", type=_seed, metavar="N", default=0)
    command.add_argument(
        "--compare-seeds",
        type=_positive,
        metavar="N",
        help="train from N seeds, save none",
    )
    line = command.add_argument_group("only with --network line")
    line.add_argument(
        "--further", action="store_true", help="train the saved one further"
    )
    line.add_argument(
        "--workers", type=int, default=0, metavar="N",
        help="processes that make lines, where it is trained on a GPU",
    )  # fmt: skip


def describe_export(command: argparse.ArgumentParser) -> None:
    """Describe what to export."""
    command.add_argument(
        "networks", nargs="+", metavar="NETWORK", help="its name in models/"
    )


def describe_evaluate(command: argparse.ArgumentParser) -> None:
    """Describe what to measure."""
    command.add_argument("--network", choices=SHIPPED, default="cnn")
    command.add_argument(
        "--pictures", type=Path, help="a folder of folders with a labels.csv each"
    )


def describe_predict(command: argparse.ArgumentParser) -> None:
    """Describe what to read, and where to."""
    command.add_argument("files", nargs="*", metavar="FILE")
    command.add_argument("--network", default="cnn", help="or the path of a saved one")
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    pile = command.add_argument_group("many files, into a table")
    pile.add_argument("--glob", metavar="PATTERN", help="e.g. 'scans/**/*.png'")
    pile.add_argument("--out", type=Path, help="a .parquet, .csv or .jsonl file")
    pile.add_argument(
        "--workers", type=_positive, metavar="N", help="default: one a core"
    )
    pile.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler")


def describe_pages(command: argparse.ArgumentParser) -> None:
    """Describe where the pages are served."""
    command.add_argument("--app-port", type=_port, metavar="N", default=8000)
    command.add_argument("--dashboard-port", type=_port, metavar="N", default=8866)
    command.add_argument(
        "--lan", action="store_true", help="let in other machines, to draw with a token"
    )


def describe_workshop(command: argparse.ArgumentParser) -> None:
    """Describe how a class is served."""
    describe_pages(command)
    command.add_argument(
        "--collect",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="FILE",
        help="keep digits that participants give (default: instance/class.sqlite)",
    )
    command.add_argument("--model", metavar="PATH", help="read with this network")
    command.add_argument(
        "--browser", nargs="?", type=Path, const=SITE, metavar="DIR",
        help="also serve what `digitlib web` wrote, which needs no kernels",
    )  # fmt: skip
    command.add_argument("--browser-port", type=_port, metavar="N", default=8900)
    stick = command.add_argument_group("instead, for rooms without internet")
    stick.add_argument(
        "--pack", type=Path, metavar="DIR", help="fill a folder, as on a USB stick"
    )
    stick.add_argument(
        "--with-lessons", action="store_true", help="the lessons' packages too"
    )
    stick.add_argument(
        "--without-answers",
        action="store_true",
        help="for pupils: no answers to the exercises, no teacher's pages",
    )


def describe_lab(command: argparse.ArgumentParser) -> None:
    """Describe for whom the lessons are served."""
    command.add_argument(
        "--class", dest="pupils", nargs="?", type=Path, const=PUPILS, metavar="DIR",
        help="for a class, whose work is kept in this folder (default: class)",
    )  # fmt: skip
    command.add_argument(
        "--lesson", type=_whole_number(1, 7), metavar="N",
        help="the one to open; a class has seats for what it needs",
    )  # fmt: skip
    command.add_argument("--port", type=_port, metavar="N", default=8890)
    command.add_argument(
        "--lan", action="store_true", help="let in the class's own machines"
    )


def describe_web(command: argparse.ArgumentParser) -> None:
    """Describe where the page for the browser goes, and where its parts come from."""
    target = command.add_mutually_exclusive_group()
    target.add_argument(
        "folder", nargs="?", type=Path, default=SITE, metavar="DIR",
        help="default: site",
    )  # fmt: skip
    target.add_argument(
        "--single", type=Path, metavar="FILE", help="instead one HTML file, for a stick"
    )
    command.add_argument(
        "--parts", type=Path, metavar="FOLDER",
        help="look here first for what web/parts.json lists; else it is downloaded",
    )  # fmt: skip


def describe_class(command: argparse.ArgumentParser) -> None:
    """Describe what to do with a class set."""
    command.add_argument("action", choices=["export"])
    command.add_argument("target", type=Path, help="a .jsonl, .npz or .zip file")
    command.add_argument("--file", type=Path, help="default: instance/class.sqlite")
