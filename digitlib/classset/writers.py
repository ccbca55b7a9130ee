"""The digits that lesson 7 trains on: the reader's own, and those of other writers.

    my-digits/: photographs, the writing pad's file, a class set -> gather -> ClassSet

`samples` defines how a single digit is stored.
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
from digitlib.reading.preprocess import SIDE, find_only_digit, to_pixels

MY_DIGITS = HOME / "my-digits"
ME = "me"  # the writer whose digits are in that folder
PHOTO = re.compile(r"\d.*\.(png|jpe?g|webp|bmp|gif|tiff?)", re.IGNORECASE)
SYNTHETIC = 12, 60  # writers and digits of each, if nobody has written yet


@dataclass(frozen=True)
class ClassSet:
    """The digits of several writers, prepared for a network.

    Attributes:
        images: (n, 28, 28) uint8, ink 255, like MNIST's.
        labels: (n,) uint8, 0 to 9.
        writers: (n,) str; `np.unique` gives their names.
        styles: (n,) str.
    """

    images: np.ndarray
    labels: np.ndarray
    writers: np.ndarray
    styles: np.ndarray


def my_folder() -> Path:
    """Return the folder of the reader's digits: DIGITLIB_DIGITS, or `my-digits`."""
    return Path(os.environ.get("DIGITLIB_DIGITS") or MY_DIGITS)


def gather(folder: Path | None = None, *, made_up: bool = True) -> ClassSet:
    """Gather the digits in a folder, and print in a few lines whose they are.

    A folder may contain photographs of single digits (`7_1.jpg` is a 7), the file of
    `writing.WritingPad`, and a class set. If nobody else wrote any of these digits, a
    synthetic class is added.

    Args:
        folder: the folder of the digits; None for `my_folder`.
        made_up: whether a class is made up if nobody else wrote any.

    Returns:
        The digits of all writers; perhaps none.

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
    if made_up and all(each.writer == ME for each in samples):
        print("A class of {} writers was made up by a program.".format(*SYNTHETIC))
        samples += synthesise(*SYNTHETIC, seed=0)
    images, labels, writers = to_images(samples)
    styles = [each.style for each in samples]
    return ClassSet(
        np.concatenate([images, _read_photos(photos)]),
        np.append(labels, [np.uint8(path.name[0]) for path in photos]).astype(np.uint8),
        np.append(writers, [ME] * len(photos)),
        np.append(styles, ["photo"] * len(photos)),
    )


def _read_photos(paths: Sequence[Path]) -> np.ndarray:
    """Read the single digit of each photograph: the tallest, if there is more ink."""
    images = np.zeros((len(paths), SIDE, SIDE), np.uint8)
    for image, path in zip(images, paths, strict=True):
        try:
            digit = find_only_digit(path)
        except ImageError as error:
            raise ImageError(f"{path.name}: {error}") from error
        if digit is None:
            raise ImageError(f"{path.name}: no ink was found; remove this file.")
        image[:] = to_pixels(digit.glyph)
    return images


def split(labels: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the digits of a writer into a training set and a test set.

    Args:
        labels: (m,) the labels of one writer's digits.
        n: the largest size of the training set, which is never more than half.

    Returns:
        The indices of both sets, in order; the training set has about the same number
        of each digit.
    """
    places = [np.flatnonzero(labels == label) for label in range(CLASSES)]
    nth = np.zeros(len(labels), int)  # whether it is the first 7, the second, ...
    for where in places:
        nth[where] = np.arange(len(where))
    order = np.argsort(nth, kind="stable")
    n = min(n, len(labels) // 2)
    return np.sort(order[:n]), np.sort(order[n:])
