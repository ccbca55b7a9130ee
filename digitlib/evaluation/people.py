"""Measure a network on people who are not trained on: their digits, and what is none.

    validation scans and pen strokes -> whole readings, as of a visitor's pictures
    MNIST's test digits -> by writer
    letters, signs and scripts -> what is rejected

Every share has its n and a 95 % confidence interval. An interval takes each picture by
itself, though one person's digits are alike: it says how much is chance for these few
people, not for anybody. The worst of many writers is partly the unluckiest, too.
"""

import statistics
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from digitlib.errors import DataError
from digitlib.evaluation import lines, metrics, rejection
from digitlib.reading import ink
from digitlib.reading.predict import Model
from digitlib.reading.results import Reading
from digitlib.training import mixture
from digitlib.training.handwriting import draw_on_pad
from digitlib.training.people import STUDENTS, load_writers
from digitlib.training.splits import find_person

SEED = 0
PENS = {"usual": ink.PEN_WIDTH, "thin": 8.0, "thick": 22.0}  # the dashboard's, pixels
LEAST = 10  # digits of a writer who is counted by writer
PICTURES = 600  # of each kind of writing that is no digit, read whole

Metrics = dict[str, Any]


def measure(model: Model, right: np.ndarray) -> Metrics:
    """Measure a network on other people's writing, which takes about a minute.

    Args:
        model: the network.
        right: (10000,) bool, whether it is right on each of MNIST's test digits.

    Returns:
        "swiss", "pens", "mnist", "not_digits" and "lines". A set that is neither here
        nor can be downloaded is left out, and named in "missing" with the reason of the
        first.
    """
    parts = {
        "swiss": partial(measure_swiss, model),
        "pens": partial(measure_pens, model),
        "mnist": partial(measure_mnist, right),
        "not_digits": partial(measure_not_digits, model),
        "lines": partial(lines.measure, model),
    }
    figures: Metrics = {}
    reasons = {}
    for name, measure_part in parts.items():
        try:
            figures[name] = measure_part()
        except DataError as error:
            reasons[name] = str(error)
    if reasons:
        names, reason = ", ".join(reasons), next(iter(reasons.values()))
        figures["missing"] = f"not measured: {names}. {reason}"
    return figures


def measure_swiss(model: Model) -> Metrics:
    """Read the validation scans, each as a whole picture.

    Returns:
        The shares of `measure_readings` with "n" and "interval_95"; the accuracy
        "by_country", "by_age" in decades and "by_sex", as far as the source says; and
        "by_writer", as `_measure_writers` returns it.

    Raises:
        DataError: the scans are neither here nor can they be downloaded.
    """
    scans = mixture.validation_scans()
    figures, right = _read(model, scans.images, scans.labels, "scans")
    origins = [writer.partition("_")[2] for writer in scans.writers]  # such as "CH2F"
    return {
        **figures,
        "by_country": _divide(right, [origin[:2] for origin in origins]),
        "by_age": _divide(right, [origin[2:3] + "0s" for origin in origins]),
        "by_sex": _divide(right, [origin[3:] for origin in origins]),
        "by_writer": _measure_writers(right, scans.writers),
    }


def measure_pens(model: Model) -> Metrics:
    """Draw the validation pen digits on the pad, and read each as a whole picture.

    Returns:
        For each of `PENS` the shares of `measure_readings` with "n" and "interval_95",
        and "by_writer", as `_measure_writers` returns it.

    Raises:
        DataError: the strokes are neither here nor can they be downloaded.
    """
    pens = mixture.validation_pens()
    writers = np.array([find_person(writer) for writer in pens.writers], dtype=str)
    labels, everything = pens.labels.astype(int), {}
    for name, width in PENS.items():
        drawn = [draw_on_pad(pens.strokes(i), width) for i in range(len(pens))]
        figures, right = _read(model, drawn, labels, f"{name} pen")
        everything[name] = figures | {"by_writer": _measure_writers(right, writers)}
    return everything


