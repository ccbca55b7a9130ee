"""Find the sets of people's digits on this machine, or download and prepare them.

    archive at its public source -> read -> arrays of the listed writers -> .npz, kept

Archives are not packed alike each time, so what is checked is a digest of the arrays,
wherever they came from.
"""

import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digitlib.errors import DataError
from digitlib.files import replacing
from digitlib.training import data
from digitlib.training.download import download
from digitlib.training.unipen import Arrays

RAW = "https://raw.githubusercontent.com/{}/{}/{}"
ARCHIVE = "https://github.com/{}/archive/{}.tar.gz"

# What reading a damaged file raises, whatever is in it.
UNREADABLE = (
    OSError, EOFError, ValueError, LookupError, TypeError,
    zlib.error, zipfile.BadZipFile, tarfile.TarError,
)  # fmt: skip

# SHA-256 of each file's arrays, as `digest` computes it. There are two for the Swiss
# digits: of the small copy that we keep (grey, WebP), and of the source's PNG files,
# which are kept where the machine's WebP library encodes otherwise.
DIGESTS = {
    "mnist/qmnist_writers": (
        "b882b4fedb39bfc59d1fb06c03c38c8814391e3a2a6154789b9622e227a892df",
    ),
    "swiss/digits": (
        "7a7ef0b27e733550a7cd5d3f277199de58249d1bad394482c9cbde94e163d92d",
        "bd3948359ba3d671d95372f834b6860ad221c1c6cab5467c7d01bad7b74afeba",
    ),
    "unipen/digits": (
        "ae25e6245e87c041d678e3bdfdcad0cce1b81af018035bfec7ae259d20934a8b",
    ),
    "unipen/strings": (
        "d1984d20143dd879296f32b0be9d9fc125a1b213575f97bd9ee2a5e339b2aff8",
    ),
    "unipen/capitals": (
        "839683cd5c89cda69ddcaf5ea84c564cf480298caaea92cbd3c9eb5636465ff3",
    ),
    "unipen/small_letters": (
        "d1dc8d68fa367dbfae88077d1b2e678c980b2e553d48b7cb94399dd1f6730557",
    ),
    "unipen/signs": (
        "6796007d0a36673ed5d0471f7e65a7ac9159a33240c7987e4baf04dce9c9c0f7",
    ),
    "omniglot/characters": (
        "040083c259e49371f6b58ff2af3008928a98251c0583df09081bf0e7a5c85473",
    ),
}


class Source(NamedTuple):
    """Where a set comes from.

    Attributes:
        title: as it begins a sentence.
        repository: on GitHub.
        commit: the state of it that is used.
        files: the paths of what is downloaded; none for the archive of everything.
        read: makes the arrays of each of `sets` from what was downloaded.
        sets: keys of `DIGESTS`, which are also names of files, without ".npz".
    """

    title: str
    repository: str
    commit: str
    files: tuple[str, ...]
    read: Callable[[list[Path]], list[Arrays]]
    sets: tuple[str, ...]


def load(source: Source) -> list[Arrays]:
    """Load the arrays of a source's sets.

    Each is sought in the folder named by the environment variable DIGITLIB_DATA and in
    the folders beside it, then in `data/` of this project, then in the user's cache.
    What is missing is downloaded, and kept in the cache.

    Raises:
        DataError: a set cannot be had or is damaged; the message says what to do.
    """
    if not is_here(source):
        try:
            _make(source)
        except OSError as error:
            raise DataError(
                f"{source.title} could not be kept in"
                f" {_in_cache(source.sets[0]).parents[1]} ({error.strerror}): make room"
                " there (1 GB), allow writing there, or copy them into"
                f" {data.PROJECT_DATA} from a machine that has them."
            ) from error
    return [_read_npz(name, _find(name) or _in_cache(name)) for name in source.sets]


def is_here(source: Source) -> bool:
    """Return whether a source's sets are on this machine, or must be downloaded."""
    return all(map(_find, source.sets))


