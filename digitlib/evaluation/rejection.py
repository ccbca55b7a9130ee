"""Measure what a network rejects: out-of-distribution images, and unsure digits.

A digit is rejected if its confidence, the greatest of its ten probabilities, is below
the network's threshold. Rejecting everything would be easy, so both sides are measured:
images that should be rejected and digits that should be accepted.
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
from digitlib.reading.predict import Model
from digitlib.reading.preprocess import to_glyphs
from digitlib.reading.results import Reading

SEED = 0
PAPERS = 40  # empty papers of each kind

Metrics = dict[str, Any]


def measure_digits(
    model: Model, labels: np.ndarray, probabilities: np.ndarray
) -> Metrics:
    """Measure how many digits are rejected, and how many of the others are right.

    Returns:
        "threshold"; "rejected": the share of the digits that is rejected; "accuracy":
        the accuracy of the others.
    """
    coverage, risk = metrics.coverage_and_risk(labels, probabilities, model.threshold)
    return {
        "threshold": model.threshold,
        "rejected": 1 - coverage,
        "accuracy": 1 - risk,
    }


def measure_not_digits(model: Model, folder: Path) -> dict[str, Metrics]:
    """Run a network on the images in a folder that are not digits.

    They are in the files `not_digits_*.npz`: `images`, (n, 28, 28) uint8 with ink 255,
    and `labels`, (n,), if there are several kinds.

    Returns:
        For each file "images", the number of images, and the shares that are rejected:
        "rejected_as_arrays", "rejected_as_pictures", and "rejected_by_label", which
        divides the latter by label.

    Raises:
        DataError: a file holds no images.
    """
    return {
        name: _measure_kind(model, name, arrays)
        for name, arrays in load_not_digits(folder).items()
    }


def load_not_digits(folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Load the files `not_digits_*.npz` in a folder.

    Returns:
        For each file its arrays, "images" and perhaps "labels".

    Raises:
        DataError: a file holds no images.
    """
    loaded = {}
    for path in sorted(folder.glob("not_digits_*.npz")):
        arrays = dict(np.load(path))
        if "images" not in arrays:
            raise DataError(f"{path} has no array that is named images.")
        loaded[_key(path)] = arrays
    return loaded


def _key(path: Path) -> str:
    """Return a key to which the model card can refer: letters, digits, underscores."""
    return re.sub(r"\W", "_", path.stem.removeprefix("not_digits_"))


def _measure_kind(model: Model, name: str, arrays: dict[str, np.ndarray]) -> Metrics:
    images, labels = arrays["images"], arrays.get("labels", np.array([]))
    rejected = find_rejected_pictures(model, images, name)
    return {
        "images": len(images),
        "rejected_as_arrays": find_rejected_arrays(model, images).mean(),
        "rejected_as_pictures": rejected.mean(),
        "rejected_by_label": {
            str(label): rejected[labels == label].mean() for label in np.unique(labels)
        },
    }


def find_rejected_arrays(model: Model, images: np.ndarray) -> np.ndarray:
    """Return which of some images, (n, 28, 28) uint8, are rejected as they are.

    Returns:
        (n,) bool.
    """
    confidences = model.probabilities(to_glyphs(images)).max(axis=1)
    return confidences < model.threshold


def find_rejected_pictures(
    model: Model, images: np.ndarray, description: str = ""
) -> np.ndarray:
    """Return which of some images are rejected when each is read as a whole picture.

    It is placed at random on a page, on which no digit may be accepted.

    Args:
        model: the network.
        images: (n, 28, 28) uint8, ink 255.
        description: what the progress bar is called.

    Returns:
        (n,) bool.
    """
    random = np.random.default_rng(SEED)
    return np.array(
        [
            not _has_digit(model.read(show_as_picture(image, random)))
            for image in tqdm(images, description, leave=False)
        ],
        dtype=bool,
    )


def measure_empty_papers(model: Model) -> dict[str, Metrics]:
    """Read empty papers, on which there is nothing to find.

    Returns:
        For each kind, and for "all": "papers", the number of papers; "accepted", the
        share with a digit that is accepted; "found", the share with any digit, accepted
        or rejected.
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
