"""The command line: `digitlib COMMAND`, or `python -m digitlib COMMAND`.

Each command loads what it needs when it runs, and nothing before.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from digitlib import __version__, arguments
from digitlib.errors import DigitError, ImageError
from digitlib.files import printable
from digitlib.reading.manifest import FORM, LINE, PAGE

if TYPE_CHECKING:
    from digitlib.reading.predict import Model, PageReading

INTERRUPTED = 130  # the exit status after Ctrl-C, by convention
CUT_OFF = 141  # and where nobody reads what is printed any more, as with `| head`
PATTERN = "*?["  # characters that a shell would have replaced by file names
PROGRAM_ERROR = (
    "This is an error in the program ({}): please report it, with the picture."
)
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
        status = options.run(options)
        sys.stdout.flush()  # while what goes wrong can still be said
        return status
    except DigitError as error:
        return _fail(str(error))
    except BrokenPipeError:  # who reads what is printed has seen enough
        _print_no_more()
        return CUT_OFF
    except OSError as error:
        return _fail(_explain(error))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("digitlib", "app"):
            raise  # a fault of ours, and no missing package
        return _fail(MISSING.format(error.name, __version__))
    except KeyboardInterrupt:
        return INTERRUPTED


def _fail(message: str) -> int:
    lines = map(printable, message.split("\n"))
    print("digitlib:", "\n".join(lines), file=sys.stderr)
    return 1


def _explain(error: OSError) -> str:
    """Say what went wrong with a file, or with something else of this machine."""
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename is None:
        return f"{reason}. Mend that, then use the same command again."
    name = os.fsdecode(error.filename)
    return f"{name} cannot be used ({reason}): choose another, or mend that."


def _print_no_more() -> None:
    """Have Python not fail once more at its end, where it writes what is left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


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

    arguments.describe_predict(
        add("predict", _predict, "read the digits in picture files")
    )
    arguments.describe_pages(add("demo", _demo, "serve the dashboard and the web app"))
    arguments.describe_workshop(
        add("workshop", _workshop, "serve both to a class, or fill a USB stick")
    )
    arguments.describe_lab(
        add("lab", _lab, "open the lessons, or serve them to a class")
    )
    arguments.describe_web(
        add("web", _web, "build the page that reads in the visitor's own browser")
    )
    arguments.describe_class(
        add("class", _class, "export the digits that a class gave")
    )
    arguments.describe_data(
        add("data", _data, "download MNIST and its writers, and check them")
    )
    arguments.describe_train(add("train", _train, "train a network, and save it"))
    arguments.describe_export(
        add("export", _export, "export a saved network to LiteRT again")
    )
    arguments.describe_evaluate(add("evaluate", _evaluate, "measure a saved network"))
    return parser


def _demo(options: argparse.Namespace) -> int:
    from digitlib.workshop.demo import run

    return run(options.app_port, options.dashboard_port, options.lan)


def _workshop(options: argparse.Namespace) -> int:
    if options.pack:
        from digitlib.workshop.usb import pack

        return pack(options.pack, options.with_lessons, not options.without_answers)
    from digitlib.classset.store import CLASS_SET
    from digitlib.workshop.workshop import run

    collect = CLASS_SET if options.collect == Path() else options.collect
    ports = options.app_port, options.dashboard_port
    page = (options.browser, options.browser_port) if options.browser else None
    return run(*ports, options.lan, collect, options.model, page)


def _lab(options: argparse.Namespace) -> int:
    from digitlib.workshop.lab import open_alone, serve_class

    if options.pupils is None:
        return open_alone(options.lesson, options.port)
    return serve_class(options.pupils, options.lesson, options.port, options.lan)


def _web(options: argparse.Namespace) -> int:
    from digitlib.web import build, build_single

    if options.single:
        site = build_single(options.single, options.parts)
        print(f"written to {options.single}: open it in a browser")
    else:
        site = build(options.folder, options.parts)
        print(f"written to {options.folder}: copy it to any web server, or try it with")
        print(f"  {Path(sys.executable).name} -m http.server -d {options.folder}")
    print(f"a visitor loads {site.size / 1e6:.1f} MB, once")
    return 0


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

        entry = train_and_save_line(
            options.epochs,
            options.seed,
            further=options.further,
            workers=options.workers,
        )
        print(json.dumps({LINE: entry}, indent=2))
        return 0
    if options.network == PAGE:
        from digitlib.training.page_training import train_and_save_page

        entry = train_and_save_page(options.epochs, options.seed)
        print(json.dumps({PAGE: entry}, indent=2))
        return 0
    if options.network == FORM:
        from digitlib.training.form_training import train_and_save_form

        entry = train_and_save_form(options.epochs, options.seed)
        print(json.dumps({FORM: entry}, indent=2))
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
        for page in _read_pages(model, file):
            if page.reading is None:
                failed = True
                print(printable(f"{page.name}: {page.error}"), file=sys.stderr)
            elif options.json:
                where = {"filename": file, "page": page.number, "pages": page.count}
                print(json.dumps(where | page.reading.to_dict()))
            else:
                confidences = ", ".join(
                    show_confidence(digit.confidence) for digit in page.reading.digits
                )
                said = page.reading.text.replace("\n", " ") or page.reading.message
                print(f"{said}\t{printable(page.name)}\t{confidences}")
    return int(failed)


def _read_pages(model: "Model", file: str) -> "Iterator[PageReading]":
    """Read a file; whatever goes wrong with it is an error of one of its pages."""
    from digitlib.reading import PageReading

    number = 1
    try:
        if slip := _find_slip(file):
            raise ImageError(slip)
        for page in model.read_pages(file, file):
            number = page.number + 1
            yield page
    except ImageError as error:
        yield PageReading(number, number, file, error=error)
    except OSError as error:
        closed = ImageError(f"The file cannot be opened: {error.strerror}.")
        yield PageReading(number, number, file, error=closed)
    except Exception as error:  # one picture must not stop the others
        fault = ImageError(PROGRAM_ERROR.format(type(error).__name__))
        yield PageReading(number, number, file, error=fault)


def _find_slip(file: str) -> str:
    """Say what to type where a folder, or a pattern, was named in place of a file."""
    if Path(file).exists() and not (Path(file).is_file() or Path(file).is_dir()):
        return "This is no file: name one that holds a picture."
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
    from digitlib.batch import batch, patterns

    if not options.out:
        raise DigitError("Say where to write: --out with a .parquet, .csv or .jsonl.")
    files = [Path(file) for file in options.files]
    if options.glob:
        files += patterns.find(options.glob)
    summary = batch.run(
        files, options.out, options.network, options.workers, options.cluster
    )
    return int(summary.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
