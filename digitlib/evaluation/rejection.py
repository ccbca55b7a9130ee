"""What a network does with what is no digit, and with digits that it is not sure of.

A digit is refused where the greatest of its ten probabilities is below the network's
least confidence. Refusing everything would be easy: so both sides are measured, things
that ought to be refused and digits that ought not to be.
"""

import re
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from digitlib.errors import DataError
from digitlib.evaluation import metrics
from digitlib.evaluation.synthetic import EMPTY_PAPERS, show_as_picture
from digitlib.reading.predict import Model, Reading
from digitlib.reading.preprocess import to_glyphs

SEED = 0
PAPERS = 40  # of each kind

Metrics = dict[str, Any]


def measure_digits(
    model: Model, labels: np.ndarray, probabilities: np.ndarray
) -> Metrics:
    """How many digits are refused, and how many of the others are right.

    Returns:
        "threshold"; "rejected": the share of the digits that is; "accuracy" of
        those that are not.
    """
    share, wrong = metrics.coverage_and_risk(labels, probabilities, model.threshold)
    return {
        "threshold": model.threshold,
        "rejected": 1 - share,
        "accuracy": 1 - wrong,
    }


def measure_not_digits(model: Model, folder: Path) -> dict[str, Metrics]:
    """Show a network the things of a folder that are no digits.

    They are the `not_digits_*.npz` in it: `images`, (n, 28, 28) uint8 with ink 255, and
    if they are of several kinds `labels`, (n,).

    Returns:
        For each file "images", and the share that is refused: "rejected_as_arrays",
        "rejected_as_pictures" and of these for each label "rejected_by_label".

    Raises:
        DataError: a file holds no images.
    """
    files = folder.glob("not_digits_*.npz")
    return {_key(path): _measure_file(model, path) for path in sorted(files)}


def _key(path: Path) -> str:
    """A name that the model card can point to: letters, digits and underscores."""
    return re.sub(r"\W", "_", path.stem.removeprefix("not_digits_"))


def _measure_file(model: Model, path: Path) -> Metrics:
    arrays = dict(np.load(path))
    if "images" not in arrays:
        raise DataError(f"{path} has no array that is named images.")
    images = arrays["images"]
    confidences = model.probabilities(to_glyphs(images)).max(axis=1)
    random = np.random.default_rng(SEED)
    refused = np.array([
        not _has_digit(model.read(show_as_picture(image, random)))
        for image in tqdm(images, path.stem, leave=False)
    ])  # fmt: skip
    labels = arrays.get("labels", np.array([]))
    return {
        "images": len(images),
        "rejected_as_arrays": (confidences < model.threshold).mean(),
        "rejected_as_pictures": refused.mean(),
        "rejected_by_label": {
            str(label): refused[labels == label].mean() for label in np.unique(labels)
        },
    }


def measure_empty_papers(model: Model) -> dict[str, Metrics]:
    """Have empty papers read, on which there is nothing to find.

    Returns:
        For each kind, and for "all": "papers", the share "accepted" that is read as a
        digit, and the share "found" where there is anything, be it refused.
    """
    readings = {}
    for kind, make in tqdm(EMPTY_PAPERS.items(), "empty papers", leave=False):
        random = np.random.default_rng(SEED)
        readings[kind] = [model.read(make(random)) for _ in range(PAPERS)]
    readings["all"] = [reading for each in readings.values() for reading in each]
    return {
        kind: {
            "papers": len(each),
            "accepted": statistics.fmean(_has_digit(reading) for reading in each),
            "found": statistics.fmean(bool(reading.digits) for reading in each),
        }
        for kind, each in readings.items()
    }


def _has_digit(reading: Reading) -> bool:
    return any(digit.accepted for digit in reading.digits)
