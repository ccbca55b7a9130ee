"""Train, check and save a network by its recipe.

The same functions make the shipped networks (`python -m digitlib train`) and those of
lesson 03. Only `_train_and_test` uses the test set: once, after every choice is made.
"""

import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score

from digitlib.files import HOME
from digitlib.quiet import quiet
from digitlib.reading import manifest, tta
from digitlib.reading.predict import CLASSES
from digitlib.reading.preprocess import to_glyphs, to_pixels
from digitlib.reading.tta import NO_TTA
from digitlib.training import data, mixture
from digitlib.training.augmentation import augment
from digitlib.training.backend import fast_precision, keras
from digitlib.training.batches import Augmentation, AugmentedImages, Part
from digitlib.training.calibration import calibrate, fit_threshold
from digitlib.training.degradation import degrade
from digitlib.training.export import save
from digitlib.training.negatives import make_extra_samples
from digitlib.training.networks import NETWORKS


@dataclass(frozen=True)
class Recipe:
    """The settings that differ from network to network.

    Attributes:
        epochs: the number of epochs that made the shipped network.
        augmentations: the augmentations of each batch of glyphs, in this order.
        tta_rotations: the rotations of test-time augmentation, in degrees.
        people: whether it also learns from the writing in `mixture`, beside MNIST.
        bfloat16: whether it is trained in bfloat16 where the processor is fast at it.
    """

    epochs: int
    augmentations: tuple[Augmentation, ...]
    tta_rotations: tuple[float, ...] = NO_TTA
    people: bool = False
    bfloat16: bool = False


RECIPES = {
    "mlp": Recipe(epochs=40, augmentations=(partial(augment, strength=0.5),)),
    "lenet": Recipe(epochs=30, augmentations=(partial(augment, strength=0.7),)),
    "cnn": Recipe(
        epochs=40,
        augmentations=(augment, degrade),
        tta_rotations=(-7.0, 7.0),
        people=True,
        bfloat16=True,
    ),
}
LEARNING_RATE = 2e-3  # at its peak
WARM_UP = 0.1  # share of all steps
WEIGHT_DECAY = 1e-4
SEED_KEYS = "validation_accuracy", "test_accuracy", "seconds", "timed_epochs"
CHECKPOINTS = HOME / ".checkpoints"


