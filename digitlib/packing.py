"""Digits of a class as files to take away: lines of JSON, arrays, or pictures.

    Collection.all -> pack -> the bytes of a file

`collection` and the web app's page for the presenter export with it.
"""

import io
import re
import zipfile
from collections.abc import Sequence

import numpy as np

from digitlib import ink
from digitlib.classroom import Written, to_images, to_line
from digitlib.errors import DataError
from digitlib.picture import encode


def pack(written: Sequence[Written], suffix: str) -> bytes:
    """Digits as the content of a file.

    Args:
        written: the digits.
        suffix: ".jsonl" for a line of JSON each, as `classroom.read` reads them; ".npz"
            for arrays in the shape of MNIST: x (n, 28, 28) uint8 with ink 255, y and
            writer (n,); ".zip" for pictures called `label_writer_number.png`.

    Raises:
        DataError: it is none of these.
    """
    if suffix not in KINDS:
        raise DataError(f"A class set is written as {' '.join(KINDS)}: name one.")
    return KINDS[suffix](written)


def _to_lines(written: Sequence[Written]) -> bytes:
    return "".join(f"{to_line(each)}\n" for each in written).encode()


def _to_arrays(written: Sequence[Written]) -> bytes:
    images, labels, writers = to_images(written)
    file = io.BytesIO()
    np.savez_compressed(file, x=images, y=labels, writer=writers)
    return file.getvalue()


def _to_pictures(written: Sequence[Written]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pictures:  # a PNG is compressed already
        for number, each in enumerate(written, start=1):
            writer = re.sub(r"\W", "-", each.writer)  # no path, on any system
            content = encode(ink.draw(each.strokes, pen_width=each.pen_width))
            pictures.writestr(f"{each.label}_{writer}_{number:05}.png", content)
    return file.getvalue()


KINDS = {".jsonl": _to_lines, ".npz": _to_arrays, ".zip": _to_pictures}
