"""Train, check and save the form network, which tells the lines of a form from ones.

    hands -> pictures -> the signs that reading finds in them -> what is around each
        -> averaged weights -> signs of other people: what is kept -> form.tflite

`digitlib train --network form` runs it. A run that was killed makes the same signs
again, and resumes after its last complete epoch.
"""

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from digitlib.quiet import quiet
from digitlib.reading import manifest
from digitlib.reading.boxes import Box
from digitlib.reading.forms import SIDE, look_around
from digitlib.reading.line_network import LineNetwork, load_line
from digitlib.reading.line_reading import read_signs
from digitlib.reading.preprocess import Writing, guess_writings
from digitlib.reading.reader import STRIP
from digitlib.reading.text_lines import find_lines
from digitlib.training.backend import keras
from digitlib.training.export import save_form
from digitlib.training.form_pictures import FormPicture, make_picture
from digitlib.training.hands import Material, Random, load_material
from digitlib.training.networks import build_form
from digitlib.training.recipe import (
    cosine_schedule,
    keep_state,
    progress_bar,
    start_epoch,
)
from digitlib.training.shipping import CHECKPOINTS, describe_run, only_run

EPOCHS = 10
PICTURES, VALIDATION_PICTURES = 16_000, 1_500
CHUNK = 100  # pictures that a process makes at once
BATCH_SIZE = 128  # signs
LEARNING_RATE = 4e-3  # at its peak
WEIGHT_DECAY = 0.005
AVERAGING = 0.99  # of the weights, from each step to the next
SMOOTHING = 0.01  # of the labels: some are wrong
GUESSES = 3  # at the ink of some pictures, as reading tries them in doubt
DOUBT = 0.15  # share of such pictures
WRITTEN, PRINTED = 0.35, 0.08  # a sign's share of written ink at least, and at most
FEW = 3  # pixels: a sign with less of both is nothing
MOVE = 4  # pixels by which what is seen is moved, at most


@dataclass(frozen=True)
class Samples:
    """What is around n signs, and whether each is print.

    Attributes:
        seen: (n, 80, 80, 2) uint8, as `forms.look_around` shows it, 255 for 1.
        printed: (n,) bool.
    """

    seen: np.ndarray
    printed: np.ndarray


def make_samples(material: Material, seed: int, n: int) -> Samples:
    """Make pictures on all cores, and find the signs in them.

    Args:
        material: whose hands write.
        seed: fixes the pictures.
        n: how many pictures.
    """
    seeds = [range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
    with ProcessPoolExecutor(
        os.cpu_count(), get_context("spawn"), _Worker.start, (material, seed)
    ) as pool:
        made = list(tqdm(pool.map(_Worker.make, seeds), "pictures", len(seeds)))
    seen, printed = (np.concatenate(each) for each in zip(*made, strict=True))
    return Samples(seen, printed)


def find_samples(
    picture: FormPicture, line: LineNetwork, random: Random
) -> Iterator[tuple[np.ndarray, bool]]:
    """Find the signs of a picture as reading does, right or wrong.

    Args:
        picture: a made picture, of which each pixel is known.
        line: runs the line network.
        random: decides how many guesses at the ink are tried.

    Yields:
        What is around a sign, (80, 80, 2) uint8, and whether it is print.
    """
    guesses = GUESSES if random.random() < DOUBT else 1
    for writing in islice(guess_writings(Image.fromarray(picture.grey)), guesses):
        pixels = writing.pixels
        grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        for box in _find_boxes(writing, line):
            left, top, right, bottom = writing.original_box(box)
            part = slice(top, bottom), slice(left, right)
            written = int(picture.written[part].sum())
            printed = int(picture.printed[part].sum())
            share = written / max(written + printed, 1)
            is_clear = share >= WRITTEN or share <= PRINTED
            if written + printed >= FEW and is_clear:
                seen = np.rint(255 * look_around(grey, box)).astype(np.uint8)
                yield seen, share <= PRINTED


class SampleBatches(keras.utils.PyDataset):
    """Batches of signs, each time in another order, mirrored, moved, paler or darker.

    Args:
        samples: the signs.
        seed: fixes all that is random.
    """

    def __init__(self, samples: Samples, seed: int):
        super().__init__()
        self.samples, self.seed = samples, seed
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Begin an epoch, with an order of its own."""
        self.epoch = epoch
        random = np.random.default_rng([self.seed, epoch])
        self.order = random.permutation(len(self.samples.printed))

    def __len__(self) -> int:
        return max(1, len(self.order) // BATCH_SIZE)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng([self.seed, self.epoch, index])
        chosen = self.order[index * BATCH_SIZE :][:BATCH_SIZE]
        seen = self.samples.seen[chosen].astype(np.float32) / 255
        for axis in (1, 2):
            if random.random() < 0.5:
                seen = np.flip(seen, axis)
        seen = np.roll(seen, random.integers(-MOVE, MOVE + 1, 2), (1, 2))
        if random.random() < 0.5:
            seen[..., 0] **= np.float32(random.uniform(0.6, 1.8))
        return seen, self.samples.printed[chosen].astype(np.float32)


def train_form(
    samples: Samples,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    validation: Samples | None = None,
    checkpoints: Path | None = None,
    progress: keras.callbacks.Callback | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train the form network.

    Args:
        samples: what it learns from.
        epochs: how many; after each one the state is saved.
        seed: fixes the initial weights and all that is random.
        validation: signs by other people, measured after each epoch.
        checkpoints: a folder to resume from.
        progress: shows the progress; None for a bar.

    Returns:
        The trained model, and its history.
    """
    with quiet():
        keras.utils.set_random_seed(seed)
    model, batches = build_form(), SampleBatches(samples, seed)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            cosine_schedule(epochs * len(batches), LEARNING_RATE),
            weight_decay=WEIGHT_DECAY,
            use_ema=True,
            ema_momentum=AVERAGING,
        ),
        loss=keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=SMOOTHING
        ),
        jit_compile=False,
    )

    def add_measures(epoch: int, logs: dict[str, float]) -> None:
        if validation:
            logs |= measure(model, validation)

    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: start_epoch(model, batches, epoch),
            on_epoch_end=add_measures,
        )
    ]
    if checkpoints:
        checkpoints.mkdir(parents=True, exist_ok=True)
        log = keras.callbacks.CSVLogger(checkpoints / "log.csv", append=True)
        callbacks += [keep_state(checkpoints), log]
    history = model.fit(
        batches,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[*callbacks, progress or progress_bar()],
    )
    return model, history.history


