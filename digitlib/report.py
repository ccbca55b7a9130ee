"""Everything that is measured of a saved network, in one report.

`python -m digitlib evaluate` prints it and writes `models/metrics.json`, to which the
model card is held. What it measures is the saved file, through the door that visitors
use.
"""

import csv
import io
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from digitlib import data, evaluate, ink, manifest
from digitlib.corrupt import CORRUPTIONS
from digitlib.errors import DataError
from digitlib.predict import Model, load_model
from digitlib.preprocess import ink_box, to_glyphs

SEED = 0
PICTURE_SIDE = 280  # pixels, of a test digit shown as a picture
PICTURE_SHARE = 0.35, 0.80  # of that side: the smallest and the largest digit

# Test digits on whose label no majority of five human judges agrees.
DISPUTED = (
    947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679,
    9729,
)  # fmt: skip

Metrics = dict[str, Any]


def measure(network: str = "cnn", pictures: Path | None = None) -> Metrics:
    """Measure a saved network.

    Args:
        network: its name, or the path of its file.
        pictures: a folder of folders, each with pictures and a `labels.csv` whose
            columns `file` and `label` say what is written in them; None for none.

    Returns:
        What was measured, shares from 0 to 1, ready for JSON.

    Raises:
        DataError: MNIST, or a picture that is listed, is missing.
        ModelError: the network cannot be loaded.
    """
    model = load_model(network)
    _, (images, labels) = data.load_mnist()
    glyphs = to_glyphs(images)
    probabilities = model.probabilities(glyphs)
    right = probabilities.argmax(axis=1) == labels
    agreed = np.setdiff1d(np.arange(len(labels)), DISPUTED)
    low, high = evaluate.confidence_interval(int(right.sum()), len(right))
    robustness = measure_robustness(model, glyphs, labels)
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "test_accuracy": _share(right.mean()),
        "test_interval_95": [_share(low), _share(high)],
        "test_accuracy_without_disputed_labels": _share(right[agreed].mean()),
        "calibration_error": _share(evaluate.calibration_error(labels, probabilities)),
        "as_pictures": measure_as_pictures(model, images, labels),
        "robustness": robustness,
        "robustness_mean": _share(statistics.mean(robustness.values())),
        "pictures": measure_folders(model, pictures) if pictures else {},
        "milliseconds": measure_speed(model),
    }


def measure_robustness(
    model: Model, glyphs: np.ndarray, labels: np.ndarray
) -> dict[str, float]:
    """The accuracy under each of the fifteen corruptions."""
    accuracies = {}
    for name, corrupt in tqdm(CORRUPTIONS.items(), "corruptions", leave=False):
        spoilt = corrupt(glyphs, np.random.default_rng(SEED))
        probabilities = model.probabilities(spoilt)
        accuracies[name] = _share(evaluate.accuracy(labels, probabilities))
    return accuracies


def measure_as_pictures(
    model: Model, images: np.ndarray, labels: np.ndarray
) -> dict[str, float]:
    """Read digits that lie somewhere on a white page, through the whole reading.

    Returns:
        "accuracy": the share of pictures whose text is the digit; "several": of those
        in which not exactly one digit was found; "refused": of those answered by "?".
    """
    random = np.random.default_rng(SEED)
    texts = [
        model.read(show_as_picture(image, random)).text
        for image in tqdm(images, "pictures", leave=False)
    ]
    pairs = zip(texts, labels, strict=True)
    return {
        "accuracy": _share(
            statistics.mean(text == str(label) for text, label in pairs)
        ),
        "several": _share(statistics.mean(len(text) != 1 for text in texts)),
        "refused": _share(statistics.mean("?" in text for text in texts)),
    }


def show_as_picture(image: np.ndarray, random: np.random.Generator) -> bytes:
    """Lay a digit, dark on light, at a random size and place of a page: a PNG file.

    Args:
        image: (28, 28) uint8, ink 255.
        random: where the chances come from.
    """
    left, top, right, bottom = ink_box(image > 0)
    digit = image[top:bottom, left:right]
    factor = random.uniform(*PICTURE_SHARE) * PICTURE_SIDE / max(digit.shape)
    digit = cv2.resize(digit, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    height, width = digit.shape
    row = random.integers(0, PICTURE_SIDE - height + 1)
    column = random.integers(0, PICTURE_SIDE - width + 1)
    page = np.full((PICTURE_SIDE, PICTURE_SIDE), 255, np.uint8)
    page[row : row + height, column : column + width] = 255 - digit
    return encode(Image.fromarray(page), "PNG")


def show_as_photo(drawing: Image.Image) -> bytes:
    """A drawing as a phone would send it: 4000 x 3000, grain, shading, a JPEG file."""
    paper = np.full((3000, 4000), 225, np.float32)
    paper[:, 500:3500] *= np.asarray(drawing.resize((3000, 3000)), np.float32) / 255
    shade = np.linspace(0.7, 1, 4000, dtype=np.float32)
    grain = np.random.default_rng(SEED).normal(0, 6, paper.shape)
    levels = np.clip(paper * shade + grain, 0, 255).astype(np.uint8)
    return encode(Image.fromarray(levels).convert("RGB"), "JPEG")


def encode(image: Image.Image, form: str) -> bytes:
    """A picture as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def measure_folders(model: Model, folder: Path) -> dict[str, Metrics]:
    """Read labelled pictures, folder by folder; a whole text must be right to count.

    What was read wrong is printed, and not kept: the pictures may not be ours.

    Returns:
        For each folder "pictures" and "accuracy".

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
    return {"pictures": len(rows), "accuracy": _share(statistics.mean(right))}


def measure_speed(model: Model) -> dict[str, float]:
    """The median time of a whole reading, in milliseconds."""
    drawing = ink.draw([[(80, 70), (200, 70), (170, 130), (130, 225)]])
    files = {"drawing": encode(drawing, "PNG"), "photo_12_mp": show_as_photo(drawing)}
    return {name: _median_milliseconds(model, file) for name, file in files.items()}


def print_table(metrics: Metrics) -> None:
    """Print the figures, a line each."""
    for name, value in _flatten(metrics):
        print(f"{name:44} {value}")


def write(metrics: Metrics, network: str, folder: Path = manifest.MODELS) -> Path:
    """Put a network's figures into `metrics.json`, beside those of other networks.

    Returns:
        The file.
    """
    path = folder / "metrics.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    text = json.dumps(known | {network: metrics}, indent=2, sort_keys=True)
    beside = path.with_suffix(".new")
    beside.write_text(text + "\n", "utf-8")
    os.replace(beside, path)
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


def _share(value: float) -> float:
    return round(float(value), 5)
