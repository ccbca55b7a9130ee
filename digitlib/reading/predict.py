"""Read a picture with a network and return a Reading.

The notebooks, the dashboard, the web app and the command line all read in this one way:
with a `Model`, which they get from `loading.load_model`.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from digitlib.errors import ImageError, ModelError
from digitlib.reading import guesses, tta, turning
from digitlib.reading.picture import Picture, Source, open_picture, pages
from digitlib.reading.preprocess import SIDE, Candidate, Guess, guess_hypotheses
from digitlib.reading.segment import Box
from digitlib.reading.tta import NO_TTA, Network

BATCH_SIZE = 16  # glyphs run at once: 100 would need 16 MB and be no faster
CLASSES = 10  # the digits; a network may have one more output:
NOT_A_DIGIT = 10  # the index of the output for whatever is not a digit
DEFAULT_THRESHOLD = 0.5  # for a network whose manifest does not list its own
MARGIN = 0.3  # confidence by which another hypothesis must exceed the first
# A hypothesis with more digits than the first needs this confidence in each of them:
SPLIT_THRESHOLD = 0.9
NARROW = 1.1  # ratio of width to height up to which ink is narrow
NARROW_THRESHOLD = 0.97  # for narrow ink, which is more often a letter
DECIMALS = 6  # of every probability that is given out
HIGHEST_SHOWN = 0.999  # nobody has measured that a network is right more often
NO_MAPS = (
    "{} holds no feature maps. The .tflite file of a network with convolutions does,"
    " such as cnn; one that an older digitlib wrote is written anew by"
    " `digitlib export NETWORK`."
)

FeatureMaps = Callable[[np.ndarray], list[np.ndarray]]  # each (n, height, width, c)


@dataclass(frozen=True)
class Digit:
    """One digit of a picture, with what the network predicted for it.

    Attributes:
        label: "0" to "9", or "?" if the digit is rejected.
        confidence: the probability of the most probable digit.
        probabilities: (10,) float32, of the digits 0 to 9; the remainder to 1 is the
            probability that the ink is not a digit.
        box: left, top, right, bottom in pixels of the upright original, the last two
            exclusive.
        glyph: (28, 28, 1) float32: the input of the network, before any rotation.
    """

    label: str
    confidence: float
    probabilities: np.ndarray
    box: Box
    glyph: np.ndarray

    @property
    def accepted(self) -> bool:
        """Whether the digit is accepted, that is, not rejected."""
        return self.label != "?"

    def to_dict(self) -> dict[str, Any]:
        """Return all but the glyph as plain values that JSON can hold."""
        return {
            "label": self.label,
            "confidence": round(self.confidence, DECIMALS),
            "probabilities": [round(float(p), DECIMALS) for p in self.probabilities],
            "box": list(self.box),
            "accepted": self.accepted,
        }


@dataclass(frozen=True)
class Reading:
    """Everything that was read in a picture.

    Attributes:
        text: the labels, line by line and from left to right.
        digits: one `Digit` for each label, in the same order.
        message: for the user, if there is nothing to show or something was left out,
            else "".
    """

    text: str
    digits: tuple[Digit, ...]
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the reading as plain values that JSON can hold."""
        digits = [digit.to_dict() for digit in self.digits]
        return {"text": self.text, "message": self.message, "digits": digits}


@dataclass(frozen=True)
class PageReading:
    """What was read on one page of a file: a reading, or an error.

    Attributes:
        number: of the page, from 1.
        count: the number of pages of the file.
        name: what people call the page, such as "page 2 of scan.pdf".
        reading: what was read; None if the page cannot be read.
        error: why it cannot be read; else None.
    """

    number: int
    count: int
    name: str
    reading: Reading | None = None
    error: ImageError | None = None


def show_confidence(probability: float) -> str:
    """Return the probability of one digit in percent, for people to read.

    Args:
        probability: from 0 to 1; it is rounded first, as in `Digit.to_dict`.

    Returns:
        A text such as "95.3 %". The highest is "over 99.9 %": it is never "100.0 %".
    """
    rounded = round(float(probability), DECIMALS)
    if rounded > HIGHEST_SHOWN:
        return f"over {100 * HIGHEST_SHOWN:.1f} %"
    return f"{100 * rounded:.1f} %"