def find_sets(source: Source) -> dict[str, Path]:
    """Find the files of a source's sets without downloading them.

    Returns:
        The path of each file, by the name of its set; all checksums are correct. It is
        empty if a set is not on this machine.

    Raises:
        DataError: a file is damaged; the message says what to do.
    """
    found = {name: path for name in source.sets if (path := _find(name))}
    if len(found) < len(source.sets):
        return {}
    for name, path in found.items():
        _read_npz(name, path)  # verifies the checksum
    return found


def digest(arrays: Arrays) -> str:
    """Compute the SHA-256 of arrays: names, shapes and contents, whatever packs them.

    Returns:
        64 hexadecimal characters, the same on every machine.
    """
    sha256 = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        if array.dtype.kind == "U":
            content = "\n".join(array.ravel().tolist()).encode()
        else:
            content = array.astype(array.dtype.newbyteorder("<")).tobytes()
        sha256.update(f"{name} {array.shape}\n".encode() + content)
    return sha256.hexdigest()


def _find(name: str) -> Path | None:
    """Find the file of a set: in its folder, or where that folder itself is named."""
    named = os.environ.get("DIGITLIB_DATA")
    folders = [Path(named), Path(named, os.pardir)] if named else []
    paths = [folder / f"{name}.npz" for folder in [*folders, data.PROJECT_DATA]]
    return next((path for path in [*paths, _in_cache(name)] if path.is_file()), None)


def _in_cache(name: str) -> Path:
    return data.find_cache() / f"{name}.npz"


def _read_npz(name: str, path: Path) -> Arrays:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
    except UNREADABLE:
        arrays = {}
    if digest(arrays) not in DIGESTS[name]:
        raise DataError(
            f"The file {path} is incomplete or not the one that is meant (its checksum"
            " differs): delete it, then copy it again or let it be downloaded."
        )
    return arrays


def _make(source: Source) -> None:
    """Download a source, and keep in the cache what is used of it.

    Only one process does so at a time; the next finds what the first has made.
    """
    from filelock import FileLock

    cache = _in_cache(source.sets[0]).parents[1]
    cache.mkdir(parents=True, exist_ok=True)
    name = source.repository.rpartition("/")[2]
    with FileLock(cache / f"{name}.lock"):
        if is_here(source):
            return
        paths = _download(source, cache)
        try:
            sets = source.read(paths)
        except UNREADABLE as error:
            if getattr(error, "errno", None):
                raise  # the disk is full, for example, which is not the file's fault
            sets = [{} for _ in source.sets]
        for path in paths:
            path.unlink()
        _keep(source, sets)


def _keep(source: Source, sets: list[Arrays]) -> None:
    """Write the sets into the cache, if they are what they should be."""
    for name, arrays in zip(source.sets, sets, strict=True):
        if digest(arrays) not in DIGESTS[name]:
            raise DataError(
                f"What was downloaded from github.com/{source.repository} is not what"
                " it should be (its checksum differs): open any web page, in case this"
                " network wants you to sign in, and try again."
            )
    for name, arrays in zip(source.sets, sets, strict=True):
        path = _in_cache(name)
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as beside, beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)


def _download(source: Source, cache: Path) -> list[Path]:
    place = source.repository, source.commit
    urls = [RAW.format(*place, name) for name in source.files]
    paths = []
    try:
        for url in urls or [ARCHIVE.format(*place)]:
            path = cache / f"{source.commit}-{url.rpartition('/')[2]}"
            if not path.is_file():  # it is, where reading it was interrupted
                download(url, path, source.title)
            paths.append(path)
    except OSError as error:
        folder = source.sets[0].partition("/")[0]
        raise DataError(
            f"{source.title} are not on this machine and could not be downloaded"
            f" ({type(error).__name__}): connect to the internet and run"
            f" `digitlib data --people`, or copy the folder {folder} from {cache} on a"
            f" machine that has them into {data.PROJECT_DATA}."
        ) from error
    return paths
