"""A saved network and a picture into a Reading: the only door for every face.

Notebooks, dashboard, web app and command line all read through `load_model`. Serving
runs on the exported network (LiteRT), so that neither TensorFlow nor Keras is loaded.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitlib import manifest
from digitlib.errors import ModelError
from digitlib.picture import Source
from digitlib.preprocess import SIDE, Found, find_ways
from digitlib.quiet import quiet
from digitlib.segment import Box
from digitlib.views import UPRIGHT, Run, ask

PORTION = 16  # looks at once: more need memory (100: 16 MB), and are no faster
CLASSES = 10  # the digits; a network may have one output more, for
NOT_A_DIGIT = 10
LEAST_CONFIDENCE = 0.5  # for a network whose manifest does not give its own
BENEFIT = 0.3  # of confidence, by which another way to read must be better
SURE = 0.9  # the confidence of each digit where geometry saw fewer,
NARROW = 1.1  # times its height: in what is no wider than that,
SURER = 0.97  # that confidence, as a sign is more often so narrow than two digits are
NO_INK = "No ink found: draw or write a digit, dark on light or light on dark."
NO_MAPS = (
    "{} holds no feature maps. The .tflite file of a network with convolutions does,"
    " such as cnn; one that an older digitlib wrote is written anew by"
    " `python -m digitlib.saving NETWORK`."
)

Look = Callable[[np.ndarray], list[np.ndarray]]  # -> each (n, height, width, c)


@dataclass(frozen=True)
class Digit:
    """One digit of a picture.

    Attributes:
        label: "0" to "9", or "?" where the network should not be trusted.
        confidence: the probability of the most probable digit.
        probabilities: (10,) float32, of the digits 0 to 9; what they lack to 1 is the
            probability that it is none.
        box: left, top, right, bottom in pixels of the upright original, the last two
            exclusive.
        glyph: (28, 28, 1) float32: what the network saw, before `views` turned it.
    """

    label: str
    confidence: float
    probabilities: np.ndarray
    box: Box
    glyph: np.ndarray

    @property
    def accepted(self) -> bool:
        """Whether the network should be trusted."""
        return self.label != "?"

    def to_dict(self) -> dict[str, Any]:
        """All but the glyph, as plain values that JSON can hold."""
        return {
            "label": self.label,
            "confidence": round(self.confidence, 6),
            "probabilities": [round(float(p), 6) for p in self.probabilities],
            "box": list(self.box),
            "accepted": self.accepted,
        }


@dataclass(frozen=True)
class Reading:
    """All that was read in a picture.

    Attributes:
        text: the labels, line by line and from left to right.
        digits: one `Digit` for each label, in the same order.
        message: a sentence for the user where there is nothing to show, else "".
    """

    text: str
    digits: tuple[Digit, ...]
    message: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The reading as plain values that JSON can hold."""
        digits = [digit.to_dict() for digit in self.digits]
        return {"text": self.text, "message": self.message, "digits": digits}


