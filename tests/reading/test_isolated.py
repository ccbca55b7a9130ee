"""Pictures that do harm are decoded in a process that ends; the next one is read."""

import os
import struct
import subprocess
import sys

import numpy as np
import psutil
import pytest
from PIL import Image

from digitlib import errors
from digitlib.reading import isolated
from digitlib.reading.isolated import Decoders
from digitlib.reading.picture import encode, open_picture


@pytest.fixture(scope="module")
def decoders():
    return Decoders(1)


def assert_still_reads(decoders, seven):
    assert decoders.decode(encode(seven)).size == seven.size


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "GIF"])
def test_picture_is_the_same_as_in_this_process(decoders, seven, form):
    content = encode(seven.resize((2500, 1500)), form)
    here, there = open_picture(content), decoders.decode(content)
    assert (here.size, here.scale) == (there.size, there.scale)
    assert np.array_equal(here.pixels, there.pixels)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", errors.EmptyFileError),
        (b"seven", errors.UnsupportedTypeError),
        (encode(Image.new("L", (40, 40)))[:50], errors.ImageError),
        (encode(Image.new("1", (9000, 9000))), errors.TooManyPixelsError),
    ],
)
def test_error_is_the_same_as_in_this_process(decoders, seven, content, kind):
    with pytest.raises(kind) as there:
        decoders.decode(content)
    with pytest.raises(kind) as here:
        open_picture(content)
    assert str(here.value) == str(there.value)
    assert_still_reads(decoders, seven)


def jpeg_of_markers(size):
    """Each is a few bytes that a decoder looks at, and keeps."""
    content = encode(Image.new("L", (50, 50), 255), "JPEG")
    return content[:2] + b"\xff\xe5\x00\x04ab" * (size // 6) + content[2:]


def bmp_of_steps(size):
    """A compressed BMP of two bytes for each pixel, or for none."""
    side = 4000
    head = struct.pack(
        "<2sIHHIIiiHHIIiiII",
        *(b"BM", 1078 + size, 0, 0, 1078, 40, side, side, 1, 8, 1, size),
        *(0, 0, 256, 0),
    )
    return head + bytes(1024) + b"\1\0" * (size // 2)


SLOW = [jpeg_of_markers, bmp_of_steps]


@pytest.mark.slow
@pytest.mark.parametrize("make", SLOW)
def test_file_that_takes_long_to_decode_is_given_up(decoders, seven, make):
    """All of it is 20 MB at most; some of these took a minute."""
    with pytest.raises(errors.ImageError):
        decoders.decode(make(19_000_000), lambda: 1.0)
    assert_still_reads(decoders, seven)


def test_finer_picture_has_the_time_that_is_left_then(decoders, seven):
    given, left = [], [4.0, 0.5, 9.0]

    def exchange(process, content, seconds, side):
        given.append(seconds)
        return exchange_now(process, content, seconds, side)

    exchange_now = isolated._exchange
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolated, "_exchange", exchange)
        picture = decoders.decode(
            encode(seven.resize((2500, 1500))), lambda: left.pop(0)
        )
        picture.finer(2000)
        picture.finer(2500)
    assert given == [4.0, 0.5, isolated.SECONDS]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_file_that_takes_much_memory_is_given_up(monkeypatch, seven):
    monkeypatch.setattr(isolated, "MEMORY", 50_000_000)
    decoders = Decoders(1)
    with pytest.raises(errors.ImageError):
        decoders.decode(encode(Image.new("RGB", (5000, 5000), "white"), "WEBP"))
    assert_still_reads(decoders, seven)


def test_process_that_crashes_costs_one_picture(seven):
    decoders = Decoders(1)
    assert_still_reads(decoders, seven)
    (worker,) = (
        each
        for each in psutil.Process().children()
        if each.pid == decoders._idle.queue[0]._process.pid
    )
    worker.kill()
    worker.wait()
    assert_still_reads(decoders, seven)  # started anew


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_process_ends_with_the_one_that_started_it():
    code = (
        "from digitlib.reading.isolated import Decoders; import os, sys;"
        "d = Decoders(1)\n"
        "try: d.decode(b'x')\n"
        "except Exception: pass\n"
        "print(d._idle.queue[0]._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, check=False
    )
    _, alive = psutil.wait_procs(
        [p for p in psutil.process_iter() if p.pid == int(said.stdout)], timeout=30
    )
    assert not alive
