"""Turn any picture file or image into upright RGB pixels on an opaque background.

    file -> pages -> for each page, once it is asked for, a Picture or an error

Whatever a visitor sends is opened here and checked before it is decoded, and large
photos are reduced while they are decoded. `preprocess` continues from there. `formats`
says what is read; a file with several pages is taken apart by `pdf` or `tiff`.
"""

import base64
import io
import os
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from digitlib.errors import (
    EmptyFileError,
    ImageError,
    UnsupportedTypeError,
    one_picture,
)
from digitlib.reading import decode, formats, pdf, tiff
from digitlib.reading.formats import MAX_PIXELS, MAX_SIDE
from digitlib.reading.shrink import Raster, put_on_paper, shrink, size_of

MAX_PAGES = 50  # of one file
WORKING_SIDE = 1000  # pixels: the largest extent; 4000 x 3000 decodes straight to it
STRIP = 2  # ratio of the sides from which a picture is a strip; it may be
# this many times `WORKING_SIDE` long

DAMAGED = "The picture is damaged or incomplete: save or send it again."
TOO_MUCH_MEMORY = (
    "The picture needs too much memory: save it as an ordinary JPEG, or reduce it."
)

File = bytes | str | os.PathLike | BinaryIO


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


def pages(
    source: Source,
    decode_file: Callable[[bytes], Picture] | None = None,
    time_left: Callable[[], float] = lambda: pdf.MAX_SECONDS,
) -> Generator[Page, None, None]:
    """Yield the pages of a PDF or a TIFF, and one page for any other picture.

    An error of the file as a whole is that of its only page, or of the pages that it
    leaves out, so that this raises nothing itself.

    Args:
        source: as for `open_picture`.
        decode_file: decodes a file of one picture, if not in this process: for files
            of strangers, `isolated.Decoders.decode`.
        time_left: says how many seconds a page of a PDF may take, which is drawn before
            it is yielded; its own limits hold as well.

    Yields:
        The pages in order. They are opened one by one, and not before they are needed.

    Example:
        >>> [page.open().size for page in pages("scan.pdf")]
        [(1654, 2339), (1654, 2339)]
    """
    number, count = 0, 1
    found = _find_pages(source, decode_file or _decode_file, time_left)
    try:
        with closing(found), one_picture():
            for page in found:
                number, count = page.number, page.count
                yield page
    except ImageError as error:
        for missing in range(number + 1, count + 1):
            yield Page(missing, count, partial(_fail, error))


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
        return _decode(partial(decode.open_image, source))
    with closing(pages(source)) as first:
        return next(first).open()


def encode(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Return a picture as the bytes of a file, with Pillow's options for the format."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def to_data_url(image: Image.Image, form: str, **options: Any) -> str:
    """Encode a picture as a data URL, an address that contains the picture itself."""
    content = base64.b64encode(encode(image, form, **options)).decode()
    return f"data:{Image.MIME[form]};base64,{content}"


def to_preview(picture: Picture) -> dict[str, Any]:
    """Return a picture to show, and the size in pixels that its boxes refer to."""
    url = to_data_url(Image.fromarray(picture.pixels), "JPEG", quality=80)
    return {"picture": url, "size": list(picture.size)}


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


def _find_pages(
    source: Source,
    decode_file: Callable[[bytes], Picture],
    time_left: Callable[[], float],
) -> Generator[Page, None, None]:
    if isinstance(source, (Image.Image, Picture)):
        yield Page(1, 1, partial(open_picture, source))
        return
    content = _read(source)
    if formats.is_tiff(content):
        yield from _tiff_pages(content, decode_file)
    elif formats.is_pdf(content):
        yield from _pdf_pages(content, time_left)
    else:
        yield Page(1, 1, partial(decode_file, content))


def _pdf_pages(
    content: bytes, time_left: Callable[[], float]
) -> Generator[Page, None, None]:
    drawing = pdf.draw(content, MAX_PAGES, MAX_PIXELS, MAX_SIDE, time_left)
    with closing(drawing) as drawn:
        for number, page in enumerate(drawn, 1):
            yield Page(number, page.count, partial(_take_drawn, page))


def _take_drawn(page: pdf.DrawnPage) -> Picture:
    if isinstance(page.image, ImageError):
        raise page.image
    picture = _to_picture(page.image, page.scale)
    if picture.scale <= page.scale:
        return picture
    finer = partial(_to_picture, page.image, page.scale, None)
    return replace(picture, finer=finer)


def _tiff_pages(
    content: bytes, decode_file: Callable[[bytes], Picture]
) -> Generator[Page, None, None]:
    places = tiff.find_pages(content, MAX_PAGES)
    if len(places) > MAX_PAGES:
        raise UnsupportedTypeError(pdf.TOO_MANY.format(MAX_PAGES))
    if len(places) <= 1:
        yield Page(1, 1, partial(decode_file, content))
        return

    def decode_page(place: int) -> Picture:
        return decode_file(tiff.point_to(content, place))

    for number, place in enumerate(places, 1):
        yield Page(number, len(places), partial(decode_page, place))


def _fail(error: ImageError) -> Picture:
    raise error


def _decode_file(content: bytes) -> Picture:
    return _decode(partial(decode.open_file, content))


def _decode(open_it: Callable[[], decode.Opened], side: int = WORKING_SIDE) -> Picture:
    try:
        opened = open_it()
        raster = opened.decode(_working_size(opened.size, side))
        turn = opened.read_turn()
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(TOO_MUCH_MEMORY) from error
    except Exception as error:  # a decoder may raise anything for a damaged file
        raise ImageError(DAMAGED) from error
    scale = max(opened.size) / max(size_of(raster))
    picture = _to_picture(raster, scale, turn, side)
    if picture.scale <= 1:
        return picture
    return replace(picture, finer=partial(_decode, open_it))


def _working_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    ratio = min(1.0, side / max(extent(size), max(size) / STRIP))
    return max(1, int(size[0] * ratio)), max(1, int(size[1] * ratio))


def _to_picture(
    raster: Raster,
    scale: float,
    turn: Image.Transpose | None = None,
    side: int = WORKING_SIDE,
) -> Picture:
    width, height = size_of(raster)
    reduced = put_on_paper(shrink(raster, _keep_aspect((width, height), side)))
    scale *= max(width, height) / max(reduced.size)
    pixels = np.asarray(reduced if turn is None else reduced.transpose(turn))
    return Picture(
        pixels, scale, (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    )


def _keep_aspect(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the working size whose aspect ratio is the nearest."""
    width, height = _working_size(size, side)
    if width * size[1] >= height * size[0]:
        return max(1, round(height * size[0] / size[1])), height
    return width, max(1, round(width * size[1] / size[0]))
