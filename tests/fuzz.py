"""What nobody thought of: mutated pictures, and requests made up from the API itself.

`make fuzz` runs both for long and prints the figures; tests/app/test_generated.py runs
them shortly. Pictures go to a server in a process of its own, as visitors meet it.
"""

import logging
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import httpx
import numpy as np
import psutil
import schemathesis
from hypothesis import HealthCheck, given, settings
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app import create_app
from digitlib.reading import ink
from tests import filing
from tests.app.test_serving import COMMANDS, server
from tests.conftest import SEVEN
from tests.sending import BOMB, chunk, encode, png, touching_digits

PICTURES = 10_000
REQUESTS = 1000  # to each address of the API where requests can differ
MILLISECONDS = 10_000  # no answer may take longer
MEGABYTES = 250  # nor more memory, of the server and of the processes that decode
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def seeds():
    """Small pictures of every kind that is read, and some that are bad already."""
    grey = ink.draw(SEVEN, (140, 140), 8)
    kinds = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
    pictures = [encode(grey, kind) for kind in kinds]
    pictures += [encode(grey.convert(mode)) for mode in ("RGBA", "LA", "P", "1")]
    pictures.append(encode(grey.convert("CMYK"), "JPEG", progressive=True))
    pictures.append(encode(grey, "TIFF", compression="tiff_lzw"))
    pictures += [filing.heic(grey), filing.avif(grey)]
    pictures += [filing.scan(grey, grey), filing.tiff(grey, grey)]
    pictures.append(filing.pdf(filing.SLOW_PAGE))
    pictures += modes(grey) + hairlines() + photos(grey)
    pictures.append(png(8, 8, chunk(b"zTXt", b"k\0\0" + BOMB)))
    return pictures


def modes(grey):
    """The same picture in every mode that a PNG, a TIFF or a WebP can have."""
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    palette = grey.convert("P")
    pictures = [encode(deep), encode(deep, "TIFF"), encode(palette, transparency=0)]
    tiffs = ("1", "P", "RGBA", "CMYK", "YCbCr", "I", "F")
    pictures += [encode(grey.convert(mode), "TIFF") for mode in tiffs]
    pictures.append(encode(grey.convert("RGBA"), "WEBP", lossless=True))
    frames = {"save_all": True, "append_images": [grey.convert("RGB")]}
    pictures.append(encode(grey.convert("RGB"), "WEBP", **frames))
    return pictures


def hairlines():
    """Lines of a single pixel, which shrinking makes pale."""
    diagonal = np.full((1000, 1000), 255, np.uint8)
    np.fill_diagonal(diagonal, 0)
    circle = cv2.circle(np.full((900, 1200), 255, np.uint8), (600, 450), 440, 0, 1)
    return [encode(Image.fromarray(each).convert("1")) for each in (diagonal, circle)]


def photos(grey):
    """Pictures of the size that a phone sends, and one full of digits that touch."""
    large = grey.convert("RGB").resize((4000, 3000))
    sent = [encode(large, "JPEG"), encode(large, "JPEG", progressive=True)]
    return [*sent, encode(large.resize((2000, 1500))), touching_digits()]


# --- Mutations: each from bytes and chance to other bytes ----------------------------


def flip(content, random):
    """Change some bytes, wherever they are."""
    changed = np.frombuffer(content, np.uint8).copy()
    places = random.integers(0, len(changed), random.integers(1, 16))
    changed[places] = random.integers(0, 256, len(places))
    return changed.tobytes()


def change_head(content, random):
    """Change a number near the start, where sizes and offsets are."""
    place = int(random.integers(4, min(64, len(content) - 4)))
    number = random.choice([0, 1, 255, 65535, 2**31 - 1, 2**31, 2**32 - 1])
    order = random.choice(["<", ">"])
    return content[:place] + struct.pack(f"{order}I", number) + content[place + 4 :]


def cut(content, random):
    """Leave the end away, or a piece in the middle."""
    start, end = sorted(random.integers(1, len(content), 2))
    return content[:start] + (content[end:] if random.integers(2) else b"")


def repeat(content, random):
    """Say a piece many times over."""
    start, end = sorted(random.integers(1, len(content), 2))
    piece = content[start : min(end, start + 1000)]
    return content[:end] + piece * int(random.integers(1, 50)) + content[end:]


TAGS = (0x0112, 0x8769, 0x8825, 0xA005, 0x010E, 0x0132, 0x011A, 0x9003, 0x927C, 700)


