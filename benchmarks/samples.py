"""Make the pictures with which everything is measured."""

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
    """Return a PNG file with a 7 on a pad of 280 pixels."""
    return encode(ink.draw(SEVEN), "PNG")


@cache
def line() -> bytes:
    """Return a PNG file with the ten digits in a line on such a pad, none touching."""
    size, pitch = (
        0.18,
        26,
    )  # a digit's share of the pad, and pixels from each to the next
    strokes = [
        [(x * size + pitch * (i + 0.5) - 15, y * size + 100) for x, y in stroke]
        for i, digit in enumerate("0123456789")
        for stroke in ink.write(next(s for s in ink.STYLES if s[0] == digit))
    ]
    return encode(ink.draw(strokes, pen_width=4), "PNG")


@cache
def photo() -> bytes:
    """Return a JPEG file with a photo of that 7, of 12 megapixels."""
    return show_as_photo(ink.draw(SEVEN))


def drawings(each: int) -> Labelled:
    """Return drawings of every digit that fill the pad, `each` times in each style."""
    random = np.random.default_rng(0)
    return [
        (encode(ink.draw(ink.write(style, random)), "PNG"), style[0])
        for style in ink.STYLES
        for _ in range(each)
    ]


def pages(count: int) -> Labelled:
    """Return `count` validation digits of MNIST, each on a page of 280 pixels.

    Without MNIST, they are digits of the small built-in sample.
    """
    training, _ = data.load_mnist_or_sample()
    _, (images, labels) = data.split_validation(*training)
    random = np.random.default_rng(0)
    pairs: Iterator = zip(images[:count], labels[:count], strict=True)
    return [(show_as_picture(image, random), str(label)) for image, label in pairs]
