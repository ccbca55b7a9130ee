"""Load digits, letters and signs of people whose names or numbers are known.

`load_writers` says who wrote each digit of MNIST, `load_swiss` loads scanned digits,
and `load_pens` and `load_scripts` load pen strokes. `models/DATA.md` says what these
sets are. Of the Swiss digits and of UNIPEN, only the writers in `writers.json` are
loaded; the others are kept for acceptance. `digitlib data --people` downloads
everything in advance.
"""

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from digitlib.errors import DataError
from digitlib.training.archives import OMNIGLOT, QMNIST, SWISS, UNIPEN
from digitlib.training.sources import load
from digitlib.training.unipen import SETS, Item, pack

# (writers, series) of a set of digits; each is (n,)
Origin = tuple[np.ndarray, np.ndarray]
STUDENTS = 4  # the series that high-school students wrote; clerks wrote the others


@dataclass(frozen=True)
class Scans:
    """Scanned digits with their writers.

    Attributes:
        images: PIL images as the files hold them, dark ink on light paper, about 100 x
            100 pixels; grey, black and white, or colour. Each is decoded when it is
            first used.
        labels: (n,) uint8, 0 to 9.
        writers: (n,) str, such as "0011_CH2F": number, country, age in decades (2 for
            about 20) and sex, as the source names them; "XX" where it does not say.
    """

    images: Sequence[Image.Image]
    labels: np.ndarray
    writers: np.ndarray

    def take(self, indices: np.ndarray) -> "Scans":
        """Return some of the scans, in the order of the indices."""
        images = [self.images[i] for i in indices]
        return Scans(images, self.labels[indices], self.writers[indices])


@dataclass(frozen=True)
class Pens:
    """Signs that were written with a digital pen, as strokes.

    Attributes:
        points: (p, 2) float32, x to the right and y down. Unit and origin are those of
            each provider's tablet.
        stroke_ends: (s + 1,) int64: stroke j is points[stroke_ends[j] : stroke_ends[j +
            1]].
        item_ends: (n + 1,) int64: item i is the strokes item_ends[i] to item_ends[i +
            1].
        labels: (n,) str, in which UNIPEN puts a backslash before a quotation mark, a
            backslash and an @. Omniglot's are alphabet and character, such as
            "Greek/character03".
        writers: (n,) str. UNIPEN's are provider and name, such as "apb/Ann_Other";
            Omniglot's are alphabet and number, such as "Greek/07".
    """

    points: np.ndarray
    stroke_ends: np.ndarray
    item_ends: np.ndarray
    labels: np.ndarray
    writers: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def strokes(self, i: int) -> list[np.ndarray]:
        """Return the strokes of item i, each (m, 2) float32."""
        ends = self.stroke_ends[self.item_ends[i] : self.item_ends[i + 1] + 1]
        return [self.points[start:end] for start, end in itertools.pairwise(ends)]

    def take(self, indices: np.ndarray) -> "Pens":
        """Return some of the items, in the order of the indices."""
        items = (
            Item(str(self.labels[i]), str(self.writers[i]), self.strokes(i))
            for i in indices
        )
        return Pens(**pack(list(items)))


def load_writers() -> tuple[Origin, Origin]:
    """Load who wrote each digit of MNIST, in the order of `load_mnist`.

    Source: C. Yadav, L. Bottou, "Cold Case: the Lost MNIST Digits" (NeurIPS 2019),
    QMNIST (BSD-style licence).

    Returns:
        (writers, series) of the 60,000 training digits, and of the 10,000 test digits.
        Writers are (n,) int16, NIST's numbers; series are (n,) uint8, NIST's hsf: 4 for
        high-school students, 0 for clerks of the Census Bureau. Nobody is in both.

    Raises:
        DataError: the file cannot be had or is damaged; the message says what to do.

    Example:
        >>> (writers, series), _ = load_writers()
        >>> len(np.unique(writers))
        539
    """
    (arrays,) = load(QMNIST)
    return (
        (arrays["train_writer"], arrays["train_series"]),
        (arrays["test_writer"], arrays["test_series"]),
    )


def load_writers_or_unknown(n: int) -> Origin:
    """Load who wrote each training digit of MNIST, or print that nobody knows.

    This is for lessons, which must also run without that list and on other digits.

    Args:
        n: the number of training digits.

    Returns:
        (writers, series), as `load_writers` returns them for the training digits; or
        else writer and series 0 for all n digits.
    """
    try:
        origin, _ = load_writers()
    except DataError as error:
        print(f"Who wrote the digits is not known here: {error}")
    else:
        if len(origin[0]) == n:
            return origin
        print("Who wrote the digits of the built-in sample is not known.")
    return np.zeros(n, np.int16), np.zeros(n, np.uint8)


def load_swiss() -> Scans:
    """Load 6,249 digits that 11 people, most of them Swiss, wrote on paper.

    A 1 has a flag and a 7 is crossed by many of them, unlike in MNIST.

    Source: A. Schroeder and others, github.com/kensanata/numbers (CC0 1.0).

    Returns:
        The scans.

    Raises:
        DataError: the file cannot be had or is damaged; the message says what to do.
    """
    (arrays,) = load(SWISS)
    blob, ends = arrays["blob"].tobytes(), arrays["ends"].tolist()
    images = [
        Image.open(io.BytesIO(blob[start:end]))
        for start, end in itertools.pairwise(ends)
    ]
    return Scans(images, arrays["labels"], arrays["writers"])


def load_pens() -> dict[str, Pens]:
    """Load digits, numbers, letters and signs that people wrote with a digital pen.

    Beware of two things when they are to teach what is not a digit. Some look like one:
    the letters I l O o S s Z z B b g q, and signs such as the bar. And what the
    provider "kai" labels as an @ with a backslash is one short line, which joined two
    letters and can be read as a 1.

    Source: International Unipen Foundation, train_r01_v07 (1999; CC BY 4.0 by its
    licence file, for research by an older note; `models/DATA.md` has both).

    Returns:
        "digits" (5,271), "strings" (333 numbers of several digits), "capitals"
        (13,132), "small_letters" (30,449) and "signs" (7,578).

    Raises:
        DataError: a file cannot be had or is damaged; the message says what to do.

    Example:
        >>> digits = load_pens()["digits"]
        >>> digits.labels[0], len(digits.strokes(0))
        ('1', 1)
    """
    sets = load(UNIPEN)
    return {name: Pens(**arrays) for name, arrays in zip(SETS, sets, strict=True)}


def load_scripts() -> Pens:
    """Load 4,840 characters of eight alphabets, each drawn by 20 people.

    They are to teach, and to test, what is not a digit: writing of other scripts. The
    alphabets are Balinese, Early Aramaic, Greek, Japanese (katakana), Korean, Latin,
    Sanskrit and Tagalog. Beware: some of their characters look like a digit, such as
    the Latin o and z. `mixture.LOOKALIKES` lists those that are left out.

    Drawers are numbered in each alphabet. Omniglot does not say whether "Greek/07" and
    "Latin/07" are the same person.

    Source: B. Lake, R. Salakhutdinov, J. Tenenbaum, "Human-level concept learning
    through probabilistic program induction" (Science 2015), Omniglot (MIT licence).

    Returns:
        The characters, ordered by alphabet, character and drawer.

    Raises:
        DataError: a file cannot be had or is damaged; the message says what to do.

    Example:
        >>> scripts = load_scripts()
        >>> str(scripts.labels[0]), str(scripts.writers[0])
        ('Balinese/character01', 'Balinese/01')
    """
    (arrays,) = load(OMNIGLOT)
    return Pens(**arrays)
