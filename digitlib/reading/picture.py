"""Turn any picture file or image into upright RGB pixels on an opaque background.

    file -> pages -> for each page, once it is asked for, a Picture or an error

Whatever a visitor sends is opened here and checked before it is decoded, and large
photos are reduced while they are decoded. `preprocess` continues from there. `formats`
says what is read; a file with several pages is taken apart by `pdf` or `tiff`.
"""

import io
import os
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps

from digitlib.errors import EmptyFileError, ImageError, UnsupportedTypeError
from digitlib.reading import formats, pdf, tiff
from digitlib.reading.formats import MAX_PIXELS, MAX_SIDE

MAX_PAGES = 50  # of one file
WORKING_SIDE = 1000  # pixels: the largest extent; 4000 x 3000 decodes straight to it
STRIP = 2  # ratio of the sides from which a picture is a strip; it may be
# this many times `WORKING_SIDE` long

File = bytes | str | os.PathLike | BinaryIO

# What Pillow and libheif raise for damaged files; listed only here.
_DAMAGED = (
    RuntimeError,
    OverflowError,
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
        finer: returns the same picture with this extent, or its own if that is less;
            None if it was not reduced.
    """

    pixels: np.ndarray
    scale: float
    size: tuple[int, int]
    finer: Callable[[int], "Picture"] | None = None


Source = Image.Image | Picture | File


@dataclass(frozen=True)
class Page:
    """One page of a file; a file with a single picture has one.

    Attributes:
        number: from 1.
        count: the number of pages of the file.
        open: returns the picture, or raises the `ImageError` of this page. Nothing is
            decoded before.
    """

    number: int
    count: int
    open: Callable[[], Picture]

    def name_in(self, file: str) -> str:
        """Return what people call it, "page 2 of scan.pdf", or the file's name."""
        return name_page(file, self.number, self.count)


def name_page(file: str, number: int, count: int) -> str:
    """Return what people call a page of a file: see `Page.name_in`."""
    return file if count == 1 else f"page {number} of {file}"


def extent(size: tuple[int, ...]) -> int:
    """Return the size in pixels that all size limits refer to: the longer side.

    It is less for a strip, in which writing is as large as the strip is high, however
    long the strip is.

    Args:
        size: height and width in any order, then perhaps channels.
    """
    return min(max(size[:2]), STRIP * min(size[:2]))


def pages(source: Source) -> Generator[Page, None, None]:
    """Yield the pages of a PDF or a TIFF, and one page for any other picture.

    An error of the file as a whole is that of its only page, so that this raises
    nothing itself.

    Args:
        source: as for `open_picture`.

    Yields:
        The pages in order. They are opened one by one, and not before they are needed.

    Example:
        >>> [page.open().size for page in pages("scan.pdf")]
        [(1654, 2339), (1654, 2339)]
    """
    try:
        if isinstance(source, (Image.Image, Picture)):
            yield Page(1, 1, partial(open_picture, source))
            return
        content = _read(source)
        if formats.is_tiff(content):
            yield from _tiff_pages(content)
        elif formats.is_pdf(content):
            yield from _pdf_pages(content)
        else:
            yield Page(1, 1, partial(_decode_file, content))
    except ImageError as error:
        yield Page(1, 1, partial(_fail, error))


def open_picture(source: Source) -> Picture:
    """Open, check and decode a picture, turn it upright, make it opaque and reduce it.

    Args:
        source: a PIL image, or the bytes, path or open file of one in a format of
            `formats`. Only the first page of a file and the first frame of an
            animation are used. A `Picture` is returned as it is.

    Returns:
        The picture; its `extent` is at most `WORKING_SIDE`, and the longer side of a
        strip is at most `STRIP` times that.

    Raises:
        EmptyFileError, UnsupportedTypeError, TooManyPixelsError: as their names say.
        ImageError: the file is damaged or cannot be read.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, Image.Image):
        return _decode(lambda: source, is_ours=False)
    with closing(pages(source)) as first:
        return next(first).open()


def encode(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Return a picture as the bytes of a file, with Pillow's options for the format."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _read(source: File) -> bytes:
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
    return content


def _pdf_pages(content: bytes) -> Generator[Page, None, None]:
    with closing(pdf.draw(content, MAX_PAGES, MAX_PIXELS, MAX_SIDE)) as drawn:
        for number, page in enumerate(drawn, 1):
            yield Page(number, page.count, partial(_take_drawn, page))


def _take_drawn(page: pdf.DrawnPage) -> Picture:
    if isinstance(page.image, ImageError):
        raise page.image
    picture = _to_picture(page.image, page.scale)
    if picture.scale <= page.scale:
        return picture
    return replace(picture, finer=partial(_to_picture, page.image, page.scale))


def _tiff_pages(content: bytes) -> Generator[Page, None, None]:
    places = tiff.find_pages(content, MAX_PAGES)
    if len(places) > MAX_PAGES:
        raise UnsupportedTypeError(pdf.TOO_MANY.format(MAX_PAGES))
    if len(places) <= 1:
        yield Page(1, 1, partial(_decode_file, content))
        return
    for number, place in enumerate(places, 1):
        yield Page(number, len(places), partial(_decode_tiff_page, content, place))


def _decode_tiff_page(content: bytes, place: int) -> Picture:
    return _decode_file(tiff.point_to(content, place))


def _fail(error: ImageError) -> Picture:
    raise error


def _decode_file(content: bytes) -> Picture:
    return _decode(partial(formats.open_image, content), is_ours=True)


def _decode(
    open_image: Callable[[], Image.Image], is_ours: bool, side: int = WORKING_SIDE
) -> Picture:
    try:
        image = open_image()
        formats.check_size(image)
        original = image.size
        if is_ours:  # never change the caller's image
            # A JPEG can be decoded at 1/2, 1/4 or 1/8 for free; never below this size.
            image.draft("RGB", _working_size(image.size, side))
        image.load()
        picture = _to_picture(image, max(original) / max(image.size), side)
    except _DAMAGED as error:
        raise ImageError(
            "The picture is damaged or incomplete: save or send it again."
        ) from error
    if picture.scale <= 1:
        return picture
    return replace(picture, finer=partial(_decode, open_image, is_ours))


def _working_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    ratio = min(1.0, side / max(extent(size), max(size) / STRIP))
    return max(1, int(size[0] * ratio)), max(1, int(size[1] * ratio))


def _to_picture(image: Image.Image, scale: float, side: int = WORKING_SIDE) -> Picture:
    upright = ImageOps.exif_transpose(image)
    width, height = upright.size
    working = _working_size(upright.size, side)
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
