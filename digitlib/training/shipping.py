"""Train a network by its recipe, test it once, and save it where everybody finds it.

    MNIST, mixture -> recipe.train (a teacher, then the network) -> calibrate
        -> the test set, once -> export.save -> models/

`digitlib train` runs it. A run that was killed resumes after its last complete epoch.
"""

import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score

from digitlib.files import HOME, locked
from digitlib.reading import manifest
from digitlib.reading.preprocess import to_glyphs
from digitlib.training import data, mixture
from digitlib.training.backend import keras
from digitlib.training.calibration import calibrate, fit_threshold
from digitlib.training.export import save
from digitlib.training.mixture import Part
from digitlib.training.recipe import RECIPES, probabilities, train

SEED_KEYS = "validation_accuracy", "test_accuracy", "seconds", "timed_epochs"
CHECKPOINTS = HOME / ".checkpoints"
BUSY = (
    "Another process is already training {} from seed {}: wait for it, or train from"
    " another seed with --seed."
)


def train_and_save(
    network: str,
    epochs: int | None = None,
    seed: int = 0,
    folder: Path | None = None,
) -> manifest.Entry:
    """Train a network by its recipe and save it where the whole project finds it.

    A run that was killed resumes after its last complete epoch.

    Args:
        network: "mlp", "tiny", "lenet" or "cnn".
        epochs: the number of epochs; None for the number that made the shipped one.
        seed: fixes everything random.
        folder: where the models go; None for `manifest.own_folder`.

    Returns:
        The manifest's entry of the new model.

    Raises:
        DataError: a set of digits is neither here nor can it be downloaded.
        ModelError: the exported model does not equal the trained one.
        DigitError: this network is already being trained from this seed.
    """
    epochs = epochs or RECIPES[network].epochs
    with only_run(network, seed):
        model, entry, x_validation = _train_and_test(network, epochs, seed)
        entry = save(model, network, to_glyphs(x_validation[:1000]), entry, folder)
        _forget(network, epochs, seed)
    return entry


def compare_seeds(network: str, n: int = 5, folder: Path | None = None) -> Path:
    """Train a network from several seeds to see how much varies; none is saved.

    Args:
        network: "mlp", "tiny", "lenet" or "cnn".
        n: the number of seeds: 0, 1, 2 ... Seeds that are already recorded are skipped,
            so that a run that was killed can continue.
        folder: where `seeds.json` is, with the accuracies and seconds of each seed;
            None for `manifest.own_folder`.

    Returns:
        The path of `seeds.json`.

    Raises:
        DataError: a set of digits is neither here nor can it be downloaded.
        DigitError: this network is already being trained from one of these seeds.
    """
    path = (folder or manifest.own_folder()) / "seeds.json"
    path.parent.mkdir(exist_ok=True)
    for seed in range(n):
        if str(seed) in manifest.read_json(path).get(network, {}):
            continue
        epochs = RECIPES[network].epochs
        with only_run(network, seed):
            _, entry, _ = _train_and_test(network, epochs, seed)
            with manifest.changing(path) as recorded:
                figures = {key: entry[key] for key in SEED_KEYS}
                recorded.setdefault(network, {})[str(seed)] = figures
            _forget(network, epochs, seed)
    return path


@contextmanager
def only_run(network: str, seed: int) -> Iterator[None]:
    """Keep other processes from the same training, which would use the same states.

    Raises:
        DigitError: another process is training this network from this seed.
    """
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    with locked(CHECKPOINTS / f"{network}-{seed}", BUSY.format(network, seed)):
        yield


def _forget(network: str, epochs: int, seed: int) -> None:
    """Remove the states of a training that is done, and its teacher."""
    shutil.rmtree(_checkpoints(network, epochs, seed))
    teacher_epochs = RECIPES[network].teacher_epochs
    shutil.rmtree(
        _checkpoints(f"{network}-teacher", teacher_epochs, seed), ignore_errors=True
    )


def _checkpoints(network: str, epochs: int, seed: int) -> Path:
    return CHECKPOINTS / f"{network}-{epochs}-{seed}"


@dataclass(frozen=True)
class _Material:
    """What a network is trained on and validated on."""

    images: np.ndarray
    labels: np.ndarray
    extra: list[Part] | None
    validation: dict[str, tuple[np.ndarray, np.ndarray]]


