"""Put together what `cnn` learns from and is validated on: people's writing, and more.

MNIST, Swiss scans, UNIPEN's and Omniglot's pen strokes, samples made by program
-> a list of Parts to train on, and validation images of other writers
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.reading.preprocess import to_pixels
from digitlib.training import data
from digitlib.training.handwriting import draw_pens, read_scans
from digitlib.training.negatives import make_extra_samples
from digitlib.training.people import Pens, Scans, load_pens, load_scripts, load_swiss
from digitlib.training.splits import split_by_writer, split_pens
from digitlib.training.unipen import POOR_DIGITS

# Letters that are digits to the eye are labelled neither: they are left out.
LETTERS_LIKE_DIGITS = frozenset("IlOoSsZzBbgq")
# So are signs that somebody may write as a 1, and the joining strokes labelled "\@".
SIGNS_LIKE_DIGITS = frozenset((*"(),/|!'`", "\\\\", "\\@"))
# The same for Omniglot: the numbers of the characters that look like a digit.
LOOKALIKES = {
    "Balinese": (5,),
    "Early_Aramaic": (2, 3, 4, 6, 12, 14, 16, 17, 20),
    "Greek": (2, 4, 8, 9, 15, 18),
    "Japanese_(katakana)": (2, 24, 27, 43, 46),
    "Korean": (10, 12, 21, 22, 27, 28, 33, 37),
    "Latin": (2, 7, 12, 15, 17, 19, 26),
    "Sanskrit": (13, 36, 37),
    "Tagalog": (3, 16),
}
UNSEEN_SCRIPT = "Sanskrit"  # never trained on, to see what a new script gets
FIRST_VALIDATION_DRAWER = 17  # of the 20 who drew each of Omniglot's alphabets

# How often each image is shown in an epoch. There are ten times as many digits of MNIST
# as of other people, who write differently.
SHOWN = {"swiss": 2.0, "pens": 1.0, "made": 1.0, "letters": 0.4, "scripts": 1.0}
PEN_COPIES = 3  # each pen digit is drawn so often, with other pens


@dataclass(frozen=True)
class Part:
    """Some of the training samples.

    Attributes:
        images: (n, 28, 28) uint8, ink 255.
        labels: (n,) 0 to 9, or `NOT_A_DIGIT`.
        shown: how often each is shown in an epoch; if 0.4, two fifths of them are, and
            others in the next epoch.
    """

    images: np.ndarray
    labels: np.ndarray
    shown: float = 1.0

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Draw the indices of the samples that are shown in an epoch, in any order."""
        n, times = len(self.labels), int(self.shown)
        some = random.permutation(n)[: round((self.shown - times) * n)]
        return np.concatenate([*[np.arange(n)] * times, some])


def make_parts(images: np.ndarray, random: np.random.Generator) -> list[Part]:
    """Make all that `cnn` is trained on beside MNIST.

    Args:
        images: (n, 28, 28) uint8, the training digits of MNIST.
        random: the random generator; the same state gives the same result.

    Returns:
        The parts.

    Raises:
        DataError: other people's digits are neither here nor can they be downloaded.
    """
    swiss, _ = _split_swiss()
    pens, _ = split_pens(load_pens())
    scripts, _ = _split_scripts()
    made, made_labels = make_extra_samples(images, random)
    drawn, of = draw_pens(pens["digits"], random, PEN_COPIES)
    return [
        Part(*_read(swiss), SHOWN["swiss"]),
        Part(drawn, pens["digits"].labels[of].astype(np.uint8), SHOWN["pens"]),
        Part(to_pixels(made), made_labels, SHOWN["made"]),
        _negatives(map(_without_lookalikes, _signs(pens)), random, "letters"),
        _negatives([scripts], random, "scripts"),
    ]


def validation_digits() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the digits of writers who are not trained on, by data set.

    Returns:
        "mnist", "swiss" and "pens": images, (n, 28, 28) uint8, ink 255, and labels.

    Raises:
        DataError: a set is neither here nor can it be downloaded.
    """
    return _digits(1)


def training_digits() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the digits of the writers who are trained on, in the same form."""
    return _digits(0)


