"""Draw the pages of a PDF as pictures, whatever the PDF may contain.

    PDF -> a process that runs `pdf_worker` -> one picture, or one error, for each page

PDFium is written in C++, may be used by one thread at a time, and does what the PDF
asks for. In a process of its own it can be stopped when it takes too long, it cannot
fill the memory of a server, and if a page makes it crash, only that page is lost.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from PIL import Image

from digitlib.errors import ImageError, TooManyPixelsError, UnsupportedTypeError

DPI = 200  # dots per inch: a page of A4 has 1654 x 2339 pixels
MAX_DRAWN = 4_000_000  # pixels; a larger page is drawn at fewer dots per inch
MAX_SECONDS = 10.0  # to wait for PDFium; 50 scanned pages of 300 dpi took 6.3
PAGE_SECONDS = 5.0  # of these for one page, which is enough for anything but an attack
MAX_MEMORY = 400_000_000  # bytes of address space, PDFium's and Python's own included

LOCKED = (
    "The PDF is locked with a password: print it into a new PDF without one, and send"
    " that."
)
DAMAGED = "The PDF is damaged, incomplete or without pages: save or send it again."
DAMAGED_PAGE = (
    "This page cannot be drawn, as it is damaged or needs too much memory: send it as a"
    " picture, such as a screenshot."
)
TOO_SLOW = (
    "Drawing this PDF takes too long: send this page as a picture, such as a"
    " screenshot."
)
TOO_LARGE = (
    "This page contains a picture that is too large ({} x {} pixels): reduce it to at"
    " most {} million pixels."
)
NOT_NOW = "This PDF cannot be drawn now: wait a moment, then try again."
TOO_MANY = "The file has more than {} pages: split it into several files."


@dataclass(frozen=True)
class DrawnPage:
    """One page of a PDF.

    Attributes:
        count: the number of pages of the PDF.
        image: the page, RGB, or the reason why there is none.
        scale: the side of one of its pixels, in dots of `DPI` to an inch; 1 or more.
    """

    count: int
    image: Image.Image | ImageError
    scale: float = 1.0


class _Seconds:
    """The time that is left to wait; what happens between two waits costs nothing.

    Attributes:
        for_all: what is left for all pages together.
        over: whether the last wait took all the time that there was for it.
    """

    def __init__(self, time_left: Callable[[], float]):
        self.for_all = MAX_SECONDS
        self.over = False
        self._time_left = time_left

    @property
    def left(self) -> float:
        """For the next wait, which is for one page."""
        return max(0.0, min(PAGE_SECONDS, self.for_all, self._time_left()))

    @contextmanager
    def limiting(self, worker: subprocess.Popen) -> Iterator[None]:
        """Kill the worker if the time runs out within this context."""
        most = self.left
        timer = threading.Timer(most, worker.kill)
        start = time.monotonic()
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            waited = time.monotonic() - start
            self.for_all -= waited
            self.over = waited >= most


def draw(
    content: bytes,
    most_pages: int,
    most_pixels: int,
    longest_side: int,
    time_left: Callable[[], float] = lambda: MAX_SECONDS,
) -> Generator[DrawnPage, None, None]:
    """Draw every page of a PDF, one after the other.

    Args:
        content: the bytes of the file.
        most_pages: the number of pages that it may have.
        most_pixels: the number of pixels that an image on a page may have.
        longest_side: in pixels, of the pictures that are returned.
        time_left: is asked before each page for how many seconds it may take, if these
            are fewer than the limits here.

    Yields:
        The pages in order; what cannot be drawn is an error in its place.

    Raises:
        ImageError: the file as a whole cannot be used; the message says what to do.
    """
    settings = {
        **{"dpi": DPI, "pixels": MAX_DRAWN, "side": longest_side},
        **{"image_pixels": most_pixels, "pages": most_pages, "memory": MAX_MEMORY},
    }
    seconds = _Seconds(time_left)
    drawn = count = 0
    while not drawn or drawn < count:
        before = drawn
        for page in _draw_from(drawn + 1, content, settings, seconds):
            yield page
            drawn, count = drawn + 1, page.count
        if not drawn:
            raise _why_not(seconds)
        if drawn == before:
            yield DrawnPage(count, _why_not(seconds))
            drawn += 1


def _draw_from(
    first: int, content: bytes, settings: dict[str, Any], seconds: _Seconds
) -> Iterator[DrawnPage]:
    """Yield the pages from this one on, up to one at which the process ends itself.

    Raises:
        ImageError: the file as a whole cannot be used.
    """
    if not seconds.left:
        return
    with _running(settings | {"first": first}) as worker:
        head = _exchange(worker, seconds, content)
        if not head:
            return
        count = _count(head, settings["pages"])
        for _ in range(first, count + 1):
            if not seconds.left:  # even if the next page is drawn already
                return
            page = _receive_page(worker, count, seconds, settings["image_pixels"])
            yield page or DrawnPage(count, _why_not(seconds))
            if page is None:
                return


@contextmanager
def _running(settings: dict[str, Any]) -> Iterator[subprocess.Popen]:
    script = Path(__file__).with_name("pdf_worker.py")
    command = [sys.executable, "-P", str(script), json.dumps(settings)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    try:
        started = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nothing)
    except OSError as error:  # too little memory, or too many processes
        raise ImageError(NOT_NOW) from error
    with started as worker:
        try:
            yield worker
        finally:
            worker.kill()


def _exchange(
    worker: subprocess.Popen, seconds: _Seconds, content: bytes
) -> dict[str, Any]:
    """Send the PDF; return what the worker says about it, {} if it has died."""
    with seconds.limiting(worker):
        try:
            worker.stdin.write(content)  # type: ignore[union-attr]
            worker.stdin.close()  # type: ignore[union-attr]
        except OSError:
            worker.kill()
        return _read_head(worker.stdout)


def _count(head: dict[str, Any], most: int) -> int:
    """Return the number of pages, if it is one that can be used."""
    if head.get("error") == "locked":
        raise UnsupportedTypeError(LOCKED)
    if not head.get("pages"):  # an error, or a PDF of nothing
        raise ImageError(DAMAGED)
    if head["pages"] > most:
        raise UnsupportedTypeError(TOO_MANY.format(most))
    return head["pages"]


def _receive_page(
    worker: subprocess.Popen, count: int, seconds: _Seconds, most_pixels: int
) -> DrawnPage | None:
    """Return the next page, or None if the worker has died."""
    stdout: IO[bytes] = worker.stdout  # type: ignore[assignment]
    with seconds.limiting(worker):
        head = _read_head(stdout)
        if head.get("error") == "too large":
            message = TOO_LARGE.format(*head["size"], most_pixels // 1_000_000)
            return DrawnPage(count, TooManyPixelsError(message))
        if "error" in head:
            return DrawnPage(count, ImageError(DAMAGED_PAGE))
        if not head:
            return None
        (width, height), stride = head["size"], head["stride"]
        pixels = stdout.read(stride * height)
    if len(pixels) < stride * height:
        return None
    image = Image.frombytes("RGB", (width, height), pixels, "raw", "RGB", stride)
    return DrawnPage(count, image, head["scale"])


def _read_head(stdout: Any) -> dict[str, Any]:
    line = stdout.readline()
    return json.loads(line) if line.endswith(b"\n") else {}


def _why_not(seconds: _Seconds) -> ImageError:
    slow = seconds.over or not seconds.left
    return ImageError(TOO_SLOW if slow else DAMAGED_PAGE)
