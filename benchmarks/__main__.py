"""One command, one table: how long reading takes, from a cold start to a warm call.

Every figure is the median of several runs, with the fastest and the slowest beside it.
Nothing here passes or fails: the tests never look at a clock.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from digitlib import ink
from digitlib.pages import show_as_photo
from digitlib.picture import encode
from digitlib.predict import load_model
from digitlib.preprocess import find_digits

SEVEN = [[(80, 70), (140, 68), (200, 70), (170, 130), (145, 180), (130, 225)]]
COLD_START = """
from digitlib.predict import load_model
load_model()
import psutil
print(psutil.Process().memory_info().rss // 2**20)
"""


def main() -> None:
    """Measure, and print a row each."""
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    )
    print(f"{'':42} {'median':>9} {'fastest':>9} {'slowest':>9}   ms")
    model = load_model()
    drawing = ink.draw(SEVEN)
    glyphs = np.stack([find_digits(drawing)[0].glyph] * 1000)
    photo, canvas = show_as_photo(drawing), encode(drawing, "PNG")
    row("start Python, import, load the cnn", cold_start, 5)
    row("cnn: one glyph", lambda: model.probabilities(glyphs[:1]), 200)
    row("cnn: 1,000 glyphs at once", lambda: model.probabilities(glyphs), 5)
    row("read a 280 px drawing (PNG)", lambda: model.read(canvas), 100)
    row("read a 12-megapixel photo (JPEG)", lambda: model.read(photo), 20)
    print(f"memory of a process that reads: {cold_start()} MiB")


def row(what: str, action: Callable[[], object], runs: int) -> None:
    """Time an action after one run that is not counted."""
    action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    figures = (statistics.median(seconds), min(seconds), max(seconds))
    print(f"{what:42}", *(f"{1000 * figure:9.2f}" for figure in figures))


def cold_start() -> int:
    """Load the network in a fresh process; the result is its memory in MiB."""
    return int(subprocess.check_output([sys.executable, "-c", COLD_START]))


if __name__ == "__main__":
    main()
