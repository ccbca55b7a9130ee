"""The pictures that are measured with: the same for every way to read."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from digitlib.evaluation.synthetic import show_as_photo, show_as_picture
from digitlib.reading import ink
from digitlib.reading.picture import encode
from digitlib.training import data

SEVEN = [[(80, 70), (140, 68), (200, 70), (170, 130), (145, 180), (130, 225)]]

Labelled = list[tuple[bytes, str]]  # a picture's file, and the digit in it


@cache
def drawing() -> bytes:
    """A 7 on a pad of 280 pixels, a PNG file."""
    return encode(ink.draw(SEVEN), "PNG")


@cache
def photo() -> bytes:
    """The same as a photo of 12 megapixels, a JPEG file."""
    return show_as_photo(ink.draw(SEVEN))


def drawings(each: int) -> Labelled:
    """Every digit as people write it, so often in each style, to fill the pad."""
    random = np.random.default_rng(0)
    return [
        (encode(ink.draw(ink.write(style, random)), "PNG"), style[0])
        for style in ink.STYLES
        for _ in range(each)
    ]


def pages(count: int) -> Labelled:
    """So many of MNIST's validation digits, each somewhere on a page of 280 pixels.

    Where MNIST is not at hand, digits of the small built-in sample.
    """
    training, _ = data.load_mnist_or_sample()
    _, (images, labels) = data.split_validation(*training)
    random = np.random.default_rng(0)
    pairs: Iterator = zip(images[:count], labels[:count], strict=True)
    return [(show_as_picture(image, random), str(label)) for image, label in pairs]