def measure(model: keras.Model, samples: Samples) -> dict[str, float]:
    """Return which share of what is written, and of what is printed, is told so."""
    told = np.concatenate(
        [
            np.asarray(model(samples.seen[i : i + 500].astype(np.float32) / 255))
            for i in range(0, len(samples.seen), 500)
        ]
    )
    is_right = (told[:, 0] > 0) == samples.printed
    kinds = {"written": ~samples.printed, "printed": samples.printed}
    return {
        name: round(float(is_right[which].mean()), 4)
        for name, which in kinds.items()
        if which.any()
    }


def train_and_save_form(
    epochs: int | None = None, seed: int = 0, folder: Path | None = None
) -> manifest.Entry:
    """Train the form network and save it where the whole project finds it.

    Args:
        epochs: the number of epochs; None for the number that made the shipped one.
        seed: fixes everything random.
        folder: where the models go; None for `manifest.own_folder`.

    Returns:
        The manifest's entry of the new model.

    Raises:
        DataError: a set of digits is neither here nor can it be downloaded.
        ModelError: the exported model does not equal the trained one.
        DigitError: the form network is already being trained from this seed.
    """
    epochs = epochs or EPOCHS
    with only_run(manifest.FORM, seed):
        checkpoints = CHECKPOINTS / f"{manifest.FORM}-{epochs}-{seed}"
        began = time.perf_counter()
        validation = make_samples(load_material(1), 0, VALIDATION_PICTURES)
        samples = make_samples(load_material(0, seed), seed, PICTURES)
        model, history = train_form(
            samples,
            epochs=epochs,
            seed=seed,
            validation=validation,
            checkpoints=checkpoints,
        )
        run = describe_run(manifest.FORM, epochs, seed, began, history)
        told = {"signs": len(samples.printed)}
        entry = {**run, **told, "validation": measure(model, validation)}
        entry = save_form(model, entry, folder)
        shutil.rmtree(checkpoints)
        return entry


def _find_boxes(writing: Writing, line: LineNetwork) -> Iterator[Box]:
    """Yield the boxes of what may be read, run by run and as one line."""
    for row in find_lines(writing.regions):
        for run in row:
            if run.is_single:
                yield from (region.box for region in run.regions)
            else:
                signs, _ = read_signs(line, writing, run.box, run.regions)
                yield from (sign.segment.box for sign in signs)
    height, width = writing.ink.shape
    if width > STRIP * height:
        signs, _ = read_signs(line, writing, (0, 0, width, height), None)
        yield from (sign.segment.box for sign in signs)


class _Worker:
    """What a process that makes samples keeps from one chunk to the next."""

    material: Material
    seed: int
    line: LineNetwork

    @classmethod
    def start(cls, material: Material, seed: int) -> None:
        cv2.setNumThreads(1)  # there is a process for each core
        cls.material, cls.seed, cls.line = material, seed, load_line()

    @classmethod
    def make(cls, numbers: range) -> tuple[np.ndarray, np.ndarray]:
        seen: list[np.ndarray] = []
        printed: list[bool] = []
        for i in numbers:
            random = np.random.default_rng([cls.seed, i])
            picture = make_picture(cls.material, random)
            for each, is_print in find_samples(picture, cls.line, random):
                seen.append(each)
                printed.append(is_print)
        shape = len(seen), SIDE, SIDE, 2
        return np.array(seen, np.uint8).reshape(shape), np.array(printed, bool)
