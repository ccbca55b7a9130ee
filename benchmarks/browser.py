"""The page that runs in the browser: how it loads, how fast and how alike it reads.

`python -m benchmarks.browser SITE [WILD]` serves a folder that `digitlib web` has
written, opens it in Chromium, or in another browser (`--firefox PROGRAM`, `--webkit
PROGRAM`), and prints figures. WILD is a folder of folders with pictures; each is read
there and here, and whatever differs is named. Probabilities of single digits differ by
at most 0.0003, those of digits in numbers by less than 0.006: `digitlib.web.network`
says why.
"""

import argparse
import base64
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright import sync_api as playwright

from benchmarks import firefox, webkit
from benchmarks.waiting import wait_until_ready
from digitlib.errors import DigitError
from digitlib.reading import load_model
from digitlib.reading.ink import STYLES, draw, write
from digitlib.reading.picture import encode
from digitlib.training import data

SUFFIXES = {".png", ".jpg", ".jpeg"}
DIGITS = 1000  # of MNIST's test set
STEP = 100  # pictures after each of which a line says how far it is
BROWSER = re.compile("chrom|firefox|Web Content|Isolated|webkit|MiniB", re.IGNORECASE)
READ = """async ([text, name]) => {
    const { ask } = await import(new URL("reader.js", document.baseURI));
    const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    const start = performance.now();
    const results = await ask("read", bytes, name);
    return [results, performance.now() - start];
}"""


class Chromium:
    """A page in Chromium; those in other browsers have the same methods."""

    def __init__(self, page: playwright.Page):
        self._page = page
        self.evaluate = page.evaluate

    def open(self, address: str) -> None:
        """Open a page, and wait until it can read, see `wait_until_ready`."""
        self._page.goto(address)
        wait_until_ready(self.evaluate)


Page = Chromium | firefox.Page | webkit.Page


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("wild", type=Path, nargs="?")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--firefox", metavar="PROGRAM", help="in place of Chromium")
    other.add_argument("--webkit", metavar="PROGRAM", help="such as its MiniBrowser")
    options = parser.parse_args()
    with served(options.site) as address, open_browser(options) as page:
        for visit in ("first visit", "second visit", "third visit"):
            before = processor_time()
            seconds = open_page(page, address)
            used = processor_time() - before
            print(f"{visit}: ready after {seconds:.1f} s, {used:.1f} s of processors")
        print(f"the browser's processes take {memory():.0f} MB", flush=True)
        drawings = [encode(draw(write(style))) for style in STYLES]
        report("drawings", [("drawing", each) for each in drawings], page)
        if options.wild:
            for folder in sorted(
                each for each in options.wild.iterdir() if each.is_dir()
            ):
                files = [file for file in folder.iterdir() if file.suffix in SUFFIXES]
                report(
                    folder.name, [(f.name, f.read_bytes()) for f in sorted(files)], page
                )
            _, (images, _) = data.load_mnist()
            report("MNIST", list(mnist(images[:DIGITS])), page)


def open_browser(options: argparse.Namespace) -> AbstractContextManager[Page]:
    """Open the browser that is asked for."""
    if options.firefox:
        return firefox.opened(options.firefox, free_port())
    if options.webkit:
        return webkit.opened(options.webkit, free_port())
    return chromium()


def mnist(images: Any) -> Iterator[tuple[str, bytes]]:
    """Yield test digits as files, ink dark on light paper as on a page."""
    from PIL import Image

    for i, image in enumerate(images):
        yield f"{i}", encode(Image.fromarray(255 - image.reshape(28, 28)))


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder as any static host does."""
    port = str(free_port())
    command = [sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1"]
    null = subprocess.DEVNULL
    with subprocess.Popen([*command, "-d", site], stdout=null, stderr=null) as server:
        time.sleep(1)
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Open a browser that knows nothing of the page yet."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=arguments,
        )
        yield Chromium(browser.new_page())
        browser.close()


def open_page(page: Page, address: str) -> float:
    """Open the page; returns the seconds until it can read."""
    start = time.perf_counter()
    page.open(address)
    return time.perf_counter() - start


def processes() -> list[psutil.Process]:
    """Return the processes of the browser."""
    children = psutil.Process().children(recursive=True)
    return [each for each in children if BROWSER.search(each.name())]


def memory() -> float:
    """Return the memory of the browser's processes in megabytes, shared parts once."""
    return sum(each.memory_full_info().pss for each in processes()) / 1e6


def processor_time() -> float:
    """Return the seconds of processors that they have used: busy machines wait more."""
    times = [each.cpu_times() for each in processes()]
    return sum(each.user + each.system for each in times)


def report(kind: str, pictures: list[tuple[str, bytes]], page: Page) -> None:
    """Read pictures in the page and here, and print how alike and how fast."""
    model, there, here, apart, alike = load_model(), [], [], 0.0, 0
    for i, (name, content) in enumerate(pictures):
        if i and i % STEP == 0:
            print(f"  {kind}: {alike} of {i} so far", file=sys.stderr, flush=True)
        text = base64.b64encode(content).decode()
        (result,), milliseconds = page.evaluate(READ, [text, name])
        start = time.perf_counter()
        try:
            expected = model.read(content).to_dict()
        except DigitError as error:
            expected = {"error": {"message": str(error)}}
        here.append(1000 * (time.perf_counter() - start))
        there.append(milliseconds)
        if is_alike := result.get("text") == expected.get("text"):
            apart = max(apart, difference(result, expected))
        else:
            shown = json.dumps([result.get("text", result), expected.get("text")])
            print(f"  {kind}/{name} differs: {shown}")
        alike += is_alike
    print(
        f"{kind}: {alike} of {len(pictures)} read alike, probabilities {apart:.1e}"
        f" apart at most; {statistics.median(there):.0f} ms in the page,"
        f" {statistics.median(here):.0f} ms here (medians)",
        flush=True,
    )


def difference(result: dict[str, Any], expected: dict[str, Any]) -> float:
    """Return the largest difference between the probabilities of two readings."""
    pairs = zip(result.get("digits", ()), expected.get("digits", ()), strict=True)
    return max(
        (
            abs(p - q)
            for a, b in pairs
            for p, q in zip(a["probabilities"], b["probabilities"], strict=True)
        ),
        default=0.0,
    )


if __name__ == "__main__":
    main()
