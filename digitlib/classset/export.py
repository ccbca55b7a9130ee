"""Digits of a class as files to take away: lines of JSON, arrays, or pictures.

    Store.all -> pack -> the bytes of a file

`store` and the web app's page for the presenter export with it.
"""

import io
import re
import zipfile
from collections.abc import Sequence

import numpy as np

from digitlib.classset.samples import Sample, to_images, to_line
from digitlib.errors import DataError
from digitlib.reading import ink
from digitlib.reading.picture import encode


def pack(samples: Sequence[Sample], suffix: str) -> bytes:
    """Digits as the content of a file.

    Args:
        samples: the digits.
        suffix: ".jsonl" for a line of JSON each, as `samples.read_lines` reads them;
            ".npz" for arrays in the shape of MNIST: x (n, 28, 28) uint8 with ink 255, y
            and writer (n,); ".zip" for pictures called `label_writer_number.png`.

    Raises:
        DataError: it is none of these.
    """
    if suffix not in FORMATS:
        raise DataError(f"A class set is written as {' '.join(FORMATS)}: name one.")
    return FORMATS[suffix](samples)


def _to_lines(samples: Sequence[Sample]) -> bytes:
    return "".join(f"{to_line(each)}\n" for each in samples).encode()


def _to_arrays(samples: Sequence[Sample]) -> bytes:
    images, labels, writers = to_images(samples)
    file = io.BytesIO()
    np.savez_compressed(file, x=images, y=labels, writer=writers)
    return file.getvalue()


def _to_pictures(samples: Sequence[Sample]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pictures:  # a PNG is compressed already
        for number, each in enumerate(samples, start=1):
            writer = re.sub(r"\W", "-", each.writer)  # no path, on any system
            content = encode(ink.draw(each.strokes, pen_width=each.pen_width))
            pictures.writestr(f"{each.label}_{writer}_{number:05}.png", content)
    return file.getvalue()


FORMATS = {".jsonl": _to_lines, ".npz": _to_arrays, ".zip": _to_pictures}
