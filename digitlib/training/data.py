"""Load the training data: MNIST, or a small data set that needs no download.

Every loader returns plain uint8 arrays, as the files hold them, and
`preprocess.to_glyphs` turns them into the input of a network. `digitlib data` downloads
MNIST in advance, for a room without internet. `people` loads the other data sets.
"""

import gzip
import hashlib
import os
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from digitlib.errors import DataError
from digitlib.files import HOME

Images = np.ndarray
Labels = np.ndarray
Split = tuple[tuple[Images, Labels], tuple[Images, Labels]]

PROJECT_DATA = HOME / "data"
MNIST_SIZE, MNIST_TEST_SIZE = 60_000, 10_000  # images to train on, and to test
MNIST_VALIDATION = Path(__file__).with_name("mnist_validation.npy")

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://azureopendatastorage.blob.core.windows.net/mnist/",
)
CONNECT_TIMEOUT, READ_TIMEOUT = 5, 20  # seconds

# SHA-256 of each file as it is downloaded (.gz), and of its content.
FILES = {
    "train-images-idx3-ubyte": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "t10k-images-idx3-ubyte": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "t10k-labels-idx1-ubyte": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


def load_mnist() -> Split:
    """Load the 60,000 training and 10,000 test digits of MNIST.

    The files are sought in the folder named by the environment variable DIGITLIB_DATA,
    then in `data/` of this project, then in the user's cache. Missing files are
    downloaded. Every file's SHA-256 is checked, wherever the file came from.

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten
    digits" (CC BY-SA 3.0).

    Returns:
        (x_train, y_train), (x_test, y_test). Images are uint8, (n, 28, 28), ink 255 on
        background 0; labels are uint8, (n,), 0 to 9.

    Raises:
        DataError: a file is missing or damaged; the message says what to do.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_mnist()
        >>> x_train.shape
        (60000, 28, 28)
    """
    folder = find_local_folder() or _download()
    x_train, y_train, x_test, y_test = (read_file(folder, name) for name in FILES)
    return (x_train, y_train), (x_test, y_test)


def load_sample() -> Split:
    """Load 1,797 real handwritten digits that need no download.

    They are the 8x8 digits that come with scikit-learn, converted to 28x28 by this
    project's own preprocessing. They are far fewer and coarser than MNIST, but enough
    to run every lesson.

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
    Machine Learning Repository (CC BY 4.0).

    Returns:
        The same form as `load_mnist`, with 1,500 training and 297 test digits.
    """
    from sklearn.datasets import load_digits

    from digitlib.reading.preprocess import enlarge, normalise, to_pixels

    digits = load_digits()  # images are (1797, 8, 8), 0 to 16
    glyphs = np.stack([normalise(enlarge(image / 16)) for image in digits.images])
    images, labels = to_pixels(glyphs), digits.target.astype(np.uint8)
    return (images[:1500], labels[:1500]), (images[1500:], labels[1500:])


def load_mnist_or_sample() -> Split:
    """Load MNIST, or print one line and load the small sample instead.

    This is for lessons, which must also run without a copy of MNIST and without
    internet.

    Returns:
        The result of `load_mnist`, or else of `load_sample`.
    """
    try:
        return load_mnist()
    except DataError as error:
        print(
            f"Using the small built-in sample (1,797 digits) instead of MNIST: {error}"
        )
        return load_sample()


def split_validation(images: Images, labels: Labels, size: int | None = None) -> Split:
    """Set training images aside for validation, on which choices are made.

    Of MNIST's 60,000, these are the 5,056 digits of 22 students and 25 clerks, so that
    nobody's hand is in both parts. The indices in `mnist_validation.npy` are those of
    `splits.split_mnist`. Of any other set, they are the last sixth.

    Args:
        images: (n, ...) training images.
        labels: (n,) their labels.
        size: how many of the last images to set aside instead.

    Returns:
        (x_train, y_train), (x_validation, y_validation).
    """
    n = len(images)
    if n == MNIST_SIZE and size is None:
        aside = np.load(MNIST_VALIDATION)
    else:
        aside = np.arange(n - (size or n // 6), n)
    is_aside = np.zeros(n, bool)
    is_aside[aside] = True
    return (
        (images[~is_aside], labels[~is_aside]),
        (images[is_aside], labels[is_aside]),
    )


def find_local_folder() -> Path | None:
    """Find the first folder that holds any MNIST file that the user put there."""
    named = os.environ.get("DIGITLIB_DATA")
    for folder in ([Path(named)] if named else []) + [PROJECT_DATA]:
        if any(find_file(folder, name) for name in FILES):
            return folder
    return None


def find_cache() -> Path:
    """Return the folder of downloads, or of the project without pooch to download."""
    if find_spec("pooch") is None:
        return PROJECT_DATA
    import pooch

    return Path(pooch.os_cache("digitlib"))


def find_file(folder: Path, name: str) -> Path | None:
    """Find one of `FILES` in a folder, compressed or not."""
    paths = (folder / f"{name}.gz", folder / name)
    return next((path for path in paths if path.is_file()), None)


def read_file(folder: Path, name: str) -> np.ndarray:
    """Read one of `FILES`: big-endian, two zeros, type, dimensions, sizes, data.

    Raises:
        DataError: the file is missing or damaged; the message says what to do.
    """
    path = find_file(folder, name)
    if path is None:
        raise DataError(
            f"The folder {folder} has some MNIST files but not {name}.gz: put that file"
            " there too, or empty the folder to let it be downloaded."
        )
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error):
        content = b""
    if hashlib.sha256(content).hexdigest() != FILES[name][1]:
        raise DataError(
            f"The file {path} is incomplete or not MNIST's (its checksum differs):"
            " delete it, then copy it again or let it be downloaded."
        )
    dimensions = content[3]
    header = 4 + 4 * dimensions
    shape = np.frombuffer(content[4:header], ">u4")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _download() -> Path:
    """Download what the cache lacks; pooch checks each file before moving it there."""
    if find_spec("pooch") is None:
        raise _missing("pooch, which downloads it, is not installed", "install that")
    import pooch

    pooch.get_logger().setLevel("WARNING")  # the progress bar says enough
    folder = find_cache()
    downloader = pooch.HTTPDownloader(
        progressbar=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT)
    )
    for name, (sha256, _) in FILES.items():
        _download_file(pooch, downloader, folder, f"{name}.gz", sha256)
    return folder


def _download_file(pooch, downloader, folder: Path, name: str, sha256: str) -> None:
    """Try each mirror in turn until the file has been downloaded undamaged."""
    reasons = []
    for mirror in MIRRORS:
        try:
            pooch.retrieve(mirror + name, sha256, name, folder, downloader=downloader)
            return
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            reasons.append(type(error).__name__)
    reason = f"{name} could not be downloaded ({', '.join(reasons)})"
    raise _missing(reason, "connect to the internet")


def _missing(reason: str, remedy: str) -> DataError:
    return DataError(
        f"MNIST is not on this machine and {reason}: {remedy}, or put the four MNIST"
        f" files into {PROJECT_DATA} or the folder that DIGITLIB_DATA names."
    )
