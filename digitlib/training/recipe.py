"""Train, check and save a network by its recipe.

The same functions make the shipped networks (`python -m digitlib train`) and those of
lesson 03. Only `_train_on_mnist` uses the test set: once, after every choice is made.
"""

import math
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score

from digitlib.files import HOME
from digitlib.quiet import quiet
from digitlib.reading import manifest, tta
from digitlib.reading.predict import CLASSES
from digitlib.reading.preprocess import to_glyphs
from digitlib.reading.tta import NO_TTA
from digitlib.training import data
from digitlib.training.augmentation import augment
from digitlib.training.backend import keras
from digitlib.training.calibration import calibrate, fit_threshold
from digitlib.training.degradation import degrade
from digitlib.training.export import save
from digitlib.training.negatives import make_extra_samples
from digitlib.training.networks import NETWORKS

# From (n, 28, 28, 1) glyphs to new ones.
Augmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """The settings that differ from network to network.

    Attributes:
        epochs: the number of epochs that made the shipped network.
        augmentations: the augmentations of each batch of glyphs, in this order.
        tta_rotations: the rotations of test-time augmentation, in degrees.
    """

    epochs: int
    augmentations: tuple[Augmentation, ...]
    tta_rotations: tuple[float, ...] = NO_TTA


RECIPES = {
    "mlp": Recipe(epochs=40, augmentations=(partial(augment, strength=0.5),)),
    "lenet": Recipe(epochs=30, augmentations=(partial(augment, strength=0.7),)),
    "cnn": Recipe(
        epochs=50, augmentations=(augment, degrade), tta_rotations=(-7.0, 7.0)
    ),
}
BATCH_SIZE = 128
LEARNING_RATE = 2e-3  # at its peak
WARM_UP = 0.1  # share of all steps
WEIGHT_DECAY = 1e-4
SEED_KEYS = "validation_accuracy", "test_accuracy", "seconds", "timed_epochs"
CHECKPOINTS = HOME / ".checkpoints"


class AugmentedImages(keras.utils.PyDataset):
    """Shuffled, augmented batches that differ by epoch and depend only on the seed."""

    def __init__(
        self,
        glyphs: np.ndarray,
        labels: np.ndarray,
        seed: int,
        augmentations: tuple[Augmentation, ...],
    ):
        super().__init__()
        self.glyphs, self.labels, self.seed = glyphs, labels, seed
        self.augmentations = augmentations
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle for an epoch; given its number, a resumed run shuffles alike."""
        self.epoch = epoch
        self.order = np.random.default_rng([self.seed, epoch]).permutation(
            len(self.labels)
        )

    def __len__(self) -> int:
        return math.ceil(len(self.labels) / BATCH_SIZE)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        random = np.random.default_rng([self.seed, self.epoch, index])
        glyphs = self.glyphs[chosen]
        for augmentation in self.augmentations:
            glyphs = augmentation(glyphs, random)
        return glyphs, self.labels[chosen]


def train(
    network: str,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    seed: int = 0,
    checkpoints: Path | None = None,
    progress: keras.callbacks.Callback | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train one of the networks without using any test set.

    The optimizer is AdamW (Loshchilov and Hutter, 2019) with a warm-up and a cosine
    schedule, on augmented images. The last of the training images are kept for
    validation.

    Args:
        network: "mlp", "lenet" or "cnn".
        images: (n, 28, 28) uint8 training images, ink 255.
        labels: (n,) their labels, 0 to 9.
        epochs: how many times each image is shown.
        seed: fixes the initial weights, the order and the augmentation.
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
    model = NETWORKS[network]()
    glyphs, y = training_samples(model, x, y, seed)
    batches = AugmentedImages(glyphs, y, seed, RECIPES[network].augmentations)
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
    return model, history.history


def training_samples(
    model: keras.Model, images: np.ndarray, labels: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the glyphs to train on, with extra samples if the network can reject.

    Args:
        model: a network with ten outputs, or eleven.
        images: (n, 28, 28) uint8 training images, ink 255.
        labels: (n,) their labels.
        seed: fixes the extra samples for a network with eleven outputs.

    Returns:
        (m, 28, 28, 1) float32 glyphs and their (m,) labels; m is n or more.
    """
    glyphs = to_glyphs(images)
    if model.output_shape[-1] == CLASSES:
        return glyphs, labels
    extra, extra_labels = make_extra_samples(images, np.random.default_rng(seed))
    return np.concatenate([glyphs, extra]), np.concatenate([labels, extra_labels])


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
    model, entry, x_validation = _train_on_mnist(network, epochs, seed)
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
        _, entry, _ = _train_on_mnist(network, epochs, seed)
        recorded.setdefault(network, {})[str(seed)] = {
            key: entry[key] for key in SEED_KEYS
        }
        manifest.write_json(path, recorded)
        shutil.rmtree(_checkpoints(network, epochs, seed))
    return path


def _checkpoints(network: str, epochs: int, seed: int) -> Path:
    return CHECKPOINTS / f"{network}-{epochs}-{seed}"


def _train_on_mnist(
    network: str, epochs: int, seed: int
) -> tuple[keras.Model, manifest.Entry, np.ndarray]:
    """Train and calibrate a network, and test it on the test set once, at the end.

    Returns:
        The network, its entry for the manifest, and the validation images.
    """
    checkpoints = _checkpoints(network, epochs, seed)
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    start = time.perf_counter()
    model, history = train(
        network, x_train, y_train, epochs=epochs, seed=seed, checkpoints=checkpoints
    )
    seconds = round(time.perf_counter() - start)
    _, (x, y) = data.split_validation(x_train, y_train)
    tta_rotations = RECIPES[network].tta_rotations
    temperature = calibrate(model, to_glyphs(x), y, tta_rotations)
    on_validation, on_test = probabilities(model, x), probabilities(model, x_test)
    entry = {
        "command": f"python -m digitlib train --network {network}"
        f" --epochs {epochs} --seed {seed}",
        "seconds": seconds,
        "timed_epochs": len(history.get("loss", [])),  # fewer after a resume
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "tta_rotations": list(tta_rotations),
        "temperature": round(temperature, 3),
        "threshold": round(fit_threshold(on_validation), 3),
        "validation_accuracy": round(
            accuracy_score(y, on_validation.argmax(axis=1)), 4
        ),
        "test_accuracy": round(accuracy_score(y_test, on_test.argmax(axis=1)), 4),
    }
    return model, entry, x


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