class Model:
    """A saved network that is ready to read; many threads may use it at once.

    Attributes:
        name: "mlp", "lenet" or "cnn", or the name of your own file without its suffix.
        threshold: the confidence below which a digit is rejected.
        tta_rotations: the rotations of test-time augmentation, in degrees.
    """

    def __init__(
        self,
        name: str,
        network: Network,
        threshold: float = DEFAULT_THRESHOLD,
        feature_maps: FeatureMaps | None = None,
        tta_rotations: tuple[float, ...] = NO_TTA,
    ):
        self.name = name
        self.threshold = threshold
        self.tta_rotations = tta_rotations
        self._network = network
        self._feature_maps = feature_maps
        self._lock = threading.Lock()  # an interpreter holds one input at a time

    def probabilities(self, glyphs: np.ndarray) -> np.ndarray:
        """Predict the probabilities of the ten digits for any number of glyphs.

        Args:
            glyphs: (n, 28, 28, 1) float32 in [0, 1], ink 1.

        Returns:
            (n, 10) float32. The remainder of a row to 1 is the probability that the
            glyph is not a digit; it is 0 for a network without that output, such as
            "lenet".

        Raises:
            ValueError: the array has another shape.
        """
        glyphs = _checked(glyphs)
        if not len(glyphs):
            return np.empty((0, 10), np.float32)
        with self._lock:
            predictions = tta.predict(self._run, glyphs, self.tta_rotations)
        return predictions[:, :CLASSES]

    def _run(self, glyphs: np.ndarray) -> np.ndarray:
        """Run the network on any number of glyphs, batch by batch."""
        starts = range(0, len(glyphs), BATCH_SIZE)
        batches = [self._network(glyphs[i : i + BATCH_SIZE]) for i in starts]
        return batches[0] if len(batches) == 1 else np.concatenate(batches)

    @property
    def has_feature_maps(self) -> bool:
        """Whether `feature_maps` can return any."""
        return self._feature_maps is not None

    def feature_maps(self, glyph: np.ndarray) -> list[np.ndarray]:
        """Return what each convolution stage detects in a glyph, and where.

        Args:
            glyph: (28, 28, 1) float32 in [0, 1], ink 1.

        Returns:
            For each stage, first to last, (height, width, channels) float32, 0 or more:
            a channel for each feature that it detects, taken before pooling.

        Raises:
            ModelError: the file holds no maps; the message says what to do.
            ValueError: the array has another shape.
        """
        if self._feature_maps is None:
            raise ModelError(NO_MAPS.format(self.name))
        glyphs = _checked(glyph[None])
        with self._lock:
            return [maps[0] for maps in self._feature_maps(glyphs)]

    def read_glyph(self, glyph: np.ndarray, box: Box = (0, 0, SIDE, SIDE)) -> Digit:
        """Read one glyph, (28, 28, 1) float32, that was found in this box."""
        (probabilities,) = self.probabilities(glyph[None])
        return _to_digit(box, glyph, probabilities, self.threshold)

    def read(self, source: Source) -> Reading:
        """Read every digit in a picture; of a file with several pages, the first.

        Args:
            source: a PIL image, or the bytes, path or open file of one, or what a page
                of `pages` opens. Large files are reduced while they are decoded.

        Returns:
            What was read. A picture without ink gives empty text and a message, which
            also says what was left out of any other picture.

        Raises:
            ImageError: the picture cannot be read; the message says what to do.

        Example:
            >>> load_model().read("seven.png").text
            '7'
        """
        picture = open_picture(source)
        reading = self._read_upright(picture)
        if not guesses.is_poor(reading.digits):
            return reading
        return self._read_turned(picture, guesses.gain(reading.digits)) or reading

    def _read_turned(self, picture: Picture, least: float) -> Reading | None:
        """Read a picture turned, if that is clear and gains more than the least."""
        for quarters in turning.QUARTERS:
            turned = turning.turn(picture, quarters)
            reading = self._read_guess(next(guess_hypotheses(turned)), turned.size)
            is_many = len(reading.digits) >= guesses.SEVERAL
            is_clear = guesses.is_clear(reading.digits, turned.size)
            if is_many and is_clear and guesses.gain(reading.digits) > least:
                back = partial(turning.turn_back, quarters=quarters, size=picture.size)
                digits = tuple(
                    replace(each, box=back(each.box)) for each in reading.digits
                )
                said = turning.TURNED.format(turning.LIES[quarters])
                message = f"{said} {reading.message}".strip()
                return replace(reading, digits=digits, message=message)
        return None

    def _read_upright(self, picture: Picture) -> Reading:
        """Read each guess at the ink until one is clear, and return the best."""
        best, highest = None, -np.inf
        for guess in guess_hypotheses(picture):
            reading = self._read_guess(guess, picture.size)
            later = (guesses.CLEAR, guess.left_out.small) if best else ()
            gain = guesses.gain(reading.digits, *later)
            if best is None or gain > highest:
                best, highest = reading, gain
                if guesses.is_clear(reading.digits, picture.size):
                    break
        assert best  # there is at least one guess
        return best

    def _read_guess(self, guess: Guess, size: tuple[int, int]) -> Reading:
        first_hypotheses = self._read_hypotheses(
            [next(hypotheses) for hypotheses in guess.regions]
        )
        found = [
            digit
            for first, others in zip(first_hypotheses, guess.regions, strict=True)
            for digit in self._read_region(first, others)
        ]
        digits = tuple(
            each for each in found if not guesses.is_object(each, found, size)
        )
        message = guesses.describe(
            guess.left_out, guess.has_ink, bool(digits), len(digits) < len(found)
        )
        return Reading("".join(digit.label for digit in digits), digits, message)

    def read_pages(self, source: Source, name: str = "") -> Iterator[PageReading]:
        """Read every page of a PDF or TIFF, or the only one of any other picture.

        Args:
            source: as for `read`.
            name: the name of the file, for people.

        Yields:
            The pages in order. One that cannot be read does not stop the others.

        Example:
            >>> for page in load_model().read_pages("scan.pdf", "scan.pdf"):
            ...     print(page.name, page.reading.text if page.reading else page.error)
            page 1 of scan.pdf 2047
            page 2 of scan.pdf 7
        """
        for page in pages(source):
            about = page.number, page.count, page.name_in(name)
            try:
                yield PageReading(*about, reading=self.read(page.open()))
            except ImageError as error:
                yield PageReading(*about, error=error)

    def _read_region(
        self, first: list[Digit], others: Iterator[list[Candidate]]
    ) -> list[Digit]:
        """Return the best hypothesis; try others only if they can beat the first."""
        if _is_certain(first):
            return first
        return _choose_best([first, *self._read_hypotheses(list(others))])

    def _read_hypotheses(self, hypotheses: list[list[Candidate]]) -> list[list[Digit]]:
        candidates = [each for hypothesis in hypotheses for each in hypothesis]
        if not candidates:
            return []
        rows = iter(self.probabilities(np.stack([each.glyph for each in candidates])))
        return [
            [
                _to_digit(each.box, each.glyph, next(rows), self.threshold)
                for each in hypothesis
            ]
            for hypothesis in hypotheses
        ]