def train(
    network: str,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    seed: int = 0,
    extra: Sequence[Part] | None = None,
    checkpoints: Path | None = None,
    progress: keras.callbacks.Callback | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train one of the networks without using any test set.

    The optimizer is AdamW (Loshchilov and Hutter, 2019) with a warm-up and a cosine
    schedule, on augmented images. Some of the images are set aside for validation.

    Args:
        network: "mlp", "lenet" or "cnn".
        images: (n, 28, 28) uint8 training images, ink 255.
        labels: (n,) their labels, 0 to 9.
        epochs: how many times each image is shown.
        seed: fixes the initial weights, the order and the augmentation.
        extra: what else it is trained on; None for the samples made by program, if the
            network can reject, and for nothing if it cannot.
        checkpoints: a folder to resume from, in which the state after each epoch is
            saved.
        progress: shows the progress (`live.LiveCurves` in a notebook); None for a bar.

    Returns:
        The trained model and its history: "loss", "accuracy", "val_loss" and
        "val_accuracy" of each epoch, or of each epoch since the training was resumed.
    """
    with quiet():  # on PyTorch, too, Keras seeds TensorFlow, which prints as it loads
        keras.utils.set_random_seed(seed)
    (x, y), (x_validation, y_validation) = data.split_validation(images, labels)
    recipe = RECIPES[network]
    with fast_precision() if recipe.bfloat16 else nullcontext():
        model = NETWORKS[network]()
    if extra is None:
        extra = made_samples(model, x, seed)
    batches = AugmentedImages([Part(x, y), *extra], seed, recipe.augmentations)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            cosine_schedule(epochs * len(batches)), weight_decay=WEIGHT_DECAY
        ),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    resume = [_keep_state(checkpoints)] if checkpoints else []
    history = model.fit(
        batches,
        validation_data=(to_glyphs(x_validation), y_validation),
        epochs=epochs,
        shuffle=False,  # done by `start_epoch`, which knows the epoch of a resumed run
        verbose=0,
        callbacks=[
            *resume,
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, logs: _start_epoch(model, batches, epoch)
            ),
            progress or _progress_bar(),
        ],
    )
    exact = NETWORKS[network]()  # in full precision, whatever it was trained in
    exact.set_weights(model.get_weights())
    return exact, history.history


def made_samples(model: keras.Model, images: np.ndarray, seed: int) -> list[Part]:
    """Make extra samples by program for a network that can reject, else none.

    Args:
        model: a network with ten outputs, or eleven.
        images: (n, 28, 28) uint8 training images, ink 255.
        seed: fixes the samples.
    """
    if model.output_shape[-1] == CLASSES:
        return []
    made, labels = make_extra_samples(images, np.random.default_rng(seed))
    return [Part(to_pixels(made), labels)]


def _start_epoch(model: keras.Model, batches: AugmentedImages, epoch: int) -> None:
    """Fix what is random in an epoch; checkpoints do not hold the state of dropout."""
    batches.start_epoch(epoch)
    keras.utils.set_random_seed(batches.seed + epoch)  # all that PyTorch needs
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            state = layer.seed_generator.state  # its seed and its number of draws
            state.assign([int(state[0]), epoch * len(batches)])


def cosine_schedule(
    steps: int, peak: float = LEARNING_RATE
) -> keras.optimizers.schedules.CosineDecay:
    """Return a learning rate that rises for a tenth of the steps, then falls to 0."""
    warm_up = int(steps * WARM_UP)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=peak,
        warmup_steps=warm_up,
        decay_steps=steps - warm_up,
    )


def train_and_save(
    network: str,
    epochs: int | None = None,
    seed: int = 0,
    folder: Path | None = None,
) -> manifest.Entry:
    """Train a network on MNIST and save it where the whole project finds it.

    A run that was killed resumes after its last complete epoch.

    Args:
        network: "mlp", "lenet" or "cnn".
        epochs: the number of epochs; None for the number that made the shipped one.
        seed: fixes everything random.
        folder: where the models go; None for `manifest.own_folder`.

    Returns:
        The manifest's entry of the new model.

    Raises:
        DataError: MNIST is neither on this machine nor can it be downloaded.
        ModelError: the exported model does not equal the trained one.
    """
    epochs = epochs or RECIPES[network].epochs
    model, entry, x_validation = _train_and_test(network, epochs, seed)
    entry = save(model, network, to_glyphs(x_validation[:1000]), entry, folder)
    shutil.rmtree(_checkpoints(network, epochs, seed))
    return entry


def compare_seeds(network: str, n: int = 5, folder: Path | None = None) -> Path:
    """Train a network from several seeds to see how much varies; none is saved.

    Args:
        network: "mlp", "lenet" or "cnn".
        n: the number of seeds: 0, 1, 2 ... Seeds that are already recorded are skipped,
            so that a run that was killed can continue.
        folder: where `seeds.json` is, with the accuracies and seconds of each seed;
            None for `manifest.own_folder`.

    Returns:
        The path of `seeds.json`.

    Raises:
        DataError: MNIST is neither on this machine nor can it be downloaded.
    """
    path = (folder or manifest.own_folder()) / "seeds.json"
    path.parent.mkdir(exist_ok=True)
    for seed in range(n):
        recorded = manifest.read_json(path)
        if str(seed) in recorded.get(network, {}):
            continue
        epochs = RECIPES[network].epochs
        _, entry, _ = _train_and_test(network, epochs, seed)
        recorded.setdefault(network, {})[str(seed)] = {
            key: entry[key] for key in SEED_KEYS
        }
        manifest.write_json(path, recorded)
        shutil.rmtree(_checkpoints(network, epochs, seed))
    return path


def _checkpoints(network: str, epochs: int, seed: int) -> Path:
    return CHECKPOINTS / f"{network}-{epochs}-{seed}"


def _train_and_test(
    network: str, epochs: int, seed: int
) -> tuple[keras.Model, manifest.Entry, np.ndarray]:
    """Train and calibrate a network, and test it on the test set once, at the end.

    Returns:
        The network, its entry for the manifest, and the validation images.
    """
    recipe, checkpoints = RECIPES[network], _checkpoints(network, epochs, seed)
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    (x, _), mnist = data.split_validation(x_train, y_train)
    random = np.random.default_rng(seed)
    extra = mixture.make_parts(x, random) if recipe.people else None
    validation = mixture.validation_digits() if recipe.people else {"mnist": mnist}
    start = time.perf_counter()
    model, history = train(
        network,
        x_train,
        y_train,
        epochs=epochs,
        seed=seed,
        extra=extra,
        checkpoints=checkpoints,
    )
    seconds = round(time.perf_counter() - start)
    images, labels = map(np.concatenate, zip(*validation.values(), strict=True))
    temperature = calibrate(model, to_glyphs(images), labels, recipe.tta_rotations)
    read = {name: probabilities(model, each) for name, (each, _) in validation.items()}
    accuracies = {
        name: accuracy_score(labels, read[name].argmax(axis=1))
        for name, (_, labels) in validation.items()
    }
    threshold = fit_threshold({name: each.max(axis=1) for name, each in read.items()})
    on_test = probabilities(model, x_test)
    entry = {
        "command": f"python -m digitlib train --network {network}"
        f" --epochs {epochs} --seed {seed}",
        "seconds": seconds,
        "timed_epochs": len(history.get("loss", [])),  # fewer after a resume
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "tta_rotations": list(recipe.tta_rotations),
        "temperature": round(temperature, 3),
        "threshold": round(threshold, 3),
        "validation_accuracy": round(float(np.mean(list(accuracies.values()))), 4),
        "validation": {name: round(each, 4) for name, each in accuracies.items()},
        "test_accuracy": round(accuracy_score(y_test, on_test.argmax(axis=1)), 4),
    }
    return model, entry, images


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return a Keras network's probabilities, (n, 10), of (n, 28, 28) uint8 images."""
    run = partial(model.predict, batch_size=500, verbose=0)
    rotations = RECIPES[model.name].tta_rotations
    return tta.predict(run, to_glyphs(images), rotations)[:, :CLASSES]


def _progress_bar() -> keras.callbacks.Callback:
    from tqdm.keras import TqdmCallback  # imports Keras, so `backend` must come first

    return TqdmCallback(verbose=0, file=sys.stdout)


def _keep_state(folder: Path) -> keras.callbacks.Callback:
    """Save two states in turn, so that a kill while saving leaves one intact."""
    return keras.callbacks.BackupAndRestore(
        folder, double_checkpoint=True, delete_checkpoint=False
    )
