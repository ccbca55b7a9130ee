"""The command line: `python -m digitlib train | evaluate | predict | demo`."""

import argparse
import json
import sys
from pathlib import Path

from digitlib.errors import DigitError
from digitlib.manifest import SHIPPED


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the result is the exit status: 0, or 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m digitlib", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    train = commands.add_parser("train", help="train a network on MNIST and save it")
    train.add_argument("--network", choices=SHIPPED, default="cnn")
    train.add_argument("--epochs", type=int, help="default: as the shipped one")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument(
        "--compare-seeds", type=int, metavar="N", help="train from N seeds, save none"
    )
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="measure a saved network")
    evaluate.add_argument("--network", choices=SHIPPED, default="cnn")
    evaluate.add_argument(
        "--pictures", type=Path, help="a folder of folders with a labels.csv each"
    )
    evaluate.set_defaults(run=_evaluate)

    predict = commands.add_parser("predict", help="read the digits in picture files")
    predict.add_argument("files", nargs="+", metavar="FILE")
    predict.add_argument("--network", default="cnn", help="or the path of a saved one")
    predict.add_argument("--json", action="store_true", help="one JSON object a line")
    predict.set_defaults(run=_predict)

    demo = commands.add_parser("demo", help="dashboard and web app, until Ctrl-C")
    demo.add_argument("--app-port", type=int, default=8000)
    demo.add_argument("--dashboard-port", type=int, default=8866)
    demo.add_argument(
        "--lan", action="store_true", help="let in other machines, to draw with a token"
    )
    demo.set_defaults(run=_demo)

    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except DigitError as error:
        print(f"digitlib: {error}", file=sys.stderr)
        return 1


def _demo(options: argparse.Namespace) -> int:
    from digitlib.demo import run

    return run(options.app_port, options.dashboard_port, options.lan)


def _train(options: argparse.Namespace) -> int:
    from digitlib.train import compare_seeds, train_and_save  # they load Keras

    if options.compare_seeds:
        path = compare_seeds(options.network, options.compare_seeds)
        print(f"written to {path}")
        return 0
    entry = train_and_save(options.network, options.epochs, options.seed)
    print(json.dumps({options.network: entry}, indent=2))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from digitlib import figures, manifest, report
    from digitlib.predict import load_model

    model = load_model(options.network)
    answers = report.ask(model)
    metrics = report.measure(model, answers, options.pictures, manifest.MODELS)
    report.print_table(metrics)
    report.print_disputed(answers, model.least_confidence)
    files = [report.write(metrics, model.name, manifest.MODELS)]
    files += figures.write(metrics, model.name, answers, manifest.MODELS / "figures")
    print("written to", *files, sep="\n  ")
    return 0


def _predict(options: argparse.Namespace) -> int:
    from digitlib.predict import load_model

    model = load_model(options.network)
    failed = False
    for file in options.files:
        try:
            reading = model.read(file)
        except DigitError as error:
            failed = True
            print(f"{file}: {error}", file=sys.stderr)
            continue
        if options.json:
            print(json.dumps({"filename": file, **reading.to_dict()}))
        else:
            confidences = " ".join(
                f"{digit.confidence:.2f}" for digit in reading.digits
            )
            print(f"{reading.text or reading.message}\t{file}\t{confidences}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
