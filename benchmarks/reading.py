"""Measure the time and the accuracy of one reading, for ours and for the baseline."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks import samples
from benchmarks.table import Row, times
from digitlib.reading import find_digits, load_model

EACH_STYLE = 10  # drawings of each style
PAGES = 500  # pages with a digit of MNIST
KERAS = "Keras predict"
SHRUNK = f"resize((28, 28)), {KERAS}"
LIGHT = "resize((28, 28)), then as ours"

Figures = dict[str, list[float]]


def rows() -> Iterator[Row]:
    """Measure both, the baseline in a process of its own."""
    model = load_model()
    ours = measure(model.probabilities, lambda content: model.read(content).text)
    command = [sys.executable, "-m", "benchmarks.plain", "measure"]
    output = subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True)
    plain = json.loads(output.splitlines()[-1])  # the last line holds the figures
    for what in ("cnn: one glyph", "cnn: 1,000 glyphs"):
        yield Row(what, "ms", ours[what], plain[what], KERAS)
    for what in ("read a drawing", "read a line of ten", "read a photo"):
        yield Row(what, "ms", ours[what], plain[what], SHRUNK)
        yield Row(what, "ms", ours[what], plain[f"{what}, LiteRT"], LIGHT)
    for what in ("drawings read right", "digits on a page read right"):
        yield Row(what, "%", ours[what], plain[what], SHRUNK)


def measure(
    network: Callable[[np.ndarray], np.ndarray],
    read: Callable[[bytes], str],
    shares: bool = True,
    runs: int = 50,
) -> Figures:
    """Measure the time of a network and of a reading function, and its accuracy.

    Args:
        network: a function from (n, 28, 28, 1) glyphs to their probabilities.
        read: a function from the content of a picture's file to its text.
        shares: whether to measure the accuracy, too.
        runs: the number of runs of short tasks; long tasks are run a fifth as often.

    Returns:
        For each task the seconds of each run, or one accuracy from 0 to 1.
    """
    (digit,) = find_digits(samples.drawing())
    glyphs, few = np.stack([digit.glyph] * 1000), max(1, runs // 5)
    figures = {
        "cnn: one glyph": times(lambda: network(glyphs[:1]), runs),
        "cnn: 1,000 glyphs": times(lambda: network(glyphs), few),
        "read a drawing": times(lambda: read(samples.drawing()), runs),
        "read a line of ten": times(lambda: read(samples.line()), runs),
        "read a photo": times(lambda: read(samples.photo()), few),
    }
    if shares:
        figures["drawings read right"] = [right(read, samples.drawings(EACH_STYLE))]
        figures["digits on a page read right"] = [right(read, samples.pages(PAGES))]
    return figures


def right(read: Callable[[bytes], str], labelled: samples.Labelled) -> float:
    """Return the share of pictures whose whole text is right."""
    return statistics.fmean(read(content) == label for content, label in labelled)
