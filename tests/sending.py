"""What the tests of the web app send, and how they understand its answers."""

import base64
import io
import json
import re
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

from app import create_app
from digitlib.reading import ink
from digitlib.reading.picture import encode
from digitlib.reading.results import Digit, Reading
from tests.conftest import ONE, SEVEN


def make_client(**config):
    """A client of the app; there, an unforeseen error fails its test."""
    return create_app({"TESTING": True, **config}).test_client()


def form(*parts):
    """A form of parts (headers, content) as it is sent."""
    pieces = [b"--x\r\n" + head + b"\r\n\r\n" + body for head, body in parts]
    return {
        "data": b"\r\n".join([*pieces, b"--x--\r\n"]),
        "content_type": "multipart/form-data; boundary=x",
    }


def file_header(name):
    return b'Content-Disposition: form-data; name="image"; filename="' + name + b'"'


def send(client, *contents, url="/api/predict"):
    parts = [(file_header(b"%d.png" % i), each) for i, each in enumerate(contents)]
    return client.post(url, **form(*parts))


def data_url(content):
    return "data:image/png;base64," + base64.b64encode(content).decode()


def picture_of(url):
    """The picture that a data URL holds."""
    content = base64.b64decode(url.partition(";base64,")[2])
    return Image.open(io.BytesIO(content))


def strict_json(response):
    """The body as JSON by the letter: NaN and the like are errors."""

    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    assert response.mimetype == "application/json"
    return json.loads(response.data, parse_constant=refuse)


def assert_error(response, status, code):
    body = strict_json(response)
    assert (response.status_code, body["error"]["code"]) == (status, code)
    assert body.keys() == {"error"}
    assert body["error"]["message"].endswith(".")
    assert not re.search(r"Traceback|Error\b|/\w+/\w+\.py", response.text)


def texts(response):
    assert response.status_code == 200, response.text
    return [result["text"] for result in strict_json(response)["results"]]


def chunk(name, data):
    """One chunk of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def png(width, height, *chunks):
    """A white PNG of 8 x 8 that declares this size, and holds these chunks."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 8) * 8))
    parts = [b"\x89PNG\r\n\x1a\n", header, *chunks, pixels, chunk(b"IEND", b"")]
    return b"".join(parts)


def jpeg(width, height):
    """A small JPEG whose header declares another size."""
    content = encode(Image.new("L", (8, 8), 255), "JPEG")
    size = content.index(b"\xff\xc0") + 5
    return content[:size] + struct.pack(">HH", height, width) + content[size + 4 :]


BOMB = zlib.compress(b"0" * 80_000_000)
SEVEN_PNG = encode(ink.draw(SEVEN))
ONE_PNG = encode(ink.draw(ONE))
SEVEN_JPEG = encode(ink.draw(SEVEN), "JPEG")
ANIMATED = chunk(b"acTL", struct.pack(">II", 2, 0))
FRAME_5 = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 5, 8, 8, 0, 0, 1, 1, 0, 0))


def touching_digits():
    """A picture of 200 pairs that touch, which takes long to read."""
    dense = np.full((1000, 2000), 255, np.uint8)
    for x, y in np.ndindex(20, 10):
        for left, start in ((30, 0), (62, 20)):
            place = (100 * x + left, 100 * y + 50)
            cv2.ellipse(dense, place, (16, 26), 0, start, 360 - start, 0, 4)
    return encode(Image.fromarray(dense))


class Always:
    """A network that reads the same in every picture."""

    def __init__(self, reading):
        self.model = self
        self.read = lambda *_given: reading


def one_digit(label, confidence):
    """A reading of one digit, a 3 or none."""
    probabilities = np.full(10, (1 - confidence) / 9)
    probabilities[3] = confidence
    glyph = np.zeros((28, 28, 1), np.float32)
    return Reading.of(Digit(label, confidence, probabilities, (1, 2, 30, 40), glyph))
