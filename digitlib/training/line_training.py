"""Train, check and save the line network.

    hands -> lines, made anew for each batch -> CTC loss -> averaged weights
        -> lines of other people: whole lines right, errors a sign -> line.tflite

`digitlib train --network line` runs it, and with `--further` once more, from the saved
weights. A run that was killed resumes after its last complete epoch.
"""

import math
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digitlib.errors import ModelError
from digitlib.quiet import quiet
from digitlib.reading import ctc, manifest
from digitlib.reading.loading import load_model
from digitlib.reading.strips import pad, to_strip
from digitlib.training.backend import fast_precision, keras
from digitlib.training.export import save_line
from digitlib.training.hands import Material, load_material
from digitlib.training.line_batches import GROUP, WIDTH_STEP, Batch, GroupMaker
from digitlib.training.line_signs import draw_number
from digitlib.training.line_weights import fit_weights
from digitlib.training.lines import Line, make_line
from digitlib.training.networks import build_line
from digitlib.training.recipe import (
    cosine_schedule,
    keep_state,
    progress_bar,
    start_epoch,
)
from digitlib.training.shipping import CHECKPOINTS, describe_run, only_run

EPOCHS = 24
FURTHER_EPOCHS = 9
STEPS = 400  # batches in an epoch
BATCH_SIZE = 256  # lines
LEARNING_RATE = 3e-3  # at its peak
FURTHER_RATE = 8e-4  # at its peak, where a trained network is trained further
WEIGHT_DECAY = 0.01
LARGEST_GRADIENT = 5.0  # norm of all gradients together, to which they are shortened
AVERAGING = 0.998  # of the weights, from each step to the next
VALIDATION_LINES = 1500
LOG = "log.csv"  # of each epoch, beside its state

Predict = Callable[[np.ndarray], np.ndarray]  # strips to logits


class LineBatches(keras.utils.PyDataset):
    """Batches of new lines, which depend only on the seed and the epoch.

    Args:
        groups: makes them.
        seed: fixes the lines.
        steps: batches in an epoch.
    """

    def __init__(self, groups: GroupMaker, seed: int, steps: int = STEPS):
        super().__init__()
        self.groups, self.seed, self.steps = groups, seed, steps
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Begin an epoch, whose lines are new."""
        n = math.ceil(self.steps / GROUP)
        self.seeds = [(self.seed, epoch, group) for group in range(n)]
        self.group = -2

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> Batch:
        group, i = divmod(index, GROUP)
        if group != self.group:
            if group != self.group + 1:  # Keras asks in order, but for the first ones
                self.coming = self.groups.make(self.seeds[group:])
            self.batches, self.group = next(self.coming), group
        return self.batches[i]


def train_line(
    material: Material,
    validation: dict[str, list[Line]],
    *,
    epochs: int = EPOCHS,
    steps: int = STEPS,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    start: keras.Model | None = None,
    workers: int = 0,
    checkpoints: Path | None = None,
    progress: keras.callbacks.Callback | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train the line network.

    The loss is that of connectionist temporal classification; the optimizer is AdamW
    with a warm-up and a cosine schedule, and the result is the moving average of the
    weights (B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by
    averaging", 1992).

    Args:
        material: whose hands it learns from.
        validation: lines of other people, by kind, read after each epoch.
        epochs: how many; after each one the state is saved.
        steps: batches in an epoch.
        batch_size: lines in a batch.
        seed: fixes the initial weights and all lines.
        start: a trained line network, to go on from its weights with a smaller learning
            rate (I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with
            warm restarts", 2017); None for new weights.
        workers: processes that make the lines, as of `GroupMaker`.
        checkpoints: a folder to resume from; `log.csv` in it has the figures of each
            epoch.
        progress: shows the progress; None for a bar.

    Returns:
        The trained model in full precision, and its history: "loss" of each epoch, and
        "val_exact_..." and "val_error_..." of each kind of validation lines.
    """
    with quiet():
        keras.utils.set_random_seed(seed)
    with fast_precision():
        model = build_line()
    if start:
        model.set_weights(start.get_weights())
    model.compile(
        optimizer=keras.optimizers.AdamW(
            cosine_schedule(epochs * steps, FURTHER_RATE if start else LEARNING_RATE),
            weight_decay=WEIGHT_DECAY,
            global_clipnorm=LARGEST_GRADIENT,
            use_ema=True,
            ema_momentum=AVERAGING,
        ),
        loss=ctc_loss,
    )
    resume: list[keras.callbacks.Callback] = []
    if checkpoints:
        checkpoints.mkdir(parents=True, exist_ok=True)
        log = keras.callbacks.CSVLogger(checkpoints / LOG, append=True)
        resume = [keep_state(checkpoints), log]
    with GroupMaker(material, batch_size, workers) as groups:
        batches = LineBatches(groups, seed, steps)
        history = model.fit(
            batches,
            epochs=epochs,
            shuffle=False,
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(
                    on_epoch_begin=lambda epoch, logs: start_epoch(
                        model, batches, epoch
                    )
                ),
                Validate(validation),  # before the log, to which it adds its figures
                *resume,
                progress or progress_bar(),
            ],
        )
    exact = build_line()  # in full precision, whatever it was trained in
    exact.set_weights(model.get_weights())
    return exact, history.history


