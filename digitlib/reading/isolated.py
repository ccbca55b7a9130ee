"""Decode pictures of strangers in processes of their own, which can be ended.

    bytes -> a process that runs `picture_worker` -> a Picture, or an error

The decoders are written in C and do what a file asks for. Limits by the declared size
hold for files that are what they seem; for all others there is a limit of memory and of
time here, and if a decoder crashes, one picture is lost and no server.
"""

import atexit
import json
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitlib.errors import ImageError
from digitlib.reading.picture import WORKING_SIDE, Picture

MEMORY = 220_000_000  # bytes for one picture, its file and its pixels included
SECONDS = 4.0  # of the processor for one picture, where the system can limit it
# Seconds to wait for it at most: where the system counts those of the processor, only
# what hangs needs an end, and a busy machine may take its time.
LONGEST = 60.0 if os.name == "posix" else 2 * SECONDS

TOO_MUCH = (
    "The picture takes too long to open or too much memory, or is damaged: save it as"
    " an ordinary JPEG."
)
NOT_NOW = "The picture cannot be opened now: wait a moment, then try again."

_PACKAGE = Path(__file__).parents[2]
_KINDS = {kind.code: kind for kind in ImageError.__subclasses__()}


class Decoders:
    """Processes that decode; each is started when it is first needed.

    Several threads may use it at once; if all processes are busy, they wait.
    """

    def __init__(self, count: int):
        self._idle: queue.LifoQueue[_Decoder] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(_Decoder())

    def decode(
        self,
        content: bytes,
        time_left: Callable[[], float] = lambda: SECONDS,
        spend: Callable[[float], None] = lambda _seconds: None,
    ) -> Picture:
        """Decode a file of one picture.

        Args:
            content: its bytes, in one of the formats of `formats`, but no PDF.
            time_left: is asked each time that it is decoded, again for a finer picture,
                how many seconds of the processor it may take; `SECONDS` at most.
            spend: is told how many it took, even if that was in vain.

        Raises:
            ImageError: it cannot be read; the message says what to do.
        """
        picture = self._decode(content, time_left, spend)
        if picture.scale <= 1:
            return picture
        finer = partial(self._decode, content, time_left, spend)
        return replace(picture, finer=finer)

    def _decode(
        self,
        content: bytes,
        time_left: Callable[[], float],
        spend: Callable[[float], None],
        side: int = WORKING_SIDE,
    ) -> Picture:
        decoder = self._idle.get()
        try:
            seconds = min(SECONDS, time_left())
            return decoder.decode(content, seconds, spend, side)
        finally:
            self._idle.put(decoder)


class _Decoder:
    """One process; it is replaced once it has ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def decode(
        self,
        content: bytes,
        seconds: float,
        spend: Callable[[float], None],
        side: int,
    ) -> Picture:
        process = self._running()
        timer = threading.Timer(LONGEST, process.kill)
        timer.start()
        try:
            head, pixels = _exchange(process, content, seconds, side)
        except (OSError, ValueError, struct.error) as error:  # it has ended
            self.close()
            spend(seconds)
            raise ImageError(TOO_MUCH) from error
        finally:
            timer.cancel()
        spend(head["seconds"])
        if "error" in head:
            raise _KINDS.get(head["error"], ImageError)(head["message"])
        shape = (*head["shape"], 3)
        array = np.frombuffer(pixels, np.uint8).reshape(shape)
        return Picture(array, head["scale"], tuple(head["size"]))

    def _running(self) -> subprocess.Popen:
        if self._process is None or self._process.poll() is not None:
            self.close()
            try:
                self._process = _start()
            except OSError as error:  # too little memory, or too many processes
                raise ImageError(NOT_NOW) from error
            atexit.register(self.close)
        return self._process

    def close(self) -> None:
        """End the process."""
        atexit.unregister(self.close)
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _start() -> subprocess.Popen:
    path = os.pathsep.join(
        filter(None, [str(_PACKAGE), os.environ.get("PYTHONPATH", "")])
    )
    libraries = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "digitlib.reading.picture_worker", str(MEMORY)],
        env=os.environ | {"PYTHONPATH": path} | dict.fromkeys(libraries, "1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the server, which ends this
    )


def _exchange(
    process: subprocess.Popen, content: bytes, seconds: float, side: int
) -> tuple[dict[str, Any], bytes]:
    """Send a file; return what the process says about it, and its pixels.

    Raises:
        OSError, ValueError: it has ended before.
    """
    process.stdin.write(struct.pack("<QdQ", len(content), seconds, side))  # type: ignore[union-attr]
    process.stdin.write(content)  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    head = json.loads(process.stdout.readline())  # type: ignore[union-attr]
    height, width = head.get("shape", (0, 0))
    pixels = process.stdout.read(3 * height * width)  # type: ignore[union-attr]
    if len(pixels) < 3 * height * width:
        raise ValueError("it ended while it sent the pixels")
    return head, pixels