class Model:
    """A saved network, ready to read. Many threads may call it at once.

    Attributes:
        name: "mlp", "lenet", "cnn", or that of your own file without its ending.
        least_confidence: what is read with less is not accepted.
        views: how far a glyph is turned for each look at it, in degrees.
    """

    def __init__(
        self,
        name: str,
        run: Run,
        least_confidence: float = LEAST_CONFIDENCE,
        look: Look | None = None,
        views: tuple[float, ...] = UPRIGHT,
    ):
        self.name = name
        self.least_confidence = least_confidence
        self.views = views
        self._run = run
        self._look = look
        self._lock = threading.Lock()  # an interpreter holds one input at a time

    def probabilities(self, glyphs: np.ndarray) -> np.ndarray:
        """Give the probabilities of the ten digits for each glyph, however many.

        Args:
            glyphs: (n, 28, 28, 1) float32 in [0, 1], ink 1.

        Returns:
            (n, 10) float32. What a row lacks to 1 is the probability that the glyph is
            no digit; a network that cannot tell, such as "lenet", lacks nothing.

        Raises:
            ValueError: the array has another shape.
        """
        glyphs = _checked(glyphs)
        if not len(glyphs):
            return np.empty((0, 10), np.float32)
        n = PORTION // len(self.views)
        portions = [glyphs[start : start + n] for start in range(0, len(glyphs), n)]
        with self._lock:
            answers = [ask(self._run, portion, self.views) for portion in portions]
        return np.concatenate(answers)[:, :CLASSES]

    @property
    def has_feature_maps(self) -> bool:
        """Whether `feature_maps` can give any."""
        return self._look is not None

    def feature_maps(self, glyph: np.ndarray) -> list[np.ndarray]:
        """Give what each convolution stage finds where in a glyph.

        Args:
            glyph: (28, 28, 1) float32 in [0, 1], ink 1.

        Returns:
            For each stage, first to last, (height, width, channels) float32, 0 or more:
            a channel for each thing that it looks for, taken before pooling.

        Raises:
            ModelError: the file holds none; the message says what to do.
            ValueError: the array has another shape.
        """
        if self._look is None:
            raise ModelError(NO_MAPS.format(self.name))
        glyphs = _checked(glyph[None])
        with self._lock:
            return [maps[0] for maps in self._look(glyphs)]

    def read_glyph(self, glyph: np.ndarray, box: Box = (0, 0, SIDE, SIDE)) -> Digit:
        """Read one glyph, (28, 28, 1) float32, that was found in this box."""
        (probabilities,) = self.probabilities(glyph[None])
        return _to_digit(box, glyph, probabilities, self.least_confidence)

    def read(self, source: Source) -> Reading:
        """Read every digit in a picture.

        Args:
            source: a PIL image, or the bytes, path or open file of one. Large files
                are reduced while they are decoded.

        Returns:
            What was read. No ink is a reading too, with empty text and a message.

        Raises:
            ImageError: the picture cannot be read; the message says what to do.

        Example:
            >>> load_model().read("seven.png").text
            '7'
        """
        places = find_ways(source)
        if not places:
            return Reading("", (), NO_INK)
        firsts = self._read_ways([next(ways) for ways in places])
        digits = tuple(
            digit
            for first, others in zip(firsts, places, strict=True)
            for digit in self._read_place(first, others)
        )
        return Reading("".join(digit.label for digit in digits), digits)

    def _read_place(
        self, first: list[Digit], others: Iterator[list[Found]]
    ) -> list[Digit]:
        """The likeliest way to read a place; the others only if they can be better."""
        if _is_beyond_doubt(first):
            return first
        return _likeliest([first, *self._read_ways(list(others))])

    def _read_ways(self, ways: list[list[Found]]) -> list[list[Digit]]:
        founds = [found for way in ways for found in way]
        if not founds:
            return []
        rows = iter(self.probabilities(np.stack([found.glyph for found in founds])))
        return [
            [
                _to_digit(found.box, found.glyph, next(rows), self.least_confidence)
                for found in way
            ]
            for way in ways
        ]


def load_model(name: str | Path = "cnn") -> Model:
    """Load a saved network.

    Args:
        name: "mlp", "lenet" or "cnn" for a shipped one, or the path of a `.tflite` or
            `.keras` file. For the latter of your own the `.tflite` that was saved
            beside it is read; any other loads Keras (open only files that you trust).

    Returns:
        The model, checked against the manifest and seen to give numbers.

    Raises:
        ModelError: the file is missing, damaged, not as its manifest says, or no
            network for digits; the message says what to do.
    """
    shipped = Path(name).suffix not in manifest.SUFFIXES
    path = manifest.MODELS / f"{name}.tflite" if shipped else Path(name)
    shown = f"models/{path.name}" if shipped else str(path)  # pages show it too
    _check_file(path, shown, must_be_listed=shipped)
    path = _twin(path)
    try:
        is_keras = path.suffix == ".keras"
        run, look = (_keras_run(path), None) if is_keras else _litert_run(path)
        answer = run(np.zeros((1, SIDE, SIDE, 1), np.float32))
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(_remedy(f"{shown} is not a network for digits")) from error
    if answer.shape not in ((1, CLASSES), (1, CLASSES + 1)) or not np.isclose(
        answer.sum(), 1, atol=1e-3
    ):
        raise ModelError(_remedy(f"{shown} does not give ten probabilities"))
    entry = manifest.read(path.parent).get(path.stem, {})
    least_confidence = entry.get("least_confidence", LEAST_CONFIDENCE)
    views = tuple(entry.get("views", UPRIGHT))
    return Model(path.stem, run, least_confidence, look, views)


def _is_beyond_doubt(first: list[Digit]) -> bool:
    """Whether no other way can be surer than the first by `BENEFIT`."""
    return all(digit.accepted for digit in first) and _sureness(first) + BENEFIT >= 1


