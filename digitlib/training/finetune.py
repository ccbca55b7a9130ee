"""Fine-tune a trained network to a few writers without forgetting all the others.

    models/*.keras -> load_trained -> fine_tune -> save_as -> models/class.keras

Lesson 07 shows what this gains and loses. The shipped networks stay as they are.
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
from digitlib.training.batches import AugmentedImages
from digitlib.training.calibration import calibrate, fit_threshold
from digitlib.training.export import save
from digitlib.training.mixture import Part
from digitlib.training.recipe import (
    LEARNING_RATE,
    RECIPES,
    WEIGHT_DECAY,
    cosine_schedule,
    made_samples,
    probabilities,
)

EPOCHS = 10
GLYPHS_PER_EPOCH = 6_000  # enough of them are old ones that nothing is forgotten
NEW_SHARE = 0.3  # share of new digits among them, which are repeated but never alike
PEAK_LEARNING_RATE = LEARNING_RATE / 4  # low, so that what was learnt is kept

Labelled = tuple[np.ndarray, np.ndarray]  # (n, 28, 28) uint8 images and (n,) labels


class AccuracyRecorder(keras.callbacks.Callback):
    """Records the accuracy on some groups of digits while a network learns others.

    Attributes:
        accuracies: for each group by name, the accuracy before training and after each
            epoch.
    """

    def __init__(self, groups: Mapping[str, Labelled]):
        super().__init__()
        self.groups = groups
        self.accuracies: dict[str, list[float]] = {name: [] for name in groups}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Record the accuracies before training."""
        for name, (images, labels) in self.groups.items():
            predicted = probabilities(self.model, images)
            self.accuracies[name].append(
                accuracy_score(labels, predicted.argmax(axis=1))
            )

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Record the accuracies after an epoch."""
        self.on_train_begin()


def load_trained(network: str) -> keras.Model:
    """Load a shipped network with Keras to continue training it.

    Args:
        network: "mlp", "tiny", "lenet" or "cnn".

    Raises:
        ModelError: its files are missing or damaged; the message says what to do.
    """
    path = manifest.MODELS / f"{network}.keras"
    load_model(path)  # raises clear errors
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
    """Continue training a network with a few new digits, mixed with old ones.

    With new digits alone, the network would forget the handwriting of everybody else
    ("catastrophic forgetting"). Mixing in old digits is called rehearsal.

    Args:
        model: a network that `load_trained` loaded; it is not changed.
        images: (n, 28, 28) uint8 new images, ink 255; thirty are enough.
        labels: (n,) their labels, 0 to 9.
        old: training images and labels from which the old ones are drawn; None to learn
            from the new ones only.
        watch: groups of images and labels, by name, whose accuracy is measured before
            training and after each epoch.
        epochs: the number of epochs, of `GLYPHS_PER_EPOCH` glyphs each.
        seed: fixes everything random.

    Returns:
        The new network, and for each group watched its accuracy before training and
        after each epoch.

    Source of the method: A. Robins, "Catastrophic forgetting, rehearsal and
    pseudorehearsal" (1995).
    """
    with quiet():
        keras.utils.set_random_seed(seed)
    tuned = _copy(model)
    mixed = Part(*_mix(tuned, images, labels, old, seed))
    batches = AugmentedImages([mixed], seed, RECIPES[model.name].augmentations)
    tuned.compile(
        optimizer=keras.optimizers.AdamW(
            cosine_schedule(epochs * len(batches), PEAK_LEARNING_RATE),
            weight_decay=WEIGHT_DECAY,
        ),
        loss="sparse_categorical_crossentropy",
    )
    recorder = AccuracyRecorder(watch or {})
    new_order = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: batches.start_epoch(epoch)
    )
    callbacks = [new_order, recorder]
    tuned.fit(batches, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)
    return tuned, recorder.accuracies


def _mix(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    old: Labelled | None,
    seed: int,
) -> Labelled:
    """Mix an epoch's images and labels: the new ones repeated, and some old ones."""
    if not len(images):
        raise ModelError("There is no digit to learn from: write some, or photograph.")
    share = NEW_SHARE if old else 1
    repeated = np.resize(
        np.arange(len(images)), max(len(images), int(share * GLYPHS_PER_EPOCH))
    )
    mixed = [Part(images[repeated], np.asarray(labels)[repeated])]
    if old is not None:
        parts = [Part(*old), *made_samples(model, old[0], seed)]
        old_images = np.concatenate([part.images for part in parts])
        old_labels = np.concatenate([part.labels for part in parts])
        n = min(len(old_labels), GLYPHS_PER_EPOCH - int(NEW_SHARE * GLYPHS_PER_EPOCH))
        chosen = np.random.default_rng(seed).choice(len(old_labels), n, replace=False)
        mixed.append(Part(old_images[chosen], old_labels[chosen]))
    return (
        np.concatenate([part.images for part in mixed]),
        np.concatenate([part.labels for part in mixed]),
    )


def save_as(
    network: str,
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    folder: Path | None = None,
) -> manifest.Entry:
    """Calibrate a network of your own, and save it beside the shipped ones.

    `load_model("models/class.keras")`, `python -m digitlib predict --network` and the
    web app's `DIGITLIB_MODEL` read with it; none of them needs Keras.

    Args:
        network: a name of your own, such as "class".
        model: the network that `fine_tune` returned; it is not changed.
        images: (n, 28, 28) uint8 validation images, not trained on.
        labels: (n,) their labels.
        folder: where the files go; None for `manifest.own_folder`.

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
    calibrated = _copy(model)
    tta_rotations = RECIPES[model.name].tta_rotations
    temperature = calibrate(calibrated, to_glyphs(images), labels, tta_rotations)
    predictions = probabilities(calibrated, images)
    entry = {
        "fine_tuned_from": model.name,
        "tta_rotations": list(tta_rotations),
        "temperature": round(temperature, 3),
        "threshold": round(fit_threshold({"mnist": predictions.max(axis=1)}), 3),
        "validation_accuracy": round(
            accuracy_score(labels, predictions.argmax(axis=1)), 4
        ),
    }
    return save(calibrated, network, to_glyphs(images[:1000]), entry, folder)


def _copy(model: keras.Model) -> keras.Model:
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy
