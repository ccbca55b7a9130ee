"""Ablations: train the `cnn` briefly without each part of the recipe, and measure it.

`python -m benchmarks.ablations [FOLDER]` trains each variant, measures it on the
validation images (never on the test set), and adds it to `models/ablations.json`. A
variant that is already listed is skipped, so that a run that was killed can continue.
FOLDER is that of `python -m digitlib evaluate --pictures`, for letters and other
people's pictures.

The networks trained here use no test-time augmentation. Its effect is measured on the
shipped network, for which nothing is trained.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest.mock import patch

import numpy as np

from digitlib.evaluation import accuracy, rejection, report
from digitlib.reading import Model, load_model, manifest, to_glyphs
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.reading.preprocess import normalise
from digitlib.reading.tta import NO_TTA
from digitlib.training import augmentation, data, export, negatives
from digitlib.training import recipe as recipes
from digitlib.training.calibration import calibrate, fit_threshold

EPOCHS = 8


def main(pictures: Path | None) -> None:
    """Train and measure the variants that are not measured yet."""
    path = manifest.MODELS / "ablations.json"
    for name, make in VARIANTS.items():
        known = manifest.read_json(path)
        if name in known:
            continue
        figures = measure(make(), pictures)
        print(name, figures, flush=True)
        manifest.write_json(path, known | {name: figures})


def measure(model: Model, pictures: Path | None) -> dict[str, float]:
    """Measure a network on the validation images, with a threshold fitted to them."""
    _, (images, labels) = data.split_validation(*data.load_mnist()[0])
    predictions = report.Predictions(
        images, labels, model.probabilities(to_glyphs(images))
    )
    model.threshold = fit_threshold(predictions.probabilities)
    figures = {
        "validation_accuracy": accuracy(labels, predictions.probabilities),
        "robustness_mean": statistics.fmean(
            report.measure_robustness(model, predictions).values()
        ),
        "pen_styles": pen_styles(model),
        "as_pictures": report.measure_as_pictures(model, predictions)["accuracy"],
    }
    if pictures:
        given = report.measure_folders(model, pictures)
        right = sum(each["accuracy"] * each["pictures"] for each in given.values())
        figures["pictures_right"] = round(right)
        letters = rejection.measure_not_digits(model, pictures)
        figures |= {name: each["rejected_as_arrays"] for name, each in letters.items()}
    return {name: round(float(figure), 4) for name, figure in figures.items()}


def trained(changed: Callable[[], AbstractContextManager] = nullcontext) -> Model:
    """Train a network briefly by the changed recipe, calibrate it and export it."""
    training, _ = data.load_mnist()
    with changed():
        network, _ = recipes.train("cnn", *training, epochs=EPOCHS)
    _, (images, labels) = data.split_validation(*training)
    glyphs = to_glyphs(images)
    calibrate(network, glyphs, labels)
    with tempfile.TemporaryDirectory() as folder:
        export.save(network, "cnn", glyphs[:100], {}, Path(folder))
        return load_model(Path(folder) / "cnn.tflite")


def shipped(tta_rotations: tuple[float, ...]) -> Model:
    """Return the shipped network with these rotations at test time."""
    model = load_model()
    model.tta_rotations = tta_rotations
    return model


def pen_styles(model: Model) -> float:
    """Measure the accuracy on digits drawn by pen, with another seed than training."""
    with patch.object(negatives, "PER_STYLE", 20):
        drawn = list(negatives.drawn_by_pen(np.random.default_rng(1)))
    glyphs = np.stack([normalise(digit) for digit, _ in drawn])
    return accuracy(
        np.array([label for _, label in drawn]), model.probabilities(glyphs)
    )


def digits_only(images: np.ndarray, random: np.random.Generator) -> tuple:
    """Make only the digits among the extra samples, without the negatives."""
    glyphs, labels = negatives.make_extra_samples(images, random)
    return glyphs[labels != NOT_A_DIGIT], labels[labels != NOT_A_DIGIT]


def recipe(*augmentations: recipes.Augmentation) -> AbstractContextManager:
    """Patch the recipe to use only these augmentations."""
    return patch.dict(recipes.RECIPES, {"cnn": recipes.Recipe(EPOCHS, augmentations)})


VARIANTS: dict[str, Callable[[], Model]] = {
    "the recipe": trained,
    "no degraded glyphs": lambda: trained(lambda: recipe(augmentation.augment)),
    "no elastic distortion, no pen changes": lambda: trained(
        lambda: patch.multiple(augmentation, DISTORTION=0.0, PEN_CHANGE=0.0)
    ),
    "no pen-drawn digits": lambda: trained(
        lambda: patch.object(negatives, "PER_STYLE", 0)
    ),
    "no negatives": lambda: trained(
        lambda: patch.object(recipes, "make_extra_samples", digits_only)
    ),
    "as shipped": lambda: shipped(recipes.RECIPES["cnn"].tta_rotations),
    "as shipped, without test-time augmentation": lambda: shipped(NO_TTA),
}

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