def _gather(
    network: str, training: tuple[np.ndarray, np.ndarray], seed: int
) -> _Material:
    """Gather the digits of MNIST, and of other people if the network's recipe says."""
    (x, _), mnist = data.split_validation(*training)
    if not RECIPES[network].people:
        return _Material(*training, None, {"mnist": mnist})
    extra = mixture.make_parts(x, np.random.default_rng(seed))
    return _Material(*training, extra, mixture.validation_digits())


def _train_and_test(
    network: str, epochs: int, seed: int
) -> tuple[keras.Model, manifest.Entry, np.ndarray]:
    """Train and calibrate a network, and test it on the test set once, at the end.

    Returns:
        The network, its entry for the manifest, and the validation images.
    """
    recipe = RECIPES[network]
    training, (x_test, y_test) = data.load_mnist()
    material = _gather(network, training, seed)
    start = time.perf_counter()
    teacher = _train_teacher(network, material, seed) if recipe.teacher_epochs else None
    model, history = train(
        network,
        *training,
        epochs=epochs,
        seed=seed,
        extra=material.extra,
        teacher=teacher,
        checkpoints=_checkpoints(network, epochs, seed),
    )
    if teacher:
        _average(model, teacher)
    run = describe_run(network, epochs, seed, start, history)
    temperature = _calibrate(model, material)
    read = {
        name: probabilities(model, images)
        for name, (images, _) in material.validation.items()
    }
    accuracies = {
        name: accuracy_score(labels, read[name].argmax(axis=1))
        for name, (_, labels) in material.validation.items()
    }
    threshold = fit_threshold({name: each.max(axis=1) for name, each in read.items()})
    on_test = probabilities(model, x_test)
    entry = {
        **run,
        "tta_rotations": list(recipe.tta_rotations),
        "temperature": round(temperature, 3),
        "threshold": int(1000 * threshold) / 1000,  # rounded down: it rejects no more
        "validation_accuracy": round(float(np.mean(list(accuracies.values()))), 4),
        "validation": {name: round(each, 4) for name, each in accuracies.items()},
        "test_accuracy": round(accuracy_score(y_test, on_test.argmax(axis=1)), 4),
    }
    return model, entry, material.validation["mnist"][0]


def describe_run(
    network: str, epochs: int, seed: int, start: float, history: dict[str, list[float]]
) -> manifest.Entry:
    """Describe how a network was trained, for its entry in the manifest.

    Args:
        network: its name.
        epochs: their number in the whole training.
        seed: what it began from.
        start: when it began, as `time.perf_counter` gave it.
        history: of the epochs since it was resumed.
    """
    return {
        "command": f"python -m digitlib train --network {network}"
        f" --epochs {epochs} --seed {seed}",
        "seconds": round(time.perf_counter() - start),
        "timed_epochs": len(history.get("loss", [])),  # fewer after a resume
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }


def _train_teacher(network: str, material: _Material, seed: int) -> keras.Model:
    """Train and calibrate a teacher, or load it where that was already done."""
    epochs = RECIPES[network].teacher_epochs
    folder = _checkpoints(f"{network}-teacher", epochs, seed)
    done, unfinished = folder / "teacher.keras", folder / "unfinished.keras"
    if done.is_file():
        return keras.models.load_model(done, compile=False)
    teacher, _ = train(
        network,
        material.images,
        material.labels,
        epochs=epochs,
        seed=seed,
        extra=material.extra,
        checkpoints=folder,
    )
    _calibrate(teacher, material)
    teacher.save(unfinished)
    os.replace(unfinished, done)
    return teacher


def _average(model: keras.Model, other: keras.Model) -> None:
    """Give a network the mean of its weights and those of the round before.

    Source of the method: P. Izmailov et al., "Averaging weights leads to wider optima
    and better generalization" (2018).
    """
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    model.set_weights([(a + b) / 2 for a, b in pairs])


def _calibrate(model: keras.Model, material: _Material) -> float:
    sets = zip(*material.validation.values(), strict=True)
    images, labels = map(np.concatenate, sets)
    rotations = RECIPES[model.name].tta_rotations
    return calibrate(model, to_glyphs(images), labels, rotations)
