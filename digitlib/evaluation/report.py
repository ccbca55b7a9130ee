"""Measure a saved network in one report.

`python -m digitlib evaluate` prints the report and writes `models/metrics.json`,
against which the model card is tested. It measures the saved file and reads pictures in
the same way as visitors do.
"""

import csv
import os
import platform
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from digitlib.errors import DataError
from digitlib.evaluation import metrics, people, rejection, scenes
from digitlib.evaluation.corruptions import CORRUPTIONS
from digitlib.evaluation.synthetic import show_as_photo, show_as_picture
from digitlib.reading import ink, manifest
from digitlib.reading.picture import encode
from digitlib.reading.predict import Model
from digitlib.reading.preprocess import to_glyphs
from digitlib.reading.results import show_confidence
from digitlib.training import data

SEED = 0
EACH_KIND = 100  # pictures of each kind

# Test digits on whose label no majority of five human judges agrees.
DISPUTED = (
    947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679,
    9729,
)  # fmt: skip

Metrics = dict[str, Any]


@dataclass(frozen=True)
class Predictions:
    """MNIST's test digits, and a network's predictions for them.

    Attributes:
        images: (n, 28, 28) uint8, ink 255.
        labels: (n,) the true digits.
        probabilities: (n, 10) float32.
    """

    images: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """Whether the most probable digit is the true one, (n,) bool."""
        return self.probabilities.argmax(axis=1) == self.labels


def predict(model: Model) -> Predictions:
    """Run a network on the test digits, as arrays.

    Raises:
        DataError: MNIST is missing.
    """
    _, (images, labels) = data.load_mnist()
    return Predictions(images, labels, model.probabilities(to_glyphs(images)))


def measure(
    model: Model,
    predictions: Predictions,
    pictures: Path | None = None,
    folder: Path = manifest.MODELS,
) -> Metrics:
    """Measure a network, which takes some minutes.

    Args:
        model: the network.
        predictions: its predictions for the test digits.
        pictures: a folder of folders, each with pictures and a `labels.csv` whose
            columns `file` and `label` say what is written in them; it may also hold
            images that are not digits (see `rejection.measure_not_digits`). None to
            measure no such pictures.
        folder: where `seeds.json` is, if it exists.

    Returns:
        The figures, ready for JSON, with shares from 0 to 1. Sets of people's writing
        that cannot be had are named in `people.missing`.

    Raises:
        DataError: a picture that is listed is missing, or a file holds no images.
    """
    labels, probabilities = predictions.labels, predictions.probabilities
    robustness = measure_robustness(model, predictions)
    return _rounded(
        {
            "machine": f"{os.cpu_count()} cores, {platform.machine()}",
            **measure_accuracy(predictions),
            "calibration_error": metrics.calibration_error(labels, probabilities),
            "rejection": rejection.measure_digits(model, labels, probabilities),
            "empty_papers": rejection.measure_empty_papers(model),
            "as_pictures": measure_as_pictures(model, predictions),
            "kinds": measure_kinds(model, predictions, EACH_KIND),
            "robustness": robustness,
            "robustness_mean": statistics.fmean(robustness.values()),
            "people": people.measure(model, predictions.right),
            **(measure_given(model, pictures) if pictures else {}),
            "seeds": measure_seeds(model.name, folder),
            "milliseconds": measure_speed(model),
        }
    )


def measure_accuracy(predictions: Predictions) -> Metrics:
    """Measure the accuracy on the test digits, with and without disputed labels."""
    right = predictions.right
    disputed = np.isin(np.arange(len(right)), DISPUTED)
    return {
        "test_accuracy": right.mean(),
        "test_interval_95": metrics.confidence_interval(right.sum(), len(right)),
        "test_accuracy_without_disputed_labels": right[~disputed].mean(),
        "disputed_labels": {
            "digits": int(disputed.sum()),
            "accuracy": right[disputed].mean(),
        },
    }


def measure_robustness(model: Model, predictions: Predictions) -> dict[str, float]:
    """Measure the accuracy under each of the fifteen corruptions."""
    glyphs, accuracies = to_glyphs(predictions.images), {}
    for name, corrupt in tqdm(CORRUPTIONS.items(), "corruptions", leave=False):
        corrupted = corrupt(glyphs, np.random.default_rng(SEED))
        probabilities = model.probabilities(corrupted)
        accuracies[name] = metrics.accuracy(predictions.labels, probabilities)
    return accuracies


def measure_as_pictures(model: Model, predictions: Predictions) -> dict[str, float]:
    """Read digits placed at random on a white page, as any picture is read.

    Returns:
        The shares that `people.measure_readings` returns.
    """
    random = np.random.default_rng(SEED)
    readings = [
        model.read(show_as_picture(image, random))
        for image in tqdm(predictions.images, "pictures", leave=False)
    ]
    return people.measure_readings(readings, predictions.labels)