def ctc_loss(classes: Any, logits: Any) -> Any:
    """Return the loss of each line: minus the logarithm of its text's probability.

    TensorFlow's own kernel takes a fifteenth of the time of Keras's loss, which is a
    loop of small steps, and gives the same (measured).

    Args:
        classes: (n, length) integer tensor, 0 behind the end of a text.
        logits: (n, columns, `ctc.CLASSES`) float32 tensor.

    Returns:
        (n,) float32 tensor.
    """
    if keras.backend.backend() != "tensorflow":
        return keras.losses.ctc(classes, logits)
    import tensorflow as tf

    n, columns = tf.unstack(tf.shape(logits)[:2])
    classes = tf.cast(classes, tf.int32)
    is_empty = tf.reduce_all(classes == 0, axis=1)
    # The kernel wants a text in every line, so an empty one has its loss from here.
    some_text = tf.concat([tf.maximum(classes[:, :1], 1), classes[:, 1:]], axis=1)
    loss = tf.nn.ctc_loss(
        tf.sparse.from_dense(some_text),
        logits,
        label_length=None,
        logit_length=tf.fill([n], columns),
        logits_time_major=False,
        blank_index=ctc.BLANK,
    )
    blanks = tf.nn.log_softmax(logits)[:, :, ctc.BLANK]
    return tf.where(is_empty, -tf.reduce_sum(blanks, axis=1), loss)