def validation_scans() -> Scans:
    """Return the Swiss scans of writers who are not trained on, as they were scanned.

    Raises:
        DataError: the set is neither here nor can it be downloaded.
    """
    return _split_swiss()[1]


def validation_pens() -> Pens:
    """Return the pen digits of writers who are not trained on, as strokes.

    Raises:
        DataError: the set is neither here nor can it be downloaded.
    """
    return split_pens(load_pens())[1]["digits"]


def validation_negatives() -> dict[str, np.ndarray]:
    """Return writing that is no digit, by people who are not trained on.

    Returns:
        "letters" and "signs" by pen, "scripts" (alphabets that are trained on, by other
        people) and "unseen_script": each (n, 28, 28) uint8, ink 255.

    Raises:
        DataError: a set is neither here nor can it be downloaded.
    """
    _, pens = split_pens(load_pens())
    capitals, small, signs = map(_without_lookalikes, _signs(pens))
    _, scripts = _split_scripts()
    alphabets = np.array([label.split("/")[0] for label in scripts.labels])
    random = np.random.default_rng(0)
    unseen = alphabets == UNSEEN_SCRIPT
    return {
        "letters": np.concatenate(
            [draw_pens(each, random)[0] for each in (capitals, small)]
        ),
        "signs": draw_pens(signs, random)[0],
        "scripts": draw_pens(scripts.take(np.flatnonzero(~unseen)), random)[0],
        "unseen_script": draw_pens(scripts.take(np.flatnonzero(unseen)), random)[0],
    }


def _digits(part: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the digits of each set: part 0 is trained on, part 1 is not."""
    pens = split_pens(load_pens())[part]["digits"]
    drawn, of = draw_pens(pens, np.random.default_rng(0))
    return {
        "mnist": data.split_validation(*data.load_mnist()[0])[part],
        "swiss": _read(_split_swiss()[part]),
        "pens": (drawn, pens.labels[of].astype(np.uint8)),
    }


def _split_swiss() -> tuple[Scans, Scans]:
    scans = load_swiss()
    training, validation = split_by_writer(scans.writers, len(scans.writers))
    return scans.take(training), scans.take(validation)


def _read(scans: Scans) -> tuple[np.ndarray, np.ndarray]:
    images, found = read_scans(scans)
    return images[found], scans.labels[found]


def _split_scripts() -> tuple[Pens, Pens]:
    """Split Omniglot by who drew it, all of `UNSEEN_SCRIPT` aside; no lookalikes."""
    pens = load_scripts()
    alphabets, numbers = zip(*(each.split("/") for each in pens.labels), strict=True)
    drawers = np.array([int(writer.split("/")[1]) for writer in pens.writers])
    looks_like_none = np.array([
        int(number.removeprefix("character")) not in LOOKALIKES[alphabet]
        for alphabet, number in zip(alphabets, numbers, strict=True)
    ])  # fmt: skip
    is_aside = drawers >= FIRST_VALIDATION_DRAWER
    is_aside |= np.array(alphabets) == UNSEEN_SCRIPT
    return (
        pens.take(np.flatnonzero(looks_like_none & ~is_aside)),
        pens.take(np.flatnonzero(looks_like_none & is_aside)),
    )


def _signs(pens: dict[str, Pens]) -> list[Pens]:
    return [pens[name] for name in ("capitals", "small_letters", "signs")]


def _without_lookalikes(pens: Pens) -> Pens:
    """Leave out what looks like a digit, and providers who cut in wrong places."""
    unwanted = LETTERS_LIKE_DIGITS | SIGNS_LIKE_DIGITS
    kept = [
        label not in unwanted and writer.split("/")[0] not in POOR_DIGITS
        for label, writer in zip(pens.labels, pens.writers, strict=True)
    ]
    return pens.take(np.flatnonzero(kept))


def _negatives(sets: Iterable[Pens], random: np.random.Generator, name: str) -> Part:
    images = np.concatenate([draw_pens(each, random)[0] for each in sets])
    labels = np.full(len(images), NOT_A_DIGIT, np.uint8)
    return Part(images, labels, SHOWN[name])
