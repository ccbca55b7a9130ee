"""Batches of augmented glyphs, drawn from several parts of the training data."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from digitlib.reading.preprocess import to_glyphs
from digitlib.training.backend import keras
from digitlib.training.mixture import Part

BATCH_SIZE = 128

TAUGHT = 0.5  # weight of the teacher's predictions; that of the labels is the rest

# From (n, 28, 28, 1) glyphs to new ones.
Augmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]
Teacher = Callable[[np.ndarray], np.ndarray]  # from glyphs to (n, 11) probabilities


class AugmentedImages(keras.utils.PyDataset):
    """Shuffled, augmented batches that differ by epoch and depend only on the seed.

    A batch is glyphs, (n, 28, 28, 1) float32, and their labels, (n,); with a teacher,
    it is glyphs and probabilities, between the labels and what the teacher predicts for
    these very glyphs.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        seed: int,
        augmentations: tuple[Augmentation, ...],
        teacher: Teacher | None = None,
    ):
        super().__init__()
        self.teacher = teacher
        self.parts = parts
        self.images = np.concatenate([part.images for part in parts])
        self.labels = np.concatenate([part.labels for part in parts])
        self.seed, self.augmentations = seed, augmentations
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw and shuffle; given the epoch's number, a resumed run does so alike."""
        self.epoch = epoch
        random = np.random.default_rng([self.seed, epoch])
        starts = np.cumsum([0, *(len(part.labels) for part in self.parts)])
        drawn = [
            start + part.draw(random)
            for start, part in zip(starts, self.parts, strict=False)
        ]
        self.order = random.permutation(np.concatenate(drawn))

    def __len__(self) -> int:
        return math.ceil(len(self.order) / BATCH_SIZE)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        random = np.random.default_rng([self.seed, self.epoch, index])
        glyphs = to_glyphs(self.images[chosen])
        for augmentation in self.augmentations:
            glyphs = augmentation(glyphs, random)
        labels = self.labels[chosen]
        if self.teacher is None:
            return glyphs, labels
        taught = self.teacher(glyphs)
        return glyphs, TAUGHT * taught + (1 - TAUGHT) * np.eye(taught.shape[1])[labels]