class Validate(keras.callbacks.Callback):
    """Read lines of other people after each epoch, with the averaged weights."""

    def __init__(self, lines: dict[str, list[Line]]):
        super().__init__()
        self.lines = lines
        self.averaged = keras.callbacks.SwapEMAWeights()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Add "val_exact_..." and "val_error_..." of each kind of lines to the logs."""
        self.averaged.set_model(self.model)
        self.averaged.on_test_begin()
        try:
            for name, lines in self.lines.items():
                exact, error = measure(self.model.predict_on_batch, lines)
                if logs is not None:
                    logs |= {f"val_exact_{name}": exact, f"val_error_{name}": error}
        finally:
            self.averaged.on_test_end()


def measure(predict: Predict, lines: Sequence[Line]) -> tuple[float, float]:
    """Return the share of lines that are right, and the errors for each sign.

    An error is a sign that is wrong, missing or too many (edit distance).
    """
    texts = read(predict, [line.strip for line in lines])
    pairs = list(zip(texts, (line.text for line in lines), strict=True))
    errors = sum(ctc.edit_distance(*pair) for pair in pairs)
    signs = sum(len(text) for _, text in pairs)
    return (
        sum(text == label for text, label in pairs) / max(len(pairs), 1),
        errors / max(signs, 1),
    )


def read(predict: Predict, strips: Sequence[np.ndarray]) -> list[str]:
    """Read strips of any width, those of similar width together."""
    order = np.argsort([strip.shape[1] for strip in strips], kind="stable")
    texts = [""] * len(strips)
    for start in range(0, len(order), BATCH_SIZE):
        some = order[start : start + BATCH_SIZE]
        chosen = [strips[i] for i in some]
        widest = max(strip.shape[1] for strip in chosen)
        width = math.ceil(widest / WIDTH_STEP) * WIDTH_STEP
        for i, logits in zip(
            some, np.asarray(predict(pad(chosen, width))), strict=True
        ):
            texts[i] = ctc.decode(logits).text
    return texts


def validation_lines(n: int = VALIDATION_LINES) -> dict[str, list[Line]]:
    """Make lines of people who are not trained on, always the same ones.

    Returns:
        "made": n lines, made as those to train on; "pens": whole numbers, as people
        wrote them with a digital pen, on white paper.

    Raises:
        DataError: a set is neither here nor can it be downloaded.
    """
    material, random = load_material(1), np.random.default_rng(0)
    made = [make_line(material, np.random.default_rng([0, i])) for i in range(n)]
    return {"made": made, "pens": real_numbers(material, random)}


def real_numbers(material: Material, random: np.random.Generator) -> list[Line]:
    """Draw each whole number of the hands once, with a usual pen."""
    numbers = [each for hand in material.hands["pens"] for each in hand.numbers]
    return [
        Line(to_strip(draw_number(strokes, random)), text) for text, strokes in numbers
    ]


def train_and_save_line(
    epochs: int | None = None,
    seed: int = 0,
    folder: Path | None = None,
    *,
    further: bool = False,
    workers: int = 0,
) -> manifest.Entry:
    """Train the line network and save it where the whole project finds it.

    Args:
        epochs: the number of epochs; None for the number that made the shipped one.
        seed: fixes everything random.
        folder: where the models go; None for `manifest.own_folder`.
        further: whether the saved line network is trained further, as `train_line` does
            with `start`; take another seed then, or it sees the same lines again.
        workers: processes that make the lines, as of `GroupMaker`.

    Returns:
        The manifest's entry of the new model.

    Raises:
        DataError: a set of digits is neither here nor can it be downloaded.
        ModelError: the exported model does not equal the trained one, or there is none
            to train further.
        DigitError: the line network is already being trained from this seed.
    """
    if epochs is None:
        epochs = FURTHER_EPOCHS if further else EPOCHS
    with only_run(manifest.LINE, seed):
        return _train_and_save(epochs, seed, folder, further, workers)


def _train_and_save(
    epochs: int, seed: int, folder: Path | None, further: bool, workers: int
) -> manifest.Entry:
    name = f"{manifest.LINE}-further" if further else manifest.LINE
    checkpoints = CHECKPOINTS / f"{name}-{epochs}-{seed}"
    digits = load_model()  # fails before the training, not after it
    before, start = _load_saved() if further else ({}, None)
    validation = validation_lines()
    material = load_material(0, seed)
    began = time.perf_counter()
    model, history = train_line(
        material,
        validation,
        epochs=epochs,
        seed=seed,
        start=start,
        workers=workers,
        checkpoints=checkpoints,
    )
    run = describe_run(manifest.LINE, epochs, seed, began, history)
    if further:
        run["command"] += " --further"
        kept = "before", "command", "machine", "seconds", "validation"
        run["before"] = {key: before[key] for key in kept if key in before}
    figures = {
        name: dict(
            zip(("exact", "error"), measure(model.predict_on_batch, lines), strict=True)
        )
        for name, lines in validation.items()
    }
    weights = fit_weights(model.predict_on_batch, digits, load_material(1))
    entry = {
        **run,
        "weights": [round(weight, 3) for weight in weights],
        "alphabet": ctc.ALPHABET,
        "validation": {
            name: {key: round(value, 4) for key, value in each.items()}
            for name, each in figures.items()
        },
    }
    entry = save_line(model, entry, folder)
    shutil.rmtree(checkpoints)
    return entry


def _load_saved() -> tuple[manifest.Entry, keras.Model]:
    """Load the line network that is saved, and its entry in the manifest."""
    path = manifest.MODELS / f"{manifest.LINE}.keras"
    if not path.is_file() or not manifest.is_known(path):
        raise ModelError(f"There is no {path} to train further: {manifest.REMEDY}.")
    entry = manifest.read(manifest.MODELS)[manifest.LINE]
    return entry, keras.models.load_model(path, compile=False)
