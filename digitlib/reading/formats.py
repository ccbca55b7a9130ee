"""The formats of picture files: which are read, their limits, and their headers.

    bytes -> is_pdf, is_tiff, or open_image -> an image that is not decoded yet

The name of a file and the type that its sender gives to it are ignored.
"""

import io

from PIL import Image, UnidentifiedImageError

from digitlib.errors import ImageError, TooManyPixelsError, UnsupportedTypeError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")  # that Pillow reads
FORMAT_NAMES = "PNG, JPEG, WebP, HEIC, AVIF, BMP, GIF, TIFF or PDF"  # for people
ACCEPT = (  # the same for browsers; many know HEIC by its suffix only
    "image/png,image/jpeg,image/webp,image/heic,image/heif,.heic,.heif,image/avif,"
    ".avif,image/bmp,image/gif,image/tiff,application/pdf,.pdf"
)
MAX_PIXELS = 64_000_000  # pixels that the header may declare
# HEIC and AVIF cannot be reduced while they are decoded, and need 10 bytes a pixel:
MAX_VIDEO_PIXELS = 25_000_000
VIDEO_FORMATS = ("HEIF", "AVIF")  # as Pillow names them; they hold one frame of a video
MAX_SIDE = 30_000  # pixels: 1 x 64,000,000 is not a picture

_TOO_LARGE = (
    "The picture is too large{}: reduce it to at most"
    f" {MAX_PIXELS // 1_000_000} million pixels."
)
_TOO_LARGE_VIDEO = (
    "The picture is too large for HEIC or AVIF{}: save it as a JPEG, or reduce it to at"
    f" most {MAX_VIDEO_PIXELS // 1_000_000} million pixels."
)
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SIGNATURES = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"BM", b"GIF8", *_TIFF)
_PDF = b"%PDF-"  # within the first bytes of a PDF, of which readers allow:
_PDF_START = 1024
# The brands in the first box of a file; "mif1" alone may be either.
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def is_tiff(content: bytes) -> bool:
    """Return whether a file begins as a TIFF does."""
    return content.startswith(_TIFF)


def is_pdf(content: bytes) -> bool:
    """Return whether a file begins as a PDF does, and as no other format."""
    return _PDF in content[:_PDF_START] and not content.startswith(_SIGNATURES)


def check_size(image: Image.Image) -> None:
    """Refuse an image of too many pixels, or of none, by its declared size."""
    width, height = image.size
    size = f" ({width} x {height} pixels)"
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise TooManyPixelsError(_TOO_LARGE.format(size))
    if image.format in VIDEO_FORMATS and width * height > MAX_VIDEO_PIXELS:
        raise TooManyPixelsError(_TOO_LARGE_VIDEO.format(size))
    if not width or not height:
        raise ImageError("The picture has no pixels: save or send it again.")


def open_image(content: bytes) -> Image.Image:
    """Read the header of a picture; only the allowed formats are tried.

    Raises:
        UnsupportedTypeError, TooManyPixelsError: as their names say. A damaged header
            raises whatever Pillow or libheif do.
    """
    brands = _brands(content)
    if brands & _HEIC_BRANDS and not brands & _AVIF_BRANDS:
        return _open_heic(content)
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError(_TOO_LARGE.format("")) from error
    except UnidentifiedImageError as error:
        # an allowed format with a damaged header
        if content.startswith(_SIGNATURES) or brands & _AVIF_BRANDS:
            raise
        raise UnsupportedTypeError(
            f"The file is not a picture that can be read here: send a {FORMAT_NAMES}."
        ) from error


def _open_heic(content: bytes) -> Image.Image:
    """Read the header of a HEIC; its size is checked before anything is decoded."""
    from pillow_heif import HeifImageFile

    return HeifImageFile(io.BytesIO(content))


def _brands(content: bytes) -> set[bytes]:
    """Return the brands of a file of boxes, such as HEIC, AVIF or MP4; else none."""
    if content[4:8] != b"ftyp":
        return set()
    length = int.from_bytes(content[:4])
    listed = content[8 : min(length, _PDF_START)]
    return {listed[i : i + 4] for i in range(0, len(listed), 4)}
