"""A trained network taught a few people's digits, without forgetting the others'.

    models/*.keras -> load_trained -> fine_tune -> save_as -> models/class.keras

Lesson 05 shows what is gained and lost by it. The shipped networks stay as they are.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score

from digitlib.errors import ModelError
from digitlib.quiet import quiet
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import to_glyphs
from digitlib.training.backend import keras
from digitlib.training.calibration import calibrate, fit_threshold
from digitlib.training.export import save
from digitlib.training.recipe import (
    LEARNING_RATE,
    RECIPES,
    WEIGHT_DECAY,
    AugmentedImages,
    cosine_schedule,
    probabilities,
    training_samples,
)

EPOCHS = 10
GLYPHS = 6_000  # an epoch: enough of them are old ones that none is forgotten;
NEW = 0.3  # of them are the new digits, each again and again, never twice alike
SLOWLY = LEARNING_RATE / 4  # at its peak: what was learnt shall stay

Labelled = tuple[np.ndarray, np.ndarray]  # (n, 28, 28) uint8 images and (n,) labels


class Watch(keras.callbacks.Callback):
    """Keeps how well a network reads some groups of digits while it learns others.

    Attributes:
        accuracies: of each group, by its name: before, and after each epoch.
    """

    def __init__(self, groups: Mapping[str, Labelled]):
        super().__init__()
        self.groups = groups
        self.accuracies: dict[str, list[float]] = {name: [] for name in groups}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Measure what was there before."""
        for name, (images, labels) in self.groups.items():
            answers = probabilities(self.model, images)
            self.accuracies[name].append(accuracy_score(labels, answers.argmax(axis=1)))

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Measure what is there now."""
        self.on_train_begin()


def load_trained(network: str) -> keras.Model:
    """Load a shipped network as Keras has it, to go on training.

    Args:
        network: "mlp", "lenet" or "cnn".

    Raises:
        ModelError: its files are missing or damaged; the message says what to do.
    """
    path = manifest.MODELS / f"{network}.keras"
    load_model(path)  # complains in plain words
    return keras.models.load_model(path, compile=False)


def fine_tune(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    old: Labelled | None,
    *,
    watch: Mapping[str, Labelled] | None = None,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Go on training a network with a few new digits, mixed with some that it knows.

    With new digits alone it would forget how all others write ("catastrophic
    forgetting"); to mix in old ones is called rehearsal.

    Args:
        model: a network that `load_trained` loaded; it stays as it is.
        images: (n, 28, 28) uint8 new images, ink 255; thirty are enough.
        labels: (n,) their labels, 0 to 9.
        old: training images and labels to choose the old ones from; None to learn from
            the new ones only.
        watch: groups of images and labels, by name, to be read after each epoch.
        epochs: how many times `GLYPHS` glyphs are shown.
        seed: fixes everything random.

    Returns:
        The new network, and the accuracies of each group watched: before, and after
        each epoch.

    Source of the method: A. Robins, "Catastrophic forgetting, rehearsal and
    pseudorehearsal" (1995).
    """
    with quiet():
        keras.utils.set_random_seed(seed)
    tuned = _copy(model)
    glyphs, answers = _mix(tuned, images, labels, old, seed)
    batches = AugmentedImages(glyphs, answers, seed, RECIPES[model.name].augmentations)
    tuned.compile(
        optimizer=keras.optimizers.AdamW(
            cosine_schedule(epochs * len(batches), SLOWLY), weight_decay=WEIGHT_DECAY
        ),
        loss="sparse_categorical_crossentropy",
    )
    watched = Watch(watch or {})
    new_order = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: batches.start_epoch(epoch)
    )
    callbacks = [new_order, watched]
    tuned.fit(batches, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)
    return tuned, watched.accuracies


def _mix(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    old: Labelled | None,
    seed: int,
) -> Labelled:
    """An epoch's glyphs and labels: the new ones again and again, and some old ones."""
    if not len(images):
        raise ModelError("There is no digit to learn from: write some, or photograph.")
    share = NEW if old else 1
    again = np.resize(np.arange(len(images)), max(len(images), int(share * GLYPHS)))
    glyphs, answers = to_glyphs(images)[again], np.asarray(labels)[again]
    if old is None:
        return glyphs, answers
    known, their_labels = training_samples(model, *old, seed)
    n = min(len(known), GLYPHS - int(NEW * GLYPHS))
    chosen = np.random.default_rng(seed).choice(len(known), n, replace=False)
    return (
        np.concatenate([glyphs, known[chosen]]),
        np.concatenate([answers, their_labels[chosen]]),
    )


def save_as(
    network: str,
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    folder: Path | None = None,
) -> manifest.Entry:
    """Save a network of your own beside the shipped ones, its confidence made honest.

    `load_model("models/class.keras")`, `python -m digitlib predict --network` and the
    web app's `DIGITLIB_MODEL` read with it; none of them needs Keras.

    Args:
        network: a name of your own, such as "class".
        model: what `fine_tune` returned; it stays as it is.
        images: (n, 28, 28) uint8 validation images, not learnt from.
        labels: (n,) their labels.
        folder: where it goes; None for `manifest.own_folder`.

    Returns:
        The manifest's entry.

    Raises:
        ModelError: the name is that of a shipped network, or the network cannot be
            saved; nothing is replaced.
    """
    if network in manifest.SHIPPED:
        raise ModelError(
            f"{network} is the name of a shipped network, which is not to be replaced:"
            ' choose another, such as "class".'
        )
    honest = _copy(model)
    tta_rotations = RECIPES[model.name].tta_rotations
    temperature = calibrate(honest, to_glyphs(images), labels, tta_rotations)
    answers = probabilities(honest, images)
    entry = {
        "fine_tuned_from": model.name,
        "tta_rotations": list(tta_rotations),
        "temperature": round(temperature, 3),
        "threshold": round(fit_threshold(answers), 3),
        "validation_accuracy": round(accuracy_score(labels, answers.argmax(axis=1)), 4),
    }
    return save(honest, network, to_glyphs(images[:1000]), entry, folder)


def _copy(model: keras.Model) -> keras.Model:
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy
