"""Train, check and save the page network, which tells writing from ruling.

    hands -> pages, made anew for each batch -> averaged weights
        -> pages of other people: what is kept and what is removed -> page.tflite

`digitlib train --network page` runs it. A run that was killed resumes after its last
complete epoch.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digitlib.quiet import quiet
from digitlib.reading import manifest
from digitlib.reading.page_cleaner import OTHER, RULING
from digitlib.training.backend import keras
from digitlib.training.export import save_page
from digitlib.training.hands import Material, load_material
from digitlib.training.networks import build_page
from digitlib.training.pages import UNKNOWN, WRITING, Page, make_page
from digitlib.training.recipe import cosine_schedule, keep_state, progress_bar
from digitlib.training.shipping import CHECKPOINTS, describe_run, only_run

EPOCHS = 14
STEPS = 150  # batches in an epoch
# Width and height of a batch's pages in pixels, their number, and how often it is:
BATCHES = (
    (256, 256, 8, 0.32), (512, 128, 8, 0.16), (384, 384, 4, 0.2), (1024, 128, 4, 0.07),
    (512, 512, 2, 0.15), (768, 768, 1, 0.1),
)  # fmt: skip
LEARNING_RATE = 4e-3  # at its peak
WEIGHT_DECAY = 0.005
AVERAGING = 0.99  # of the weights, from each step to the next
FEW = 1000  # pixels of ink: pages with more count alike, as many as they may have
VALIDATION_PAGES, VALIDATION_SIZE = 60, (384, 384)
LOG = "log.csv"  # of each epoch, beside its state


class PageBatches(keras.utils.PyDataset):
    """Batches of new pages, which depend only on the seed, the epoch and the step.

    Args:
        material: whose hands write.
        seed: fixes the pages.
        steps: batches in an epoch.
    """

    def __init__(self, material: Material, seed: int, steps: int = STEPS):
        super().__init__()
        self.material, self.seed, self.steps, self.epoch = material, seed, steps, 0

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng([self.seed, self.epoch, index])
        i = index  # from the first two batches Keras learns that the sides vary
        if index > 1:
            i = random.choice(len(BATCHES), p=[each[-1] for each in BATCHES])
        width, height, n, _ = BATCHES[i]
        pages = [make_page(self.material, random, (width, height)) for _ in range(n)]
        return _stack(pages)


def train_page(
    material: Material,
    *,
    epochs: int = EPOCHS,
    steps: int = STEPS,
    seed: int = 0,
    validation: Sequence[Page] = (),
    checkpoints: Path | None = None,
    progress: keras.callbacks.Callback | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train the page network, as `line_training.train_line` trains another one.

    Args:
        material: whose hands it learns from.
        epochs: how many; after each one the state is saved.
        steps: batches in an epoch.
        seed: fixes the initial weights and all pages.
        validation: pages of other people, measured after each epoch.
        checkpoints: a folder to resume from; `log.csv` in it has the figures of each
            epoch.
        progress: shows the progress; None for a bar.

    Returns:
        The trained model, and its history.
    """
    with quiet():
        keras.utils.set_random_seed(seed)
    model = build_page()
    model.compile(
        optimizer=keras.optimizers.AdamW(
            cosine_schedule(epochs * steps, LEARNING_RATE),
            weight_decay=WEIGHT_DECAY,
            global_clipnorm=1.0,
            use_ema=True,
            ema_momentum=AVERAGING,
        ),
        loss=page_loss,
        jit_compile=False,  # pages have several sizes
    )
    batches = PageBatches(material, seed, steps)
    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: setattr(batches, "epoch", epoch),
            on_epoch_end=lambda epoch, logs: logs.update(measure(model, validation)),
        )
    ]
    if checkpoints:
        checkpoints.mkdir(parents=True, exist_ok=True)
        log = keras.callbacks.CSVLogger(checkpoints / LOG, append=True)
        callbacks += [keep_state(checkpoints), log]
    history = model.fit(
        batches,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[*callbacks, progress or progress_bar()],
    )
    return model, history.history


def page_loss(truth: Any, logits: Any) -> Any:
    """Return the cross-entropy of each page's pixels of ink, (n,) float32."""
    ops = keras.ops
    truth = ops.cast(truth, "int32")
    kind = ops.where(truth == WRITING, 0, truth + 1)
    known = ops.cast(truth != UNKNOWN, "float32")
    all_logits = ops.concatenate([ops.zeros_like(logits[..., :1]), logits], axis=-1)
    chosen = ops.one_hot(ops.maximum(kind, 0), 3)
    loss = -ops.sum(chosen * ops.log_softmax(all_logits), axis=-1) * known
    return ops.sum(loss, axis=(1, 2)) / (ops.sum(known, axis=(1, 2)) + FEW)


def measure(model: keras.Model, pages: Sequence[Page]) -> dict[str, float]:
    """Return which share of each kind of ink is told as what it is."""
    kinds = {"writing": WRITING, "ruling": RULING, "other": OTHER}
    right, known = dict.fromkeys(kinds, 0), dict.fromkeys(kinds, 0)
    for page in pages:
        strength, truth = _stack([page])
        logits = np.asarray(model(strength, training=False))
        told = np.where(logits.max(axis=-1) > 0, logits.argmax(axis=-1), WRITING)
        for name, kind in kinds.items():
            known[name] += int((truth == kind).sum())
            right[name] += int(((truth == kind) & (told == kind)).sum())
    return {name: round(right[name] / known[name], 4) for name in kinds if known[name]}


def validation_pages(n: int = VALIDATION_PAGES) -> list[Page]:
    """Make pages of people who are not trained on, always the same ones.

    Raises:
        DataError: a set is neither here nor can it be downloaded.
    """
    material = load_material(1)
    return [
        make_page(material, np.random.default_rng([0, i]), VALIDATION_SIZE)
        for i in range(n)
    ]


def train_and_save_page(
    epochs: int | None = None, seed: int = 0, folder: Path | None = None
) -> manifest.Entry:
    """Train the page network and save it where the whole project finds it.

    Args:
        epochs: the number of epochs; None for the number that made the shipped one.
        seed: fixes everything random.
        folder: where the models go; None for `manifest.own_folder`.

    Returns:
        The manifest's entry of the new model.

    Raises:
        DataError: a set of digits is neither here nor can it be downloaded.
        ModelError: the exported model does not equal the trained one.
        DigitError: the page network is already being trained from this seed.
    """
    epochs = epochs or EPOCHS
    with only_run(manifest.PAGE, seed):
        checkpoints = CHECKPOINTS / f"{manifest.PAGE}-{epochs}-{seed}"
        validation = validation_pages()
        material = load_material(0, seed)
        began = time.perf_counter()
        model, history = train_page(
            material,
            epochs=epochs,
            seed=seed,
            validation=validation,
            checkpoints=checkpoints,
        )
        run = describe_run(manifest.PAGE, epochs, seed, began, history)
        entry = {**run, "validation": measure(model, validation)}
        entry = save_page(model, entry, folder)
        shutil.rmtree(checkpoints)
        return entry


def _stack(pages: Sequence[Page]) -> tuple[np.ndarray, np.ndarray]:
    strength = np.stack([page.strength for page in pages])
    return strength[..., None], np.stack([page.truth for page in pages])
