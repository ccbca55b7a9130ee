"""The command line: `digitlib COMMAND`, or `python -m digitlib COMMAND`.

Each command loads what it needs when it runs, and nothing before.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from digitlib import __version__
from digitlib.errors import DigitError
from digitlib.reading.manifest import LINE, SHIPPED

INTERRUPTED = 130  # the exit status after Ctrl-C, by convention
PATTERN = "*?["  # characters that a shell would have replaced by file names
TABLE = "digitlib predict --glob '{}' --out readings.csv"  # how to read many files
MISSING = (
    "The package {} is not installed. In a checkout, `make test` installs everything;"
    ' from the wheel, `pip install "digitlib-{}-py3-none-any.whl[learn]"` does.'
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit status: 0, 1 where anything failed, or 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except DigitError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("digitlib", "app"):
            raise  # a fault of ours, and no missing package
        return _fail(MISSING.format(error.name, __version__))
    except KeyboardInterrupt:
        return INTERRUPTED


def _fail(message: str) -> int:
    print(f"digitlib: {message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="digitlib",
        description="Handwritten digits, taught and read.",
        epilog="`digitlib COMMAND --help` describes one of them.",
    )
    parser.add_argument(
        "--version", action="version", version=f"digitlib {__version__}"
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )

    def add(name: str, run: Callable, help: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help, description=help)
        command.set_defaults(run=run)
        return command

    _describe_predict(add("predict", _predict, "read the digits in picture files"))
    _describe_pages(add("demo", _demo, "serve the dashboard and the web app"))
    _describe_workshop(
        add("workshop", _workshop, "serve both to a class, or fill a USB stick")
    )
    _describe_class(add("class", _class, "export the digits that a class gave"))
    _describe_data(add("data", _data, "download MNIST and its writers, and check them"))
    _describe_train(add("train", _train, "train a network, and save it"))
    _describe_export(add("export", _export, "export a saved network to LiteRT again"))
    _describe_evaluate(add("evaluate", _evaluate, "measure a saved network"))
    return parser


def _describe_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--people",
        action="store_true",
        help="also other people's digits and letters, with their writers (230 MB)",
    )


def _describe_train(command: argparse.ArgumentParser) -> None:
    command.add_argument("--network", choices=(*SHIPPED, LINE), default="cnn")
    command.add_argument("--epochs", type=int, help="default: as the shipped one")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument(
        "--compare-seeds", type=int, metavar="N", help="train from N seeds, save none"
    )


def _describe_export(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "networks", nargs="+", metavar="NETWORK", help="its name in models/"
    )


def _describe_evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--network", choices=SHIPPED, default="cnn")
    command.add_argument(
        "--pictures", type=Path, help="a folder of folders with a labels.csv each"
    )


def _describe_predict(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="*", metavar="FILE")
    command.add_argument("--network", default="cnn", help="or the path of a saved one")
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    pile = command.add_argument_group("many files, into a table")
    pile.add_argument("--glob", metavar="PATTERN", help="e.g. 'scans/**/*.png'")
    pile.add_argument("--out", type=Path, help="a .parquet, .csv or .jsonl file")
    pile.add_argument("--workers", type=int, metavar="N", help="default: one a core")
    pile.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler")


def _describe_pages(command: argparse.ArgumentParser) -> None:
    command.add_argument("--app-port", type=int, default=8000)
    command.add_argument("--dashboard-port", type=int, default=8866)
    command.add_argument(
        "--lan", action="store_true", help="let in other machines, to draw with a token"
    )


def _describe_workshop(command: argparse.ArgumentParser) -> None:
    _describe_pages(command)
    command.add_argument(
        "--collect",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="FILE",
        help="keep digits that participants give (default: instance/class.sqlite)",
    )
    command.add_argument("--model", metavar="PATH", help="read with this network")
    stick = command.add_argument_group("instead, for rooms without internet")
    stick.add_argument(
        "--pack", type=Path, metavar="DIR", help="fill a folder, as on a USB stick"
    )
    stick.add_argument(
        "--with-lessons", action="store_true", help="the lessons' packages too"
    )


def _describe_class(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", choices=["export"])
    command.add_argument("target", type=Path, help="a .jsonl, .npz or .zip file")
    command.add_argument("--file", type=Path, help="default: instance/class.sqlite")


def _demo(options: argparse.Namespace) -> int:
    from digitlib.workshop.demo import run

    return run(options.app_port, options.dashboard_port, options.lan)


def _workshop(options: argparse.Namespace) -> int:
    if options.pack:
        from digitlib.workshop.usb import pack

        return pack(options.pack, options.with_lessons)
    from digitlib.classset.store import CLASS_SET
    from digitlib.workshop.workshop import run

    collect = CLASS_SET if options.collect == Path() else options.collect
    ports = options.app_port, options.dashboard_port
    return run(*ports, options.lan, collect, options.model)


def _class(options: argparse.Namespace) -> int:
    from digitlib.classset.store import CLASS_SET, Store

    Store(options.file or CLASS_SET).export(options.target)
    print(f"written to {options.target}")
    return 0


def _data(options: argparse.Namespace) -> int:
    from digitlib.training import data, people

    data.load_mnist()
    print("MNIST is here, and whole.")
    people.load_writers()
    print("The list of its writers is here, and whole.")
    if options.people:
        people.load_swiss()
        people.load_pens()
        people.load_scripts()
        print("The Swiss digits, UNIPEN and Omniglot are here, and whole.")
    return 0


def _train(options: argparse.Namespace) -> int:
    if options.network == LINE:
        from digitlib.training.line_training import train_and_save_line

        entry = train_and_save_line(options.epochs, options.seed)
        print(json.dumps({LINE: entry}, indent=2))
        return 0
    from digitlib.training.shipping import compare_seeds, train_and_save

    if options.compare_seeds:
        path = compare_seeds(options.network, options.compare_seeds)
        print(f"written to {path}")
        return 0
    entry = train_and_save(options.network, options.epochs, options.seed)
    print(json.dumps({options.network: entry}, indent=2))
    return 0


def _export(options: argparse.Namespace) -> int:
    from digitlib.training.export import export_again

    for name in options.networks:
        print(json.dumps({name: export_again(name)}, indent=2))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from digitlib.evaluation import report
    from digitlib.plots import figures
    from digitlib.reading import load_model, manifest

    model, folder = load_model(options.network), manifest.own_folder()
    predictions = report.predict(model)
    measured = report.measure(model, predictions, options.pictures, manifest.MODELS)
    report.print_table(measured)
    report.print_disputed(predictions, model.threshold)
    files = [report.write(measured, model.name, folder)]
    files += figures.write(measured, model.name, predictions, folder / "figures")
    print("written to", *files, sep="\n  ")
    return 0


def _predict(options: argparse.Namespace) -> int:
    if options.glob or options.out:
        return _predict_pile(options)
    if not options.files:
        raise DigitError("Name the picture files to read, or a --glob of them.")
    from digitlib.reading import load_model, show_confidence

    model = load_model(options.network)
    failed = False
    for file in options.files:
        slip = _find_slip(file)
        if slip:
            failed = True
            print(f"{file}: {slip}", file=sys.stderr)
            continue
        for page in model.read_pages(file, file):
            if page.reading is None:
                failed = True
                print(f"{page.name}: {page.error}", file=sys.stderr)
            elif options.json:
                where = {"filename": file, "page": page.number, "pages": page.count}
                print(json.dumps(where | page.reading.to_dict()))
            else:
                confidences = ", ".join(
                    show_confidence(digit.confidence) for digit in page.reading.digits
                )
                said = page.reading.text or page.reading.message
                print(f"{said}\t{page.name}\t{confidences}")
    return int(failed)


def _find_slip(file: str) -> str:
    """Say what to type where a folder, or a pattern, was named in place of a file."""
    if Path(file).is_dir():
        pattern = Path(file, "*").as_posix()
        return f"This is a folder. To read the pictures in it: {TABLE.format(pattern)}"
    if any(character in file for character in PATTERN) and not Path(file).exists():
        return (
            "No file has this name. If it is a pattern for many files:"
            f" {TABLE.format(file)}"
        )
    return ""


def _predict_pile(options: argparse.Namespace) -> int:
    from digitlib.batch import batch

    if not options.out:
        raise DigitError("Say where to write: --out with a .parquet, .csv or .jsonl.")
    files = [Path(file) for file in options.files]
    if options.glob:
        files += batch.find(options.glob)
    summary = batch.run(
        files, options.out, options.network, options.workers, options.cluster
    )
    return int(summary.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