def make_up_exif(content, random):
    """Give a JPEG or PNG EXIF data of any types, as some cameras do."""
    entries = [struct.pack("<HHIHH", 0x0112, 3, 1, random.choice([3, 5, 6, 8]), 0)]
    for _ in range(random.integers(1, 6)):
        count = random.choice([0, 1, 4, 100, 2**31, 2**32 - 1])
        value = random.choice([0, 50, 2**32 - 1])
        kind = random.integers(0, 20)
        entries.append(struct.pack("<HHII", random.choice(TAGS), kind, count, value))
    random.shuffle(entries)
    data = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries)
    data += bytes(4) + random.bytes(random.choice([0, 64, 400]))
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return content[:33] + chunk(b"eXIf", data) + content[33:]
    if content.startswith(b"\xff\xd8"):
        length = struct.pack(">H", len(data) + 8)
        return content[:2] + b"\xff\xe1" + length + b"Exif\0\0" + data + content[2:]
    return content


MUTATIONS = [flip, change_head, cut, repeat, make_up_exif]


def mutate(content, random):
    """Mutate a picture once to three times; a PNG's checksums are mended at times."""
    for _ in range(random.integers(1, 4)):
        if len(content) > 16:
            content = MUTATIONS[random.integers(len(MUTATIONS))](content, random)
    return _mend(content) if random.integers(2) else content


def _mend(content):
    """Give every chunk of a PNG its checksum, so that its content is looked at."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return content
    mended, place = content[:8], 8
    while place + 12 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        body = content[place + 4 : place + 8 + length]
        mended += content[place : place + 4] + body
        mended += struct.pack(">I", zlib.crc32(body))
        place += 12 + length
    return mended


# --- Running -------------------------------------------------------------------------


@dataclass
class Figures:
    """What a run of pictures came to.

    Attributes:
        statuses: how often each status was answered.
        milliseconds: of the slowest answer.
        megabytes: that the hungriest answer needed; 0 where it cannot be measured.
    """

    statuses: Counter = field(default_factory=Counter)
    milliseconds: float = 0
    megabytes: float = 0


def send_pictures(number, seed=0):
    """Send mutated pictures to a server, one after the other; it must live through."""
    random = np.random.default_rng(seed)
    pictures, figures = seeds(), Figures()
    with server(*COMMANDS["waitress"], stderr=subprocess.DEVNULL) as port:
        (process,) = (
            each for each in psutil.Process().children() if str(port) in each.cmdline()
        )
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            for i in range(number):
                content = mutate(pictures[i % len(pictures)], random)
                _send_one(client, content, process.pid, figures)
    return figures


def _send_one(client, content, pid, figures):
    before = _memory(pid, "VmRSS", reset=True)
    start = time.perf_counter()
    response = client.post("/api/predict", files={"image": ("a.png", content)})
    milliseconds = 1000 * (time.perf_counter() - start)
    figures.statuses[response.status_code] += 1
    figures.milliseconds = max(figures.milliseconds, milliseconds)
    after = _memory(pid, "VmHWM")
    known = [after[each] - before[each] for each in after.keys() & before.keys()]
    figures.megabytes = max(figures.megabytes, sum(known) / 1024)


def _memory(pid, what, reset=False):
    """The memory of a process and those it has started, in KiB by their ids.

    It is what they have now (VmRSS), or had at most since the reset (VmHWM).
    """
    if sys.platform != "linux":
        return {}
    found = {}
    for each in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        with suppress(OSError, psutil.Error):  # it has ended meanwhile
            folder = Path(f"/proc/{each.pid}")
            if reset:
                (folder / "clear_refs").write_text("5")
            lines = (folder / "status").read_text().splitlines()
            found[each.pid] = next(
                int(line.split()[1]) for line in lines if line.startswith(what)
            )
    return found


def send_requests(number):
    """Make requests up from the API's own description; the statuses that came.

    An answer of 5xx, or one that is not as described, is an error.
    """
    statuses = Counter()

    def call(case):
        response = case.call()
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    app = create_app()
    app.logger.setLevel(logging.WARNING)  # not a line for each request
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    for operation in schema.get_all_operations():
        cases = given(operation.ok().as_strategy())
        slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
        run = settings(max_examples=number, deadline=None, suppress_health_check=slow)
        run(cases(call))()
    return statuses


def main():
    """Run both for long, and print what they came to; fail if it was too much."""
    statuses = send_requests(REQUESTS)
    print(f"{statuses.total()} requests made up from the API: {dict(statuses)}")
    figures = send_pictures(PICTURES)
    print(f"{figures.statuses.total()} mutated pictures: {dict(figures.statuses)}")
    print(f"slowest answer {figures.milliseconds:.0f} ms (wanted: {MILLISECONDS})")
    print(f"most memory {figures.megabytes:.0f} MB (wanted: {MEGABYTES})")
    too_much = figures.milliseconds > MILLISECONDS or figures.megabytes > MEGABYTES
    return int(max(figures.statuses) >= 500 or too_much)


if __name__ == "__main__":
    sys.exit(main())
