"""The digits that lesson 05 finds: a reader's own, and those of other hands.

    my-digits/: photographs, the writing pad's file, a class set -> gather -> ClassSet

`samples` knows how a single digit is kept.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitlib.classset.samples import to_images
from digitlib.classset.store import CLASS_SET, read
from digitlib.classset.synthetic import synthesise
from digitlib.errors import ImageError
from digitlib.files import HOME
from digitlib.reading.predict import CLASSES
from digitlib.reading.preprocess import SIDE, Candidate, find_hypotheses, to_pixels

MY_DIGITS = HOME / "my-digits"
ME = "me"  # who writes into that folder
PHOTO = re.compile(r"\d.*\.(png|jpe?g|webp|bmp|gif|tiff?)", re.IGNORECASE)
MADE_UP = 12, 60  # writers, and digits of each, where nobody has written yet


@dataclass(frozen=True)
class ClassSet:
    """The digits of some writers, prepared for a network; `np.unique` gives the names.

    Attributes:
        images: (n, 28, 28) uint8, ink 255, as MNIST's are.
        labels: (n,) uint8, 0 to 9.
        writers: (n,) str.
        styles: (n,) str.
    """

    images: np.ndarray
    labels: np.ndarray
    writers: np.ndarray
    styles: np.ndarray


def my_folder() -> Path:
    """The folder of a reader's digits: what DIGITLIB_DIGITS names, or `my-digits`."""
    return Path(os.environ.get("DIGITLIB_DIGITS") or MY_DIGITS)


def gather(folder: Path | None = None) -> ClassSet:
    """Bring together the digits that a folder has, and say in a few lines whose.

    A folder may hold photographs of single digits (`7_1.jpg` is a 7), what
    `writing.WritingPad` kept, and a class set. Where there is none of other people, a
    made-up class stands in.

    Args:
        folder: where they are; None for `my_folder`.

    Raises:
        DigitError: a file cannot be read; the message says which.
    """
    folder = folder or my_folder()
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    sets = [path for path in files if path.suffix in (".jsonl", CLASS_SET.suffix)]
    samples = [each for path in sets for each in read(path)]
    photos = [path for path in files if PHOTO.fullmatch(path.name)]
    mine = len(photos) + sum(each.writer == ME for each in samples)
    if mine:
        print(f"You wrote {mine} digits, {len(photos)} of them photographed.")
    if all(each.writer == ME for each in samples):
        print("A class of {} writers was made up by a program.".format(*MADE_UP))
        samples += synthesise(*MADE_UP, seed=0)
    images, labels, writers = to_images(samples)
    styles = [each.style for each in samples]
    return ClassSet(
        np.concatenate([images, _read_photos(photos)]),
        np.append(labels, [np.uint8(path.name[0]) for path in photos]).astype(np.uint8),
        np.append(writers, [ME] * len(photos)),
        np.append(styles, ["photo"] * len(photos)),
    )


def _read_photos(paths: Sequence[Path]) -> np.ndarray:
    """The one digit of each photograph: if there is more ink, the tallest."""
    images = np.zeros((len(paths), SIDE, SIDE), np.uint8)
    for image, path in zip(images, paths, strict=True):
        try:
            regions = find_hypotheses(path)
        except ImageError as error:
            raise ImageError(f"{path.name}: {error}") from error
        alone = [each[0] for region in regions for each in region if len(each) == 1]
        if not alone:
            raise ImageError(f"{path.name}: no ink found, so take this file away.")
        image[:] = to_pixels(max(alone, key=_height).glyph)
    return images


def _height(candidate: Candidate) -> int:
    return candidate.box[3] - candidate.box[1]


def split(labels: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Split some digits into those to learn from, and the rest to judge by.

    Args:
        labels: (m,) of one writer's digits.
        n: how many to learn from at most; never more than half.

    Returns:
        The indices of both, in order; of each digit about as many in the first.
    """
    places = [np.flatnonzero(labels == label) for label in range(CLASSES)]
    nth = np.zeros(len(labels), int)  # is it the first 7, the second, ...?
    for where in places:
        nth[where] = np.arange(len(where))
    order = np.argsort(nth, kind="stable")
    n = min(n, len(labels) // 2)
    return np.sort(order[:n]), np.sort(order[n:])