def measure_mnist(right: np.ndarray) -> Metrics:
    """Divide the accuracy on MNIST's test digits by who wrote them.

    Args:
        right: (10000,) bool, whether the network is right on each of them.

    Returns:
        For "all", "students" and "clerks": "n", "accuracy", "interval_95" and
        "by_writer", as `_measure_writers` returns it.

    Raises:
        DataError: the list of writers is neither here nor can it be downloaded.
    """
    _, (writers, series) = load_writers()
    by_students = series == STUDENTS
    groups = {
        "all": np.ones(len(right), bool),
        "students": by_students,
        "clerks": ~by_students,
    }
    return {
        name: _share(right[chosen])
        | {"by_writer": _measure_writers(right[chosen], writers[chosen])}
        for name, chosen in groups.items()
    }


def measure_not_digits(model: Model) -> Metrics:
    """Measure what is rejected of people's writing that is no digit.

    Returns:
        For "letters", "signs", "scripts" and "unseen_script": "as_arrays", of all of
        them, and "as_pictures", of `PICTURES` at random on a page; each with "n",
        "rejected" and "interval_95".

    Raises:
        DataError: a set is neither here nor can it be downloaded.
    """
    random, figures = np.random.default_rng(SEED), {}
    for name, images in mixture.validation_negatives().items():
        some = random.permutation(len(images))[:PICTURES]
        as_arrays = rejection.find_rejected_arrays(model, images)
        as_pictures = rejection.find_rejected_pictures(model, images[some], name)
        figures[name] = {
            "as_arrays": _share(as_arrays, "rejected"),
            "as_pictures": _share(as_pictures, "rejected"),
        }
    return figures


def measure_readings(
    readings: Sequence[Reading], labels: Sequence[int] | np.ndarray
) -> dict[str, float]:
    """Measure whole readings of pictures in each of which one digit is written.

    Returns:
        "accuracy": the share of pictures whose text is the digit; "most_probable": the
        share in which one digit was found whose most probable label is right, rejected
        or not, as in the accuracy on arrays; "several": the share in which not exactly
        one digit was found; "rejected": the share in which a digit was rejected.
    """
    texts = [reading.text for reading in readings]
    best = [_most_probable(reading) for reading in readings]
    true = [str(label) for label in labels]
    return {
        "accuracy": statistics.fmean(map(str.__eq__, texts, true)),
        "most_probable": statistics.fmean(map(str.__eq__, best, true)),
        "several": statistics.fmean(len(text) != 1 for text in texts),
        "rejected": statistics.fmean("?" in text for text in texts),
    }


def _read(
    model: Model,
    pictures: Sequence[Image.Image],
    labels: np.ndarray,
    description: str,
) -> tuple[Metrics, np.ndarray]:
    """Read pictures; return the shares, and whether each text is right, (n,) bool."""
    readings = [
        model.read(picture) for picture in tqdm(pictures, description, leave=False)
    ]
    right = np.array(
        [each.text == str(label) for each, label in zip(readings, labels, strict=True)]
    )
    return _share(right) | measure_readings(readings, labels), right


def _most_probable(reading: Reading) -> str:
    return "".join(str(digit.probabilities.argmax()) for digit in reading.digits)


def _share(which: np.ndarray, name: str = "accuracy") -> Metrics:
    """Return how many of n are True, as a share with its confidence interval."""
    return {
        "n": len(which),
        name: float(which.mean()),
        "interval_95": metrics.confidence_interval(int(which.sum()), len(which)),
    }


def _divide(right: np.ndarray, kinds: Sequence[str]) -> dict[str, Metrics]:
    """Return the accuracy on each kind; where the source says X, it is unknown."""
    named = np.array(
        ["unknown" if not kind or "X" in kind else kind for kind in kinds], dtype=str
    )
    return {str(kind): _share(right[named == kind]) for kind in np.unique(named)}


def _measure_writers(right: np.ndarray, writers: np.ndarray) -> Metrics:
    """Compare the writers of at least `LEAST` digits.

    Returns:
        "writers", their number; "median", that of their accuracies; "worst": "n",
        "accuracy" and "interval_95" of the one who is read worst. If nobody wrote as
        many, only the number.
    """
    names, counts = np.unique(writers, return_counts=True)
    each = [right[writers == name] for name in names[counts >= LEAST]]
    if not each:
        return {"writers": 0}
    return {
        "writers": len(each),
        "median": statistics.median(float(which.mean()) for which in each),
        "worst": _share(min(each, key=np.mean)),
    }
