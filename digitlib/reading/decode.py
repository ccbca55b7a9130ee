"""Open a file of one picture: first its header, then, if it may be, its pixels.

    bytes -> open_file -> Opened: what it is, its size, what decoding costs -> load

Pillow decodes most formats. OpenCV decodes a WebP, and libheif a HEIC, in less than
half the memory, because they need no second copy of the pixels.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image

from digitlib.reading import formats
from digitlib.reading.shrink import Raster, size_of

# Bytes that decoding needs for a pixel, as measured, and a little more:
HEIC_COST, HEIC_COST_OF_MORE = 5.5, 11.0  # 8 bits, half the colours; anything else
WEBP_COST = 8.0
COSTS = {  # Pillow's own name, the name for people, and the bytes
    "WEBP": ("a moving WebP", 21.0),
    "AVIF": ("an AVIF", 11.4),
    "GIF": ("a GIF", 2.0),
}
LARGEST_DRAFT = 32_000_000  # bytes of a JPEG that is reduced while it is decoded

# The tags of a TIFF that say into which pieces it is divided (TIFF 6.0).
TILE_WIDTH, TILE_LENGTH, ROWS_PER_STRIP, SAMPLES, BITS = 322, 323, 278, 277, 258
WEBP_CHUNKS = 20  # are looked through for EXIF data

# How to turn a picture upright, by the number that EXIF calls its orientation.
_TURNS: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Opened:
    """A picture whose header was read.

    Attributes:
        kind: its format, for people.
        size: (width, height), as the header declares them.
        cost: the memory that decoding needs, in bytes.
        load: decodes it, perhaps at a reduced size: not below the one that is given.
        read_exif: returns what the file says about itself, once it is decoded.
    """

    kind: str
    size: tuple[int, int]
    cost: float
    load: Callable[[tuple[int, int]], Raster]
    read_exif: Callable[[], Image.Exif] = Image.Exif

    def decode(self, wanted: tuple[int, int]) -> Raster:
        """Check the size, decode, and see that the header was right."""
        formats.check_size(self.size, self.kind, self.cost)
        raster = self.load(wanted)
        if not isinstance(raster, Image.Image) and size_of(raster) != self.size:
            raise ValueError("its header declares another size")
        return raster

    def read_turn(self) -> Image.Transpose | None:
        """Return how to turn the decoded picture; nothing else in its EXIF is read.

        `ImageOps.exif_transpose` would write all the data anew, and fails where a
        camera has given one of them a wrong type.
        """
        try:
            return _TURNS.get(self.read_exif().get(ExifTags.Base.Orientation))
        except Exception:  # whatever damaged data may raise, they say nothing
            return None


def open_file(content: bytes) -> Opened:
    """Read the header of a picture; only the allowed formats are tried.

    Raises:
        UnsupportedTypeError, TooManyPixelsError: as their names say. A damaged header
            raises whatever a decoder does.
    """
    if formats.is_heic(content):
        return _open_heic(content)
    if formats.is_still_webp(content):
        return _open_webp(content)
    image = formats.open_image(content)

    def load(wanted: tuple[int, int]) -> Raster:
        # A JPEG can be decoded at 1/2, 1/4 or 1/8 for free; never below this size.
        image.draft("RGB", wanted)
        image.load()
        return image

    kind, cost = _describe(image)
    return Opened(kind, image.size, cost, load, image.getexif)


def most_megapixels() -> dict[str, int]:
    """Return how large a picture may be whose kind cannot be reduced while decoding.

    Returns:
        The number of whole million pixels, by the kind's name for people.
    """
    costs = {
        "PNG in colour": 4,
        "HEIC": HEIC_COST,
        "WebP": WEBP_COST,
        "AVIF": COSTS["AVIF"][1],
    }
    return {kind: int(formats.MAX_DECODED / cost / 1e6) for kind, cost in costs.items()}


def open_image(image: Image.Image) -> Opened:
    """Describe an image of the caller, which is left as it is."""

    def load(_wanted: tuple[int, int]) -> Raster:
        image.load()
        return image

    is_in_memory = image.format is None
    kind, cost = ("picture", 0.0) if is_in_memory else _describe(image)
    return Opened(kind, image.size, cost, load, image.getexif)


def _describe(image: Image.Image) -> tuple[str, float]:
    """Return what an image of Pillow is, for people, and what decoding it costs.

    The costs, in bytes, were measured with Pillow 13; `tests/reading/test_memory.py`
    measures them again.
    """
    pixels, form = image.width * image.height, image.format or ""
    stored = _bytes_stored(image.mode) * pixels
    if form in ("JPEG", "MPO"):
        cost = min(stored, LARGEST_DRAFT)
        if "progressive" not in image.info:
            return "a JPEG", cost
        return "a progressive JPEG", cost + _coefficients(image) * pixels
    if form in COSTS:
        kind, bytes_a_pixel = COSTS[form]
        return kind, bytes_a_pixel * pixels
    return _with_colours(form, image.mode), stored + _piece(image)


def _with_colours(form: str, mode: str) -> str:
    if _bytes_stored(mode) == 1:
        return f"a {form}"
    return (
        f"a {form} with 16 bits or more" if mode[0] in "IF" else f"a {form} in colour"
    )


def _bytes_stored(mode: str) -> int:
    """Return the bytes that Pillow takes for a pixel."""
    if mode in ("1", "L", "P"):
        return 1
    return 2 if mode.startswith("I;16") else 4


def _coefficients(image: Any) -> float:
    """Return the bytes a pixel of what a progressive JPEG collects, scan by scan."""
    across, down = ([int(each[i]) for each in image.layer] for i in (1, 2))
    blocks = sum(a * d for a, d in zip(across, down, strict=True))
    return 2 * blocks / (max(across) * max(down))


def _piece(image: Any) -> float:
    """Return the bytes of two of the pieces into which a TIFF is divided."""
    if image.format != "TIFF" or image.info.get("compression") == "raw":
        return 0
    tags = image.tag_v2
    if TILE_WIDTH in tags:
        pixels = int(tags[TILE_WIDTH]) * int(tags[TILE_LENGTH])
    else:
        rows = int(tags.get(ROWS_PER_STRIP, image.height))
        pixels = image.width * min(rows, image.height)
    return 2 * pixels * int(tags.get(SAMPLES, 1)) * max(tags.get(BITS, (1,))) / 8


# --- Formats that are decoded without Pillow -----------------------------------------


def _open_heic(content: bytes) -> Opened:
    from pi_heif import open_heif

    heif = open_heif(io.BytesIO(content))
    is_small = heif.info.get("chroma") == 420 and heif.info.get("bit_depth") == 8
    cost = HEIC_COST if is_small else HEIC_COST_OF_MORE
    pixels = heif.size[0] * heif.size[1]
    # Its own orientation is undone by libheif; that in its EXIF data is a copy.
    return Opened("a HEIC", heif.size, cost * pixels, lambda _wanted: np.asarray(heif))


def _open_webp(content: bytes) -> Opened:
    def load(_wanted: tuple[int, int]) -> Raster:
        data = np.frombuffer(content, np.uint8)
        pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        if pixels is None:
            raise ValueError("OpenCV cannot decode it")
        code = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
        return cv2.cvtColor(pixels, code, dst=pixels)  # in place

    def read_exif() -> Image.Exif:
        exif = Image.Exif()
        exif.load(_webp_chunk(content, b"EXIF"))
        return exif

    width, height = _webp_size(content)
    cost = WEBP_COST * width * height
    return Opened("a WebP", (width, height), cost, load, read_exif)


def _webp_size(content: bytes) -> tuple[int, int]:
    """Read the size of a WebP: see its container specification, and RFC 6386, 9.1."""
    head = content[20:30]
    if content[12:16] == b"VP8X":
        return _little(head[4:7]) + 1, _little(head[7:10]) + 1
    if content[12:16] == b"VP8L":
        bits = _little(head[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(head[6:8]) & 0x3FFF, _little(head[8:10]) & 0x3FFF


def _webp_chunk(content: bytes, name: bytes) -> bytes:
    """Return the first chunk of this name; empty if there is none."""
    place = 12
    for _ in range(WEBP_CHUNKS):
        length = _little(content[place + 4 : place + 8])
        if content[place : place + 4] == name:
            return content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    return b""


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
