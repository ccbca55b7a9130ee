"""Read a picture with a network and return a Reading.

The notebooks, the dashboard, the web app and the command line all read in this one way:
with a `Model`, which they get from `loading.load_model`.
"""

import threading
from collections.abc import Callable, Iterator

import numpy as np

from digitlib.errors import ImageError, ModelError, one_picture
from digitlib.reading import tta
from digitlib.reading.boxes import Box
from digitlib.reading.line_network import LineNetwork
from digitlib.reading.picture import Source, pages
from digitlib.reading.preprocess import SIDE
from digitlib.reading.reader import WEIGHTS, HasTime, Reader
from digitlib.reading.results import Digit, PageReading, Reading
from digitlib.reading.tta import NO_TTA, Network

BATCH_SIZE = 16  # glyphs run at once: 100 would need 16 MB and be no faster
CLASSES = 10  # the digits; a network may have one more output:
NOT_A_DIGIT = 10  # the index of the output for whatever is not a digit
DEFAULT_THRESHOLD = 0.5  # for a network whose manifest does not list its own
NO_MAPS = (
    "{} holds no feature maps. The .tflite file of a network with convolutions does,"
    " such as cnn; one that an older digitlib wrote is written anew by"
    " `digitlib export NETWORK`."
)

FeatureMaps = Callable[[np.ndarray], list[np.ndarray]]  # each (n, height, width, c)


class Model:
    """A saved network that is ready to read; many threads may use it at once.

    Attributes:
        name: "mlp", "tiny", "lenet" or "cnn", or the name of your own file without its
            suffix.
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
        *,
        line: LineNetwork | None = None,
        line_weights: tuple[float, float] = WEIGHTS,
    ):
        self.name = name
        self.threshold = threshold
        self.tta_rotations = tta_rotations
        self._network = network
        self._feature_maps = feature_maps
        self._line = line, line_weights
        self._reader = Reader(
            self.probabilities, self._glance, threshold, line, line_weights
        )
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
        return self._predict(glyphs, self.tta_rotations)

    def _glance(self, glyphs: np.ndarray) -> np.ndarray:
        """Predict without test-time augmentation, for digits that are read twice."""
        return self._predict(glyphs, self.tta_rotations[:1])

    def _predict(self, glyphs: np.ndarray, rotations: tuple[float, ...]) -> np.ndarray:
        glyphs = _checked(glyphs)
        if not len(glyphs):
            return np.empty((0, 10), np.float32)
        with self._lock:
            predictions = tta.predict(self._run, glyphs, rotations)
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

    def revised(
        self, revise: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> "Model":
        """Return the same model with its answers revised before they are used.

        Args:
            revise: from glyphs (n, 28, 28, 1) and the network's answers (n, 10 or 11)
                to answers of the same shape.
        """
        line, weights = self._line
        return Model(
            self.name,
            lambda glyphs: revise(glyphs, self._network(glyphs)),
            self.threshold,
            self._feature_maps,
            self.tta_rotations,
            line=line,
            line_weights=weights,
        )

    def read_glyph(self, glyph: np.ndarray, box: Box = (0, 0, SIDE, SIDE)) -> Digit:
        """Read one glyph, (28, 28, 1) float32, that was found in this box."""
        (probabilities,) = self.probabilities(glyph[None])
        return Digit.of(box, glyph, probabilities, self.threshold)

    def read(self, source: Source, has_time: HasTime = lambda: True) -> Reading:
        """Read every digit in a picture; of a file with several pages, the first.

        Args:
            source: a PIL image, or the bytes, path or open file of one, or what a page
                of `pages` opens. Large files are reduced while they are decoded.
            has_time: is asked before a doubtful picture is read in another way, as with
                another guess at the ink, or turned.

        Returns:
            What was read. A picture without ink gives empty text and a message, which
            also says what was left out of any other picture.

        Raises:
            ImageError: the picture cannot be read; the message says what to do.

        Example:
            >>> load_model().read("seven.png").text
            '7'
        """
        return self._reader.read(source, has_time)

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
                with one_picture():
                    reading = self.read(page.open())
            except ImageError as error:
                yield PageReading(*about, error=error)
            else:
                yield PageReading(*about, reading=reading)


def _checked(glyphs: np.ndarray) -> np.ndarray:
    if glyphs.ndim != 4 or glyphs.shape[1:] != (SIDE, SIDE, 1):
        raise ValueError(f"glyphs must be (n, 28, 28, 1), not {glyphs.shape}")
    return np.ascontiguousarray(glyphs, np.float32)
