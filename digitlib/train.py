"""The recipe: training images in, a network trained, checked and saved out.

The same functions make the shipped networks (`python -m digitlib train`) and the one of
lesson 03. Only `train_and_save` looks at the test set: once, when all is chosen.
"""

import math
import os
import platform
import shutil
import sys
import time
from pathlib import Path

import numpy as np

from digitlib import data, manifest
from digitlib.augment import augment
from digitlib.backend import keras
from digitlib.evaluate import accuracy
from digitlib.model import NETWORKS
from digitlib.preprocess import to_glyphs
from digitlib.saving import save

EPOCHS = {"mlp": 20, "lenet": 20, "cnn": 20}
BATCH_SIZE = 128
LEARNING_RATE = 2e-3  # at its peak
WARM_UP = 0.1  # of all steps
WEIGHT_DECAY = 1e-4
CHECKPOINTS = Path(__file__).parents[1] / ".checkpoints"


class AugmentedImages(keras.utils.PyDataset):
    """Shuffled, augmented batches: new in each epoch, the same for the same seed."""

    def __init__(self, glyphs: np.ndarray, labels: np.ndarray, seed: int):
        super().__init__()
        self.glyphs, self.labels, self.seed = glyphs, labels, seed
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle for this epoch. Told the number, so that a resumed run agrees too."""
        self.epoch = epoch
        self.order = np.random.default_rng([self.seed, epoch]).permutation(
            len(self.labels)
        )

    def __len__(self) -> int:
        return math.ceil(len(self.labels) / BATCH_SIZE)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        random = np.random.default_rng([self.seed, self.epoch, index])
        return augment(self.glyphs[chosen], random), self.labels[chosen]


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
    """Train one of the networks, choosing nothing by any test set.

    AdamW (Loshchilov and Hutter, 2019) with a warm-up and a cosine schedule, on
    augmented images; the last of the training images are kept for validation.

    Args:
        network: "mlp", "lenet" or "cnn".
        images: (n, 28, 28) uint8 training images, ink 255.
        labels: (n,) their labels, 0 to 9.
        epochs: how many times each image is shown.
        seed: fixes the first weights, the order and the augmentation.
        checkpoints: a folder to resume from and to keep the state in after each epoch.
        progress: shows how far it is (`live.LiveCurves` in a notebook); None for a bar.

    Returns:
        The trained model, and its history: for each epoch "loss", "accuracy",
        "val_loss" and "val_accuracy". After a resume, of the epochs since.
    """
    keras.utils.set_random_seed(seed)
    (x, y), (x_validation, y_validation) = data.split_validation(images, labels)
    batches = AugmentedImages(to_glyphs(x), y, seed)
    model = NETWORKS[network]()
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
        shuffle=False,  # done above, where a resumed run knows the epoch
        verbose=0,
        callbacks=[
            *resume,
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, logs: batches.start_epoch(epoch)
            ),
            progress or _progress_bar(),
        ],
    )
    return model, history.history


def cosine_schedule(steps: int) -> keras.optimizers.schedules.CosineDecay:
    """The learning rate over a training: up in a tenth of the steps, then down to 0."""
    warm_up = int(steps * WARM_UP)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=LEARNING_RATE,
        warmup_steps=warm_up,
        decay_steps=steps - warm_up,
    )


def train_and_save(
    network: str,
    epochs: int | None = None,
    seed: int = 0,
    folder: Path = manifest.MODELS,
) -> manifest.Entry:
    """Train a network on MNIST and put it where every face of the project finds it.

    A run that was killed goes on after its last whole epoch.

    Args:
        network: "mlp", "lenet" or "cnn".
        epochs: how many; None for the number that made the shipped one.
        seed: fixes everything random.
        folder: where the models go.

    Returns:
        The manifest's entry of the new model.

    Raises:
        DataError: MNIST cannot be had.
        ModelError: the exported model does not equal the trained one.
    """
    epochs = epochs or EPOCHS[network]
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    checkpoints = CHECKPOINTS / f"{network}-{epochs}-{seed}"
    start = time.perf_counter()
    model, history = train(
        network, x_train, y_train, epochs=epochs, seed=seed, checkpoints=checkpoints
    )
    seconds = round(time.perf_counter() - start)
    _, (x_validation, y_validation) = data.split_validation(x_train, y_train)
    entry = {
        "command": f"python -m digitlib train --network {network}"
        f" --epochs {epochs} --seed {seed}",
        "seconds": seconds,
        "timed_epochs": len(history.get("loss", [])),  # fewer after a resume
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "validation_accuracy": _accuracy(model, x_validation, y_validation),
        "test_accuracy": _accuracy(model, x_test, y_test),
    }
    entry = save(model, network, to_glyphs(x_validation[:1000]), entry, folder)
    shutil.rmtree(checkpoints)
    return entry


def _accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    probabilities = model.predict(to_glyphs(images), batch_size=500, verbose=0)
    return round(accuracy(labels, probabilities), 4)


def _progress_bar() -> keras.callbacks.Callback:
    from tqdm.keras import TqdmCallback  # imports Keras: not before `backend` did

    return TqdmCallback(verbose=0, file=sys.stdout)


def _keep_state(folder: Path) -> keras.callbacks.Callback:
    """Two states are kept, so that one is whole if the other is cut off by a kill."""
    return keras.callbacks.BackupAndRestore(
        folder, double_checkpoint=True, delete_checkpoint=False
    )
