"""What the largest picture costs, of each format and mode: decoded in a process each.

It is the memory that matters: a server reads pictures of strangers.
"""

import io
import json
import math
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from digitlib.errors import TooManyPixelsError
from digitlib.reading import decode, picture
from digitlib.reading.formats import MAX_DECODED, MAX_PIXELS
from digitlib.reading.picture import encode
from tests import filing

MEGABYTES = 200  # for one picture: a request may take 250, with all that surrounds it
SECONDS = 10  # of the processor, on a slow machine

MEASURE = """
import json, re, resource, sys
from digitlib.reading import open_picture

def memory(what):
    return int(re.search(what + r":\\s+(\\d+)", open("/proc/self/status").read())[1])

content = open(sys.argv[1], "rb").read()
open("/proc/self/clear_refs", "w").write("5")
before = memory("VmRSS")
size = open_picture(content).size
seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime
print(json.dumps([size, (memory("VmHWM") - before) / 1024, seconds]))
"""


def blank(mode):
    """A function from a side to an empty sheet in this mode."""
    if mode == "I;16":
        return lambda side: Image.fromarray(np.full((side, side), 65535, np.uint16))
    white = (255, 255, 255, 0)[: len(Image.new(mode, (1, 1)).getbands())]
    colour = white if len(white) > 1 else 255
    return lambda side: Image.new(mode, (side, side), colour)


def saved(mode, form, **options):
    """A function from a side to a file in this format."""
    return lambda side: encode(blank(mode)(side), form, **options)


def moving_webp(side):
    sheets = [Image.new("RGB", (side, side), level) for level in ("white", "black")]
    file = io.BytesIO()
    sheets[0].save(file, "WEBP", save_all=True, append_images=sheets[1:], method=0)
    return file.getvalue()


def tiff_in_one_strip(mode):
    """Compressed, so that a decoder must unpack all of it at once."""

    def make(side):
        image = blank(mode)(side)
        return encode(
            image, "TIFF", compression="tiff_adobe_deflate", strip_size=2**31 - 1
        )

    return make


FAST = {"compress_level": 1}
PROGRESSIVE = {"progressive": True, "subsampling": 0}
LOSSLESS = {"lossless": True, "quality": 0, "method": 0}
KINDS = {
    **{f"PNG {mode}": saved(mode, "PNG", **FAST) for mode in ("1", "L", "P", "I;16")},
    **{f"PNG {mode}": saved(mode, "PNG", **FAST) for mode in ("LA", "RGB", "RGBA")},
    "PNG P, transparent": saved("P", "PNG", transparency=0, **FAST),
    "GIF": saved("P", "GIF"),
    "BMP": saved("RGB", "BMP"),
    "JPEG": saved("RGB", "JPEG"),
    "JPEG, progressive": saved("RGB", "JPEG", **PROGRESSIVE),
    "JPEG, progressive, CMYK": saved("CMYK", "JPEG", **PROGRESSIVE),
    "TIFF F": saved("F", "TIFF"),
    "TIFF RGB, LZW": saved("RGB", "TIFF", compression="tiff_lzw"),
    "TIFF F, one strip": tiff_in_one_strip("F"),
    "TIFF RGB, one strip": tiff_in_one_strip("RGB"),
    "TIFF 1, fax": saved("1", "TIFF", compression="group4"),
    "WebP": saved("RGB", "WEBP", method=0),
    "WebP, transparent": saved("RGBA", "WEBP", **LOSSLESS),
    "WebP, moving": moving_webp,
    "AVIF": lambda side: filing.avif(blank("L")(side), subsampling="4:4:4"),
    "HEIC": lambda side: filing.heic(blank("L")(side)),
    "HEIC 4:4:4": lambda side: filing.heic(blank("L")(side), chroma=444),
}
SLOW = ("AVIF", "HEIC", "WebP")  # to make


