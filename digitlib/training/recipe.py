"""Train, check and save a network by its recipe.

The same functions make the shipped networks (`python -m digitlib train`) and those of
lesson 03. Only `_train_and_test` uses the test set: once, after every choice is made.
"""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from digitlib.quiet import quiet
from digitlib.reading import tta
from digitlib.reading.predict import CLASSES
from digitlib.reading.preprocess import to_glyphs, to_pixels
from digitlib.reading.tta import NO_TTA
from digitlib.training import data
from digitlib.training.augmentation import augment
from digitlib.training.backend import fast_precision, keras
from digitlib.training.batches import Augmentation, AugmentedImages
from digitlib.training.degradation import degrade
from digitlib.training.mixture import Part
from digitlib.training.negatives import make_extra_samples
from digitlib.training.networks import NETWORKS

LEARNING_RATE = 2e-3  # at its peak
WARM_UP = 0.1  # share of all steps
WEIGHT_DECAY = 1e-4


@dataclass(frozen=True)
class Recipe:
    """The settings that differ from network to network.

    Attributes:
        epochs: the number of epochs that made the shipped network.
        augmentations: the augmentations of each batch of glyphs, in this order.
        tta_rotations: the rotations of test-time augmentation, in degrees.
        people: whether it also learns from the writing in `mixture`, beside MNIST.
        bfloat16: whether it is trained in bfloat16 where the processor is fast at it.
        teacher_epochs: the number of epochs of a teacher, which is the same network
            trained first; 0 for none.
        peak: the highest learning rate.
    """

    epochs: int
    augmentations: tuple[Augmentation, ...]
    tta_rotations: tuple[float, ...] = NO_TTA
    people: bool = False
    bfloat16: bool = False
    teacher_epochs: int = 0
    peak: float = LEARNING_RATE


RECIPES = {
    "mlp": Recipe(epochs=40, augmentations=(partial(augment, strength=0.5),)),
    "tiny": Recipe(
        epochs=24, augmentations=(partial(augment, strength=0.5),), peak=8e-3
    ),
    "lenet": Recipe(epochs=30, augmentations=(partial(augment, strength=0.7),)),
    "cnn": Recipe(
        epochs=30,
        augmentations=(augment, degrade),
        tta_rotations=(0.0, -7.0, 7.0),
        people=True,
        bfloat16=True,
        teacher_epochs=36,
    ),
}


def train(
    network: str,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    seed: int = 0,
    extra: Sequence[Part] | None = None,
    teacher: keras.Model | None = None,
    checkpoints: Path | None = None,
    progress: keras.callbacks.Callback | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train one of the networks without using any test set.

    The optimizer is AdamW (Loshchilov and Hutter, 2019) with a warm-up and a cosine
    schedule, on augmented images. Some of the images are set aside for validation.

    Args:
        network: "mlp", "tiny", "lenet" or "cnn".
        images: (n, 28, 28) uint8 training images, ink 255.
        labels: (n,) their labels, 0 to 9.
        epochs: how many times each image is shown.
        seed: fixes the initial weights, the order and the augmentation.
        extra: what else it is trained on; None for the samples made by program, if the
            network can reject, and for nothing if it cannot.
        teacher: a trained network of the same kind, whose weights it starts from, with
            half the learning rate (I. Loshchilov and F. Hutter, "SGDR: stochastic
            gradient descent with warm restarts", 2017), and whose predictions it learns
            from as much as from the labels (T. Furlanello et al., "Born-again neural
            networks", 2018).
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
    precision = fast_precision if recipe.bfloat16 else nullcontext
    with precision():
        model = NETWORKS[network]()
    if extra is None:
        extra = made_samples(model, x, seed)
    parts, loss, predict = [Part(x, y), *extra], "sparse_categorical_crossentropy", None
    peak = recipe.peak
    if teacher:
        with precision():
            copy = NETWORKS[network]()
        for each in (copy, model):
            each.set_weights(teacher.get_weights())
        loss, predict = "categorical_crossentropy", copy.predict_on_batch
        peak /= 2
        y_validation = keras.utils.to_categorical(y_validation, model.output_shape[-1])
    batches = AugmentedImages(parts, seed, recipe.augmentations, predict)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            cosine_schedule(epochs * len(batches), peak), weight_decay=WEIGHT_DECAY
        ),
        loss=loss,
        metrics=["accuracy"],
    )
    resume = [keep_state(checkpoints)] if checkpoints else []
    history = model.fit(
        batches,
        validation_data=(to_glyphs(x_validation), y_validation),
        epochs=epochs,
        shuffle=False,  # done by `start_epoch`, which knows the epoch of a resumed run
        verbose=0,
        callbacks=[
            *resume,
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, logs: start_epoch(model, batches, epoch)
            ),
            progress or progress_bar(),
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


class Epochs(Protocol):
    """Batches that differ by epoch, and depend on nothing else but a seed."""

    seed: int

    def start_epoch(self, epoch: int) -> None:
        """Prepare an epoch's batches."""

    def __len__(self) -> int: ...


def start_epoch(model: keras.Model, batches: Epochs, epoch: int) -> None:
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


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return a Keras network's probabilities, (n, 10), of (n, 28, 28) uint8 images."""
    run = partial(model.predict, batch_size=500, verbose=0)
    rotations = RECIPES[model.name].tta_rotations
    return tta.predict(run, to_glyphs(images), rotations)[:, :CLASSES]


def progress_bar() -> keras.callbacks.Callback:
    """Show a bar for each epoch."""
    from tqdm.keras import TqdmCallback  # imports Keras, so `backend` must come first

    return TqdmCallback(verbose=0, file=sys.stdout)


def keep_state(folder: Path) -> keras.callbacks.Callback:
    """Save two states in turn, so that a kill while saving leaves one intact."""
    return keras.callbacks.BackupAndRestore(
        folder, double_checkpoint=True, delete_checkpoint=False
    )