def _is_certain(first: list[Digit]) -> bool:
    """Return whether no other hypothesis can exceed the first by `MARGIN`."""
    return all(digit.accepted for digit in first) and _confidence(first) + MARGIN >= 1


def _choose_best(hypotheses: list[list[Digit]]) -> list[Digit]:
    """Return the hypothesis whose least confident digit has the highest confidence.

    The first hypothesis is the one that geometry suggests. Another replaces it only if
    it is better by `MARGIN`, or if a digit of the first is rejected. A hypothesis with
    more digits needs more confidence, because a letter can be split into a 1 and a 3.
    """
    first = len(hypotheses[0])
    hypotheses = [each for each in hypotheses if len(each) <= first or _may_split(each)]
    scores = [_confidence(hypothesis) for hypothesis in hypotheses]
    if all(digit.accepted for digit in hypotheses[0]):
        scores[0] += MARGIN
    return hypotheses[int(np.argmax(scores))]


def _confidence(hypothesis: list[Digit]) -> float:
    return min(digit.confidence for digit in hypothesis)


def _may_split(hypothesis: list[Digit]) -> bool:
    lefts, tops, rights, bottoms = zip(*(each.box for each in hypothesis), strict=True)
    width, height = max(rights) - min(lefts), max(bottoms) - min(tops)
    threshold = SPLIT_THRESHOLD if width > NARROW * height else NARROW_THRESHOLD
    return all(digit.confidence >= threshold for digit in hypothesis)


def _to_digit(
    box: Box, glyph: np.ndarray, probabilities: np.ndarray, threshold: float
) -> Digit:
    best = int(probabilities.argmax())
    confidence = float(probabilities[best])
    label = str(best) if confidence >= threshold else "?"
    return Digit(label, confidence, probabilities, box, glyph)


def _checked(glyphs: np.ndarray) -> np.ndarray:
    if glyphs.ndim != 4 or glyphs.shape[1:] != (SIDE, SIDE, 1):
        raise ValueError(f"glyphs must be (n, 28, 28, 1), not {glyphs.shape}")
    return np.ascontiguousarray(glyphs, np.float32)