def largest(make):
    """The largest file of a kind that is not refused, by what a small one costs."""
    cost = decode.open_file(make(1000)).cost
    side = int(min(math.sqrt(MAX_PIXELS), 1000 * math.sqrt(MAX_DECODED / cost)))
    while decode.open_file(content := make(side)).cost > MAX_DECODED:
        side = side * 99 // 100
    return side, content


@pytest.mark.skipif(sys.platform != "linux", reason="measured where Linux tells")
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_largest_picture_of_each_kind_costs_what_a_server_can_spare(kind, tmp_path):
    side, content = largest(KINDS[kind])
    assert side >= 2500  # six million pixels: nothing that people send is refused
    path = tmp_path / "largest"
    path.write_bytes(content)
    command = [sys.executable, "-W", "ignore", "-c", MEASURE, str(path)]
    size, megabytes, seconds = json.loads(subprocess.check_output(command))
    print(f"{kind}: {side}, {len(content)} bytes, {megabytes:.0f} MB, {seconds:.1f} s")
    assert size == [side, side]
    assert megabytes < MEGABYTES
    assert seconds < SECONDS


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "JPEG" not in kind])
def test_larger_picture_is_refused_by_its_header(kind, monkeypatch):
    """The sentence says which kind it is, and how large that kind may be."""
    content = KINDS[kind](200)
    cost = decode.open_file(content).cost
    monkeypatch.setattr(decode.formats, "MAX_DECODED", cost / 2)
    with pytest.raises(TooManyPixelsError) as raised:
        picture.open_picture(content)
    assert kind.partition(" ")[0].strip(",") in str(raised.value)
    assert "at most 0.02 million pixels" in str(raised.value)


# --- Pictures full of ink -------------------------------------------------------------

READ = """
import json, re, resource, sys
from digitlib.reading import load_model

def memory(what):
    return int(re.search(what + r":\\s+(\\d+)", open("/proc/self/status").read())[1])

model, content = load_model(), open(sys.argv[1], "rb").read()
open("/proc/self/clear_refs", "w").write("5")
before, used = memory("VmRSS"), resource.getrusage(resource.RUSAGE_SELF)
found = len(model.read(content).digits)
seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used.ru_utime
print(json.dumps([found, (memory("VmHWM") - before) / 1024, seconds]))
"""


def each_place(draw):
    """A sheet with something drawn in two hundred places."""
    sheet = np.full((1000, 2000), 255, np.uint8)
    for x, y in np.ndindex(20, 10):
        draw(sheet, 100 * x, 100 * y)
    return sheet


def touching(sheet, x, y):
    cv2.ellipse(sheet, (x + 30, y + 50), (16, 26), 0, 0, 360, 0, 4)
    cv2.ellipse(sheet, (x + 62, y + 50), (16, 26), 20, 0, 340, 0, 4)


def eights(sheet, x, y):
    cv2.putText(sheet, "88", (x, y + 80), cv2.FONT_HERSHEY_SIMPLEX, 1.9, 0, 3)


def hairs(sheet, x, y):
    cv2.line(sheet, (x, y), (x + 90, y + 90), 0, 1)


def noise():
    return np.random.default_rng(0).integers(0, 256, (1000, 2000), np.uint8)


def squares():
    return np.where(np.indices((1000, 2000)).sum(axis=0) // 4 % 2, 255, 0).astype("u1")


DENSE = {
    "touching": lambda: each_place(touching),
    "eights": lambda: each_place(eights),
    "hairs": lambda: each_place(hairs),
    "noise": noise,
    "squares": squares,
}


@pytest.mark.skipif(sys.platform != "linux", reason="measured where Linux tells")
@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_picture_full_of_ink_is_read_with_what_a_request_may_cost(name, tmp_path):
    path = tmp_path / "dense.png"
    Image.fromarray(DENSE[name]()).save(path)
    command = [sys.executable, "-W", "ignore", "-c", READ, str(path)]
    found, megabytes, seconds = json.loads(subprocess.check_output(command))
    print(f"{name}: {found} digits, {megabytes:.0f} MB, {seconds:.1f} s")
    assert megabytes < MEGABYTES
    assert seconds < SECONDS / 2
