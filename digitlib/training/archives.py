"""Read what is downloaded of each source: files and archives to arrays.

Only what the writers in `writers.json` wrote is kept of the Swiss digits and of UNIPEN.
"""

import gzip
import io
import json
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from digitlib.training import unipen
from digitlib.training.sources import DIGESTS, Source, digest
from digitlib.training.unipen import Y_DOWN, Arrays, Item, pack

KEPT = Path(__file__).with_name("writers.json")  # says whom, and why only them
SAFE_PATH = re.compile(r"(\w[\w.~+-]*)(/\w[\w.~+-]*)*")
WEBP_QUALITY = 60  # of 100; grey values then differ by 1 of 255 on average
MNIST_SIZES = {"train": 60_000, "test": 10_000}  # digits; QMNIST's test set has more
# In Omniglot's archives: alphabet, character and drawer.
DRAWING = re.compile(
    r"strokes_background_small[12]/([^/]+)/(character\d+)/\d+_(\d+)\.txt"
)


def read_kept() -> dict[str, list[str]]:
    """Read whose items are kept, for each set in which not everybody's are."""
    return json.loads(KEPT.read_text("utf-8"))


def _read_qmnist(paths: list[Path]) -> list[Arrays]:
    """Read the columns "series" and "writer" of QMNIST's extended labels."""
    arrays = {}
    for path, (part, size) in zip(paths, MNIST_SIZES.items(), strict=True):
        content = gzip.decompress(path.read_bytes())
        rows, columns = np.frombuffer(content, ">u4", 2, offset=4)
        table = np.frombuffer(content, ">i4", offset=12).reshape(rows, columns)[:size]
        arrays[f"{part}_writer"] = table[:, 2].astype(np.int16)
        arrays[f"{part}_series"] = table[:, 1].astype(np.uint8)
    return [arrays]


def _read_swiss(paths: list[Path]) -> list[Arrays]:
    """Take the pictures out of the archive: numbers/<writer>/<digit>/<name>.png."""
    writers = set(read_kept()["swiss/digits"])
    pictures = {
        path: file.read()
        for path, file in _unpack(paths[0])
        if path.startswith("numbers/") and path.endswith(".png")
        if path.split("/")[1] in writers
    }
    small = _pack({path: _shrink(picture) for path, picture in pictures.items()})
    is_known = digest(small) in DIGESTS["swiss/digits"]
    return [small if is_known else _pack(pictures)]


def _pack(pictures: dict[str, bytes]) -> Arrays:
    order = sorted(pictures)
    contents = [pictures[path] for path in order]
    return {
        "blob": np.frombuffer(b"".join(contents), np.uint8),
        "ends": np.cumsum([0, *map(len, contents)], dtype=np.int64),
        "labels": np.array([path.split("/")[2] for path in order]).astype(np.uint8),
        "writers": np.array([path.split("/")[1] for path in order], dtype=str),
    }


def _shrink(picture: bytes) -> bytes:
    """Encode a picture so that it takes a tenth of the room and looks the same."""
    small = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("L").save(small, "WEBP", quality=WEBP_QUALITY)
    return small.getvalue()


def _read_unipen(paths: list[Path]) -> list[Arrays]:
    """Unpack what the listed providers gave, for a moment, and read it."""
    kept = read_kept()
    writers = {name: kept[f"unipen/{name}"] for name in unipen.SETS}
    providers = {each.split("/")[0] for names in writers.values() for each in names}
    folder = paths[0].with_name(f"{paths[0].name}.unpacked")
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    try:
        for path, file in _unpack(paths[0]):
            if unipen.is_needed(path, providers):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read())
        return list(unipen.read_sets(folder, writers).values())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_omniglot(paths: list[Path]) -> list[Arrays]:
    """Read each drawing once; two alphabets are in both archives."""
    drawings = {}
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if match := DRAWING.fullmatch(name):
                    drawings[match.groups()] = archive.read(name).decode()
    items = [
        Item(f"{alphabet}/{character}", f"{alphabet}/{drawer}", _read_strokes(text))
        for (alphabet, character, drawer), text in sorted(drawings.items())
    ]
    return [pack(items)]


def _read_strokes(text: str) -> list[np.ndarray]:
    """Read a drawing: START, then for each stroke lines "x,y,time" and BREAK."""
    *strokes, _ = text.removeprefix("START").split("BREAK")
    return [
        np.array([line.split(",")[:2] for line in stroke.split()], np.float32) * Y_DOWN
        for stroke in strokes
    ]


def _unpack(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the path and the content of each file, without the folder around them."""
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            file = tar.extractfile(member) if SAFE_PATH.fullmatch(path) else None
            if file is not None and member.isfile():
                yield path, file


QMNIST = Source(
    "QMNIST's lists of writers",
    "facebookresearch/qmnist",
    "94061367ec2e099ea18c553c75727ecf849ddb9b",
    ("qmnist-train-labels-idx2-int.gz", "qmnist-test-labels-idx2-int.gz"),
    _read_qmnist,
    ("mnist/qmnist_writers",),
)
SWISS = Source(
    "The Swiss digits",
    "BSI-Business-Systems-Integration-AG/anagnostes",
    "fd24d4bf18dd042708ff928c30151f65678ddc34",
    (),
    _read_swiss,
    ("swiss/digits",),
)
UNIPEN = Source(
    "UNIPEN's pen strokes",
    "GreenCappuccino/train_r01_v07",
    "552a4d440bc94bb34710650c0826be7deb986f7c",
    (),
    _read_unipen,
    tuple(f"unipen/{name}" for name in unipen.SETS),
)
OMNIGLOT = Source(
    "Omniglot's characters",
    "brendenlake/omniglot",
    "057f034baf2ecb8530bc5710e5a23584d2a519cc",
    ("python/strokes_background_small1.zip", "python/strokes_background_small2.zip"),
    _read_omniglot,
    ("omniglot/characters",),
)
PEOPLE = QMNIST, SWISS, UNIPEN, OMNIGLOT  # what `digitlib data --people` brings
