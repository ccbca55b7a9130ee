"""Make batches of lines, in this process or ahead of the training in others.

lines.make_line -> lines sorted by width -> a group of batches
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from digitlib.reading import ctc
from digitlib.reading.strips import pad
from digitlib.training.hands import Material
from digitlib.training.lines import Line, make_line

GROUP = 4  # batches that are made together and sorted by width, so little is padded
WIDTH_STEP = 80  # pixels: batches have few different widths
LONGEST_TEXT = 24  # signs

Batch = tuple[np.ndarray, np.ndarray]  # strips and classes, as of `make_batch`
Seed = tuple[int, ...]


def make_batch(lines: Sequence[Line]) -> Batch:
    """Put n lines into one batch.

    Returns:
        Strips, (n, 40, width, 1) float16, half as many bytes as float32 to pass between
        processes; and classes, (n, 24) int32, in which 0 stands behind the end of a
        text. Widths differ from batch to batch.
    """
    widest = max(line.strip.shape[1] for line in lines)
    width = math.ceil(widest / WIDTH_STEP) * WIDTH_STEP
    classes = np.zeros((len(lines), LONGEST_TEXT), np.int32)
    for row, line in zip(classes, lines, strict=True):
        row[: len(line.text)] = ctc.encode(line.text)
    return pad([line.strip for line in lines], width).astype(np.float16), classes


def make_group(material: Material, batch_size: int, seed: Seed) -> list[Batch]:
    """Make lines, and batches of those of similar width, so that little is padded.

    The narrowest come first, then the widest: from the first two batches Keras learns
    that the width varies.
    """
    random = np.random.default_rng(seed)
    lines = [make_line(material, random) for _ in range(GROUP * batch_size)]
    lines.sort(key=lambda line: line.strip.shape[1])
    order = [0, GROUP - 1, *(1 + random.permutation(GROUP - 2))]
    starts = [i * batch_size for i in order]
    return [make_batch(lines[start : start + batch_size]) for start in starts]


class GroupMaker:
    """Makes groups of batches; a context, at whose end its processes stop.

    Args:
        material: whose hands write.
        batch_size: lines in a batch.
        workers: processes that make groups ahead of their use; 0 for none. They pay
            where the training itself runs on a GPU.
    """

    def __init__(self, material: Material, batch_size: int, workers: int = 0):
        self.material, self.batch_size, self.workers = material, batch_size, workers
        self.pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self.workers:
            self.pool = ProcessPoolExecutor(
                self.workers, get_context("spawn"), _Worker.start,
                (self.material, self.batch_size),
            )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.pool:
            self.pool.shutdown(cancel_futures=True)

    def make(self, seeds: Sequence[Seed]) -> Iterator[list[Batch]]:
        """Make a group from each seed, in order."""
        if not self.pool:
            for seed in seeds:
                yield make_group(self.material, self.batch_size, seed)
            return
        coming: deque[Future[list[Batch]]] = deque()
        for seed in seeds:
            coming.append(self.pool.submit(_Worker.make, seed))
            if len(coming) > 2 * self.workers:
                yield coming.popleft().result()
        for each in coming:
            yield each.result()


class _Worker:
    """What a process that makes groups keeps from one to the next."""

    material: Material
    batch_size: int

    @classmethod
    def start(cls, material: Material, batch_size: int) -> None:
        cv2.setNumThreads(1)
        cls.material, cls.batch_size = material, batch_size

    @classmethod
    def make(cls, seed: Seed) -> list[Batch]:
        return make_group(cls.material, cls.batch_size, seed)
