"""Turn any picture file or image into upright RGB pixels on an opaque background.

Whatever a visitor sends is opened here and checked before it is decoded, and large
photos are reduced while they are decoded. `preprocess` continues from there.
"""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from digitlib.errors import (
    EmptyFileError,
    ImageError,
    TooManyPixelsError,
    UnsupportedTypeError,
)

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_PIXELS = 64_000_000  # pixels that the header may declare
MAX_SIDE = 30_000  # pixels: 1 x 64,000,000 is not a picture
WORKING_SIDE = 1000  # pixels: the largest extent; 4000 x 3000 decodes straight to it
STRIP = 2  # ratio of the sides from which a picture is a strip; it may be
# this many times `WORKING_SIDE` long

File = bytes | str | os.PathLike | BinaryIO
Source = Image.Image | File

_TOO_LARGE = (
    "The picture is too large{}: reduce it to at most"
    f" {MAX_PIXELS // 1_000_000} million pixels."
)
_SIGNATURES = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"BM", b"GIF8", b"II*\0", b"MM\0*")

# What Pillow raises for damaged files; listed only here.
_DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True)
class Picture:
    """Upright RGB pixels, possibly reduced.

    Attributes:
        pixels: (height, width, 3) uint8.
        scale: the side of one of these pixels, in pixels of the upright original.
        size: (width, height) of the upright original.
    """

    pixels: np.ndarray
    scale: float
    size: tuple[int, int]


def extent(size: tuple[int, ...]) -> int:
    """Return the size in pixels that all size limits refer to: the longer side.

    It is less for a strip, in which writing is as large as the strip is high, however
    long the strip is.

    Args:
        size: height and width in any order, then perhaps channels.
    """
    return min(max(size[:2]), STRIP * min(size[:2]))


def open_picture(source: Source) -> Picture:
    """Open, check and decode a picture, turn it upright, make it opaque and reduce it.

    Args:
        source: a PIL image, or the bytes, path or open file of one in a format of
            `FORMATS`. Only the first frame of an animation is used.

    Returns:
        The picture; its `extent` is at most `WORKING_SIDE`, and the longer side of a
        strip is at most `STRIP` times that.

    Raises:
        EmptyFileError, UnsupportedTypeError, TooManyPixelsError: as their names say.
        ImageError: the file is damaged or cannot be read.
    """
    try:
        image = source if isinstance(source, Image.Image) else _open_file(source)
        _check_size(image)
        original = image.size
        if image is not source:  # never change the caller's image
            # A JPEG can be decoded at 1/2, 1/4 or 1/8 for free; never below this size.
            image.draft("RGB", _working_size(image.size))
        image.load()
        return _to_picture(image, max(original) / max(image.size))
    except _DAMAGED as error:
        raise ImageError(
            "The picture is damaged or incomplete: save or send it again."
        ) from error


def encode(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Return a picture as the bytes of a file, with Pillow's options for the format."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _open_file(source: File) -> Image.Image:
    """Let Pillow read the header; only the allowed formats are tried."""
    if isinstance(source, bytes):
        content = source
    elif isinstance(source, (str, os.PathLike)):
        try:
            content = Path(source).read_bytes()
        except OSError as error:
            raise ImageError(
                f"The file {source} cannot be opened: {error.strerror}."
            ) from error
    else:
        content = source.read()
    if not content:
        raise EmptyFileError("The file is empty: choose the picture again.")
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError(_TOO_LARGE.format("")) from error
    except UnidentifiedImageError as error:
        if content.startswith(_SIGNATURES):  # an allowed format with a damaged header
            raise
        raise UnsupportedTypeError(
            "The file is not a picture that can be read here: send a PNG, JPEG, WebP,"
            " BMP, GIF or TIFF."
        ) from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise TooManyPixelsError(_TOO_LARGE.format(f" ({width} x {height} pixels)"))
    if not width or not height:
        raise ImageError("The picture has no pixels: save or send it again.")


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    ratio = min(1.0, WORKING_SIDE / max(extent(size), max(size) / STRIP))
    return max(1, int(size[0] * ratio)), max(1, int(size[1] * ratio))


def _to_picture(image: Image.Image, scale: float) -> Picture:
    upright = ImageOps.exif_transpose(image)
    width, height = upright.size
    working = _working_size(upright.size)
    if working != upright.size:
        upright = _to_plain_mode(upright)
        upright.thumbnail(working, reducing_gap=2.0)
    scale *= max(width, height) / max(upright.size)
    pixels = np.asarray(_to_rgb(_to_plain_mode(upright)))
    return Picture(
        pixels, scale, (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    )


def _to_plain_mode(image: Image.Image) -> Image.Image:
    """Convert palette, 16-bit and exotic modes to L, LA, RGB or RGBA."""
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode[0] in "IF":  # 16 or 32 bits, or floating point
        return Image.fromarray(_to_eight_bits(np.asarray(image).astype(np.float32)))
    has_alpha = image.mode in ("PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _to_eight_bits(levels: np.ndarray) -> np.ndarray:
    """Scale by the smallest usual range that holds the levels, never by their own.

    Stretching the levels' own range would turn the noise of an empty sheet into ink.
    """
    top = next((top for top in (1, 255, 65535) if levels.max() <= top), levels.max())
    return np.clip(levels * (255 / top), 0, 255).astype(np.uint8)


def _to_rgb(image: Image.Image) -> Image.Image:
    """Put a transparent picture on paper: black for light ink, white for dark ink."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    layers = np.asarray(image.convert("RGBA")).astype(np.float32)
    colour, alpha = layers[..., :3], layers[..., 3:] / 255
    ink = (colour.mean(axis=2) * alpha[..., 0]).sum() / max(alpha.sum(), 1e-6)
    paper = 0.0 if ink > 127 else 255.0
    return Image.fromarray((colour * alpha + paper * (1 - alpha)).astype(np.uint8))
