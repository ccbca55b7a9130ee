"""Ablations: train `cnn` briefly without each part of its recipe, and measure it.

    python -m benchmarks.ablations FILE [--epochs 8] [--share 1.0] [--only NAME ...]

Each variant is trained as in the first round of the recipe, calibrated, and measured on
writing of people who are not trained on, never on the test set. Its figures are printed
and added to FILE. A variant that is already in FILE is skipped, so that a run that was
killed can continue. `--share 0.01` uses so little of all data that it only shows
whether the command works.

The networks trained here use no test-time augmentation. Its effect is measured on the
shipped network, for which nothing is trained.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np

from digitlib.evaluation import accuracy, rejection, report
from digitlib.reading import Model, load_model, manifest, to_glyphs
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.reading.tta import NO_TTA
from digitlib.training import augmentation, data, export, mixture
from digitlib.training import recipe as recipes
from digitlib.training.calibration import calibrate, fit_threshold
from digitlib.training.mixture import Part

EPOCHS = 8
COMPARED = 100  # glyphs on which an exported network is checked

Parts = dict[str, Part]


@dataclass(frozen=True)
class Material:
    """What the variants are trained and measured on.

    Attributes:
        mnist: (n, 28, 28) uint8 training images, ink 255, and their labels.
        parts: what else the recipe trains on, named as in `mixture.SHOWN`.
        digits: of `mixture.validation_digits`.
        negatives: of `mixture.validation_negatives`.
    """

    mnist: tuple[np.ndarray, np.ndarray]
    parts: Parts
    digits: dict[str, tuple[np.ndarray, np.ndarray]]
    negatives: dict[str, np.ndarray]


Make = Callable[[Material, int], Model]


def main(arguments: list[str] | None = None) -> None:
    """Train and measure the variants that are not measured yet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablations")
    parser.add_argument("file", type=Path, help="where the figures are kept")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--share", type=float, default=1.0, help="of all data")
    parser.add_argument("--only", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    options = parser.parse_args(arguments)
    material = gather(options.share)
    for name in options.only:
        known = manifest.read_json(options.file)
        if name in known:
            continue
        figures = measure(VARIANTS[name](material, options.epochs), material)
        print(name, figures, flush=True)
        manifest.write_json(options.file, known | {name: figures})


def gather(share: float = 1.0) -> Material:
    """Gather what the recipe trains on and is validated on, or a share of it."""
    mnist, _ = data.load_mnist()
    (images, _), _ = data.split_validation(*mnist)
    parts = mixture.make_parts(images, np.random.default_rng(0))
    digits, negatives = mixture.validation_digits(), mixture.validation_negatives()
    return Material(
        (_some(share, mnist[0]), _some(share, mnist[1])),
        {
            name: Part(_some(share, each.images), _some(share, each.labels), each.shown)
            for name, each in zip(mixture.SHOWN, parts, strict=True)
        },
        {name: (_some(share, x), _some(share, y)) for name, (x, y) in digits.items()},
        {name: _some(share, each) for name, each in negatives.items()},
    )


def _some(share: float, values: np.ndarray) -> np.ndarray:
    """Choose a share of an array, the same places in all arrays of one length."""
    n = len(values)
    chosen = np.random.default_rng(0).permutation(n)[: round(share * n)]
    return values[np.sort(chosen)]


def measure(model: Model, material: Material) -> dict[str, float]:
    """Measure a network, with a threshold fitted to the validation digits.

    Returns:
        "mnist", "swiss" and "pens", the accuracies on them; "corruptions", the mean
        accuracy on corrupted digits of MNIST; for each set of what is no digit, such as
        "rejected letters", the share that is rejected.
    """
    digits = material.digits
    read = {name: model.probabilities(to_glyphs(x)) for name, (x, _) in digits.items()}
    model.threshold = fit_threshold({name: p.max(axis=1) for name, p in read.items()})
    predictions = report.Predictions(*digits["mnist"], read["mnist"])
    corrupted = report.measure_robustness(model, predictions)
    figures = {
        **{name: accuracy(digits[name][1], read[name]) for name in digits},
        "corruptions": statistics.fmean(corrupted.values()),
        **{
            f"rejected {name}": rejection.find_rejected_arrays(model, images).mean()
            for name, images in material.negatives.items()
        },
    }
    return {name: round(float(figure), 4) for name, figure in figures.items()}


def trained(
    choose: Callable[[Parts], Parts] = dict,
    changed: Callable[[], AbstractContextManager] = nullcontext,
) -> Make:
    """Return what trains a network on chosen parts by a changed recipe."""
    return partial(_train, choose, changed)


def _train(
    choose: Callable[[Parts], Parts],
    changed: Callable[[], AbstractContextManager],
    material: Material,
    epochs: int,
) -> Model:
    extra = list(choose(material.parts).values())
    with changed():
        network, _ = recipes.train("cnn", *material.mnist, epochs=epochs, extra=extra)
    pairs = zip(*material.digits.values(), strict=True)
    images, labels = map(np.concatenate, pairs)
    glyphs = to_glyphs(images)
    calibrate(network, glyphs, labels)
    with tempfile.TemporaryDirectory() as folder:
        export.save(network, "cnn", glyphs[:COMPARED], {}, Path(folder))
        return load_model(Path(folder) / "cnn.tflite")


def shipped(tta_rotations: tuple[float, ...]) -> Make:
    """Return what loads the shipped network with these rotations at test time."""

    def load(_material: Material, _epochs: int) -> Model:
        model = load_model()
        model.tta_rotations = tta_rotations
        return model

    return load


def without(*names: str) -> Callable[[Parts], Parts]:
    """Return what leaves these parts out."""
    return lambda parts: {name: parts[name] for name in parts if name not in names}


def digits_only(parts: Parts) -> Parts:
    """Leave out whatever is no digit."""

    def choose(part: Part) -> Part:
        is_digit = part.labels != NOT_A_DIGIT
        return Part(part.images[is_digit], part.labels[is_digit], part.shown)

    return {name: choose(part) for name, part in parts.items()}


def augmented_by(*augmentations: recipes.Augmentation) -> AbstractContextManager:
    """Patch the recipe to use only these augmentations."""
    changed = replace(recipes.RECIPES["cnn"], augmentations=augmentations)
    return patch.dict(recipes.RECIPES, {"cnn": changed})


VARIANTS: dict[str, Make] = {
    "the recipe": trained(),
    **{f"no {name}": trained(without(name)) for name in mixture.SHOWN},
    "MNIST only": trained(without(*mixture.SHOWN)),
    "digits only": trained(digits_only),
    "no degraded glyphs": trained(changed=lambda: augmented_by(augmentation.augment)),
    "no elastic distortion, no pen changes": trained(
        changed=lambda: patch.multiple(augmentation, DISTORTION=0.0, PEN_CHANGE=0.0)
    ),
    "as shipped": shipped(recipes.RECIPES["cnn"].tta_rotations),
    "as shipped, without test-time augmentation": shipped(NO_TTA),
}

if __name__ == "__main__":
    sys.exit(main())
