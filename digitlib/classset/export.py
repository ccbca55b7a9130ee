"""Exports the digits of a class as JSON lines, NumPy arrays or pictures.

    Store.lines -> serialise -> the bytes of a file, piece by piece

`Store.serialise` is the way in for whole sets. However large a set is, only a few of
its drawings are in memory at once, and the first piece of a file comes at once.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np

from digitlib.classset.samples import from_line, to_images
from digitlib.errors import DataError
from digitlib.reading import ink
from digitlib.reading.picture import encode
from digitlib.reading.preprocess import SIDE

CHUNK = 10  # drawings in memory at once
CHANGED = "Digits were deleted during the export: export the class set again."


def serialise(lines: Iterable[str], number: int, suffix: str) -> Iterator[bytes]:
    """Convert samples to the content of a file.

    Args:
        lines: the digits, as `samples.to_line` writes them.
        number: how many there are. Arrays begin with it; they take no digits beyond it.
        suffix: ".jsonl" for these lines, which `samples.read_lines` reads; ".npz" for
            arrays shaped like MNIST: x (n, 28, 28) uint8 with ink 255, y and writer
            (n,); ".zip" for pictures named `label_writer_number.png`.

    Returns:
        The bytes of the file, in pieces, each of which is made when it is asked for.

    Raises:
        DataError: the suffix is none of these; later, for arrays, if there are fewer
            digits than that.
    """
    if suffix not in FORMATS:
        raise DataError(
            f"A class set can be exported as {' '.join(FORMATS)}: choose one of these."
        )
    return FORMATS[suffix](lines, number)


def _to_lines(lines: Iterable[str], _number: int) -> Iterator[bytes]:
    for line in lines:
        yield f"{line}\n".encode()


def _to_arrays(lines: Iterable[str], number: int) -> Iterator[bytes]:
    """Write a zip archive of `.npy` files, as `np.savez` does, but bit by bit.

    If it were compressed, most of it would come at the end. The format:
    https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    pieces = _Pieces()
    about = [to_images([])[1:]]  # labels and writers, which are small
    with zipfile.ZipFile(pieces, "w") as arrays:
        with arrays.open("x.npy", "w") as file:
            shape = {"shape": (number, SIDE, SIDE), "fortran_order": False}
            np.lib.format.write_array_header_1_0(file, shape | {"descr": "|u1"})
            for some in _chunks(islice(lines, number)):
                images, labels, writers = to_images(list(map(from_line, some)))
                file.write(images.tobytes())
                about.append((labels, writers))
                yield pieces.take()
        labels, writers = map(np.concatenate, zip(*about, strict=True))
        if len(labels) < number:
            raise DataError(CHANGED)
        for name, array in (("y", labels), ("writer", writers)):
            with arrays.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, array)
    yield pieces.take()


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    each = iter(lines)
    while some := list(islice(each, CHUNK)):
        yield some


def _to_pictures(lines: Iterable[str], _number: int) -> Iterator[bytes]:
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w") as pictures:  # PNG is already compressed
        for number, line in enumerate(lines, start=1):
            each = from_line(line)
            # So that it is not a path on any system.
            writer = re.sub(r"\W", "-", each.writer)
            content = encode(ink.draw(each.strokes, pen_width=each.pen_width))
            pictures.writestr(f"{each.label}_{writer}_{number:05}.png", content)
            yield pieces.take()
    yield pieces.take()


class _Pieces(io.RawIOBase):
    """A file that is written from front to back, and taken away meanwhile."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:  # type: ignore[override]
        self._written += content
        return len(content)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._written = bytes(self._written), bytearray()
        return taken


FORMATS: dict[str, Callable[[Iterable[str], int], Iterator[bytes]]] = {
    ".jsonl": _to_lines,
    ".npz": _to_arrays,
    ".zip": _to_pictures,
}
