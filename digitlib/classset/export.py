"""Exports the digits of a class as JSON lines, NumPy arrays or pictures.

    Store.all -> serialise -> the bytes of a file

`store` and the presenter's page of the web app use it.
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


def serialise(samples: Sequence[Sample], suffix: str) -> bytes:
    """Convert samples to the content of a file.

    Args:
        samples: the digits.
        suffix: ".jsonl" for one line of JSON each, which `samples.read_lines` reads;
            ".npz" for arrays shaped like MNIST: x (n, 28, 28) uint8 with ink 255, y
            and writer (n,); ".zip" for pictures named `label_writer_number.png`.

    Returns:
        The bytes of the file.

    Raises:
        DataError: the suffix is none of these.
    """
    if suffix not in FORMATS:
        raise DataError(
            f"A class set can be exported as {' '.join(FORMATS)}: choose one of these."
        )
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
    with zipfile.ZipFile(file, "w") as pictures:  # PNG is already compressed
        for number, each in enumerate(samples, start=1):
            writer = re.sub(
                r"\W", "-", each.writer
            )  # so that it is not a path on any system
            content = encode(ink.draw(each.strokes, pen_width=each.pen_width))
            pictures.writestr(f"{each.label}_{writer}_{number:05}.png", content)
    return file.getvalue()


FORMATS = {".jsonl": _to_lines, ".npz": _to_arrays, ".zip": _to_pictures}