def measure_kinds(
    model: Model, predictions: Predictions, each: int
) -> dict[str, float]:
    """Read pictures as people take them, made of digits that are read right alone.

    Returns:
        For each kind of `scenes` the share of the pictures whose whole text is right.
    """
    shares = {}
    for name, kind in tqdm(scenes.KINDS.items(), "kinds of pictures", leave=False):
        hand = scenes.choose_hand(
            predictions.images, predictions.labels, predictions.probabilities, SEED
        )
        n = max(1, each // scenes.LARGE.get(name, 1))
        made = (kind(hand) for _ in range(n))
        shares[name] = statistics.fmean(
            _join(model.read(scene.file).text) == _join(scene.text) for scene in made
        )
    return shares


def _join(text: str) -> str:
    """Leave out spaces and line breaks, which the labels of pictures lack."""
    return "".join(text.split())


def measure_given(model: Model, folder: Path) -> Metrics:
    """Measure a network on the user's own pictures, of digits and of other things."""
    return {
        "pictures": measure_folders(model, folder),
        "not_digits": rejection.measure_not_digits(model, folder),
    }


def measure_folders(model: Model, folder: Path) -> dict[str, Metrics]:
    """Read labelled pictures, folder by folder; only a fully correct text counts.

    Mistakes are printed but not saved, because the pictures may belong to somebody
    else.

    Returns:
        For each folder "pictures", the number of pictures, and "accuracy".

    Raises:
        DataError: there is no labels.csv in any folder, or a listed file is missing.
    """
    lists = sorted(folder.glob("*/labels.csv"))
    if not lists:
        raise DataError(f"There is no folder with a labels.csv in {folder}.")
    return {path.parent.name: _measure_folder(model, path) for path in lists}


def _measure_folder(model: Model, path: Path) -> Metrics:
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    missing = [row["file"] for row in rows if not (path.parent / row["file"]).is_file()]
    if missing:
        raise DataError(f"{path} lists {missing[0]}, which is not there.")
    texts = [model.read(path.parent / row["file"]).text for row in rows]
    right = [text == row["label"] for row, text in zip(rows, texts, strict=True)]
    for row, text, is_right in zip(rows, texts, right, strict=True):
        if not is_right:
            print(f"{path.parent.name}/{row['file']}: {row['label']} read as {text!r}")
    return {"pictures": len(rows), "accuracy": statistics.fmean(right)}


def measure_seeds(network: str, folder: Path) -> Metrics:
    """Summarise the test accuracies of trainings that differ only in the seed.

    Returns:
        "n", the number of trainings, "mean", "deviation" (the standard deviation),
        "lowest" and "highest"; empty if `seeds.json` lists fewer than two trainings of
        this network.
    """
    known = manifest.read_json(folder / "seeds.json")
    accuracies = [each["test_accuracy"] for each in known.get(network, {}).values()]
    if len(accuracies) < 2:
        return {}
    return {
        "n": len(accuracies),
        "mean": statistics.fmean(accuracies),
        "deviation": statistics.stdev(accuracies),
        "lowest": min(accuracies),
        "highest": max(accuracies),
    }


def measure_speed(model: Model) -> dict[str, float]:
    """Measure the median time of reading a drawing and a photo, in milliseconds."""
    drawing = ink.draw([[(80, 70), (200, 70), (170, 130), (130, 225)]])
    files = {"drawing": encode(drawing, "PNG"), "photo_12_mp": show_as_photo(drawing)}
    return {name: _median_milliseconds(model, file) for name, file in files.items()}


def print_table(figures: Metrics) -> None:
    """Print the figures, one to a line."""
    for name, value in _flatten(figures):
        print(f"{name:44} {value}")


def print_disputed(predictions: Predictions, threshold: float) -> None:
    """Print a network's predictions for the test digits with disputed labels."""
    print("test digits whose label human judges dispute:")
    for i in DISPUTED:
        best = predictions.probabilities[i].argmax()
        confidence = predictions.probabilities[i, best]
        rejected = "" if confidence >= threshold else ", rejected"
        label = predictions.labels[i]
        shown = show_confidence(confidence)
        print(f"{i:6}: label {label}, read {best} ({shown}{rejected})")


def write(figures: Metrics, network: str, folder: Path = manifest.MODELS) -> Path:
    """Write a network's figures to `metrics.json`, beside those of other networks.

    Returns:
        The path of the file.
    """
    path = folder / "metrics.json"
    with manifest.changing(path) as recorded:
        recorded[network] = figures
    return path


def _flatten(values: Metrics, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{before}{name}.")
        else:
            yield before + name, value


def _median_milliseconds(model: Model, file: bytes, runs: int = 20) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        model.read(file)
        seconds.append(time.perf_counter() - start)
    return round(1000 * statistics.median(seconds), 1)


def _rounded(value: Any) -> Any:
    """Return plain values for JSON; five places are enough for 10,000 digits."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_rounded(each) for each in value]
    return round(float(value), 5) if isinstance(value, float | np.floating) else value