def _likeliest(ways: list[list[Digit]]) -> list[Digit]:
    """Of several ways to read one place, the one whose weakest digit is the surest.

    The first, that of geometry, is left only for one that is surer by `BENEFIT`, unless
    it has something in it that is not to be trusted. Taking ink further apart needs
    more: a letter, too, falls apart into a 1 and a 3.
    """
    first = len(ways[0])
    ways = [way for way in ways if len(way) <= first or _is_sure(way)]
    sure = [_sureness(way) for way in ways]
    if all(digit.accepted for digit in ways[0]):
        sure[0] += BENEFIT
    return ways[int(np.argmax(sure))]


def _sureness(way: list[Digit]) -> float:
    return min(digit.confidence for digit in way)


def _is_sure(way: list[Digit]) -> bool:
    lefts, tops, rights, bottoms = zip(*(digit.box for digit in way), strict=True)
    width, height = max(rights) - min(lefts), max(bottoms) - min(tops)
    least = SURE if width > NARROW * height else SURER
    return all(digit.confidence >= least for digit in way)


def _to_digit(
    box: Box, glyph: np.ndarray, probabilities: np.ndarray, least_confidence: float
) -> Digit:
    best = int(probabilities.argmax())
    confidence = float(probabilities[best])
    label = str(best) if confidence >= least_confidence else "?"
    return Digit(label, confidence, probabilities, box, glyph)


def _check_file(path: Path, shown: str, must_be_listed: bool) -> None:
    if not path.is_file():
        raise ModelError(_remedy(f"There is no network at {shown}"))
    listed = path.stem in manifest.read(path.parent)
    if (must_be_listed or listed) and not manifest.is_known(path):
        raise ModelError(_remedy(f"{shown} is damaged (its checksum is not ours)"))


def _twin(path: Path) -> Path:
    """The file to read a checked one with: for one's own `.keras` its `.tflite`.

    The manifest vouches that they are equal. The `.keras` of a shipped network is named
    only by who wants Keras itself.
    """
    twin = path.with_suffix(".tflite")
    listed = path.stem in manifest.read(path.parent)
    own = listed and path.stem not in manifest.SHIPPED
    return twin if own and twin.is_file() and manifest.is_known(twin) else path


def _remedy(problem: str) -> str:
    return (
        f"{problem}: bring the shipped one back (`git checkout models`), or train it"
        " (`make train`)."
    )


def _checked(glyphs: np.ndarray) -> np.ndarray:
    if glyphs.ndim != 4 or glyphs.shape[1:] != (SIDE, SIDE, 1):
        raise ValueError(f"glyphs must be (n, 28, 28, 1), not {glyphs.shape}")
    return np.ascontiguousarray(glyphs, np.float32)


def _litert_run(path: Path) -> tuple[Run, Look | None]:
    from ai_edge_litert.interpreter import Interpreter

    # From memory: a file that is replaced while we serve must not change under us.
    with quiet():
        interpreter = Interpreter(model_content=path.read_bytes(), num_threads=1)
        interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target, stages = _find_outputs(interpreter.get_output_details())
    prepared_for = 0

    def run(glyphs: np.ndarray) -> np.ndarray:
        nonlocal prepared_for
        if len(glyphs) != prepared_for:
            interpreter.resize_tensor_input(source, glyphs.shape)
            interpreter.allocate_tensors()
            prepared_for = len(glyphs)
        interpreter.set_tensor(source, glyphs)
        interpreter.invoke()
        return interpreter.get_tensor(target)

    def look(glyphs: np.ndarray) -> list[np.ndarray]:
        run(glyphs)
        return [interpreter.get_tensor(stage) for stage in stages]

    return run, (look if stages else None)


def _find_outputs(outputs: list[dict[str, Any]]) -> tuple[int, list[int]]:
    """Tell the probabilities from the feature maps; LiteRT lists them in any order.

    The maps are computed anyway on the way to the probabilities, so that giving them
    out costs a reading no time (measured), only the memory that they lie in.

    Returns:
        The index of the only table, and those of the maps, each stage's smaller than
        those of the one before.
    """
    (target,) = (each["index"] for each in outputs if len(each["shape"]) == 2)
    maps = [each for each in outputs if len(each["shape"]) == 4]
    maps.sort(key=lambda each: -each["shape"][1])
    return target, [each["index"] for each in maps]


def _keras_run(path: Path) -> Run:
    from digitlib.backend import keras

    network = keras.models.load_model(path, compile=False)
    return lambda glyphs: network.predict(glyphs, verbose=0)
