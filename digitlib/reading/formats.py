"""The formats of picture files: which are read, and their limits.

    bytes -> is_pdf, is_tiff, is_heic ..., or open_image -> an image, not decoded yet

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
# Only a JPEG can be reduced while it is decoded. The others are decoded whole, which
# takes 1 to 20 bytes a pixel (see `decode`), and may take this many bytes in all:
MAX_DECODED = 140_000_000
MAX_SIDE = 30_000  # pixels: 1 x 64,000,000 is not a picture

_TOO_LARGE = (
    "The picture is too large{}: reduce it to at most"
    f" {MAX_PIXELS // 1_000_000} million pixels."
)
_TOO_LARGE_FOR = (
    "The picture is too large for {} ({} x {} pixels): save it as an ordinary JPEG, or"
    " reduce it to at most {:.3g} million pixels."
)
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SIGNATURES = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"BM", b"GIF8", *_TIFF)
WEBP_MOVES = 2  # the bit of an animation in the flags of a WebP
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


def is_heic(content: bytes) -> bool:
    """Return whether a file begins as a HEIC does, and not as an AVIF."""
    brands = _brands(content)
    return bool(brands & _HEIC_BRANDS) and not brands & _AVIF_BRANDS


def is_avif(content: bytes) -> bool:
    """Return whether a file begins as an AVIF does."""
    return bool(_brands(content) & _AVIF_BRANDS)


def is_still_webp(content: bytes) -> bool:
    """Return whether a file begins as a WebP does that holds a single picture."""
    is_webp = content[:4] == b"RIFF" and content[8:15] == b"WEBPVP8"
    moves = content[15:16] == b"X" and len(content) > 20 and content[20] & WEBP_MOVES
    return is_webp and not moves


def check_size(size: tuple[int, int], kind: str, cost: float) -> None:
    """Refuse a picture of too many pixels, or of none, by its declared size.

    Args:
        size: (width, height).
        kind: what it is, for people, such as "a PNG in colour".
        cost: the memory that decoding needs, in bytes.
    """
    width, height = size
    pixels = width * height
    if pixels > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise TooManyPixelsError(_TOO_LARGE.format(f" ({width} x {height} pixels)"))
    if not pixels:
        raise ImageError("The picture has no pixels: save or send it again.")
    if cost > MAX_DECODED:
        most = pixels * MAX_DECODED / cost / 1e6
        raise TooManyPixelsError(_TOO_LARGE_FOR.format(kind, width, height, most))


def open_image(content: bytes) -> Image.Image:
    """Read the header of a picture; only the allowed formats are tried.

    Raises:
        UnsupportedTypeError, TooManyPixelsError: as their names say. A damaged header
            raises whatever Pillow does.
    """
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError(_TOO_LARGE.format("")) from error
    except UnidentifiedImageError as error:
        # an allowed format with a damaged header
        if content.startswith(_SIGNATURES) or is_avif(content):
            raise
        raise UnsupportedTypeError(
            f"The file is not a picture that can be read here: send a {FORMAT_NAMES}."
        ) from error


def _brands(content: bytes) -> set[bytes]:
    """Return the brands of a file of boxes, such as HEIC, AVIF or MP4; else none."""
    if content[4:8] != b"ftyp":
        return set()
    length = int.from_bytes(content[:4])
    listed = content[8 : min(length, _PDF_START)]
    return {listed[i : i + 4] for i in range(0, len(listed), 4)}
