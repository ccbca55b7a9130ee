"""Draws the pages of a PDF in a process of its own, which `pdf` starts and can end.

    PDF on standard input -> PDFium -> for each page a line of JSON, then its pixels

This file is run, not imported, and it imports nothing of this project, so that it
starts quickly. Nothing but PDFium needs the memory that is asked for here: if a page
wants more than its limit, this process dies, and nobody else.
"""

import json
import math
import sys
from collections.abc import Iterator
from typing import Any

POINTS = 72  # of a PDF in an inch
FORM_DEPTH = 5  # how deep a page's images may be nested in forms


def main(settings: dict[str, Any]) -> None:
    """Draw the pages from `settings["first"]` on, and write them to standard output."""
    _limit_memory(settings["memory"])
    content = sys.stdin.buffer.read()
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", 0) == pypdfium2.raw.FPDF_ERR_PASSWORD
        _send({"error": "locked" if locked else "damaged"})
        return
    count = len(document)
    _send({"pages": count})
    if count > settings["pages"]:
        return
    for number in range(settings["first"], count + 1):
        try:
            _draw(document[number - 1], settings)
        except (pypdfium2.PdfiumError, ValueError):
            _send({"error": "damaged"})


def _draw(page: Any, settings: dict[str, Any]) -> None:
    """Draw a page at the wanted resolution, or at less where it would be too large."""
    for width, height in _image_sizes(page):
        if width * height > settings["image_pixels"]:
            _send({"error": "too large", "size": [width, height]})
            return
    width, height = page.get_size()
    wanted = settings["dpi"] / POINTS
    scale = min(
        wanted,
        math.sqrt(settings["pixels"] / (width * height)),
        settings["side"] / max(width, height),
    )
    bitmap = page.render(scale=scale, rev_byteorder=True)
    head = {"size": [bitmap.width, bitmap.height], "stride": bitmap.stride}
    _send(head | {"scale": wanted / scale}, bytes(bitmap.buffer))
    bitmap.close()
    page.close()


def _image_sizes(page: Any) -> Iterator[tuple[int, int]]:
    """Yield the size of each image on a page, as declared: nothing is decoded."""
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    for image in page.get_objects([FPDF_PAGEOBJ_IMAGE], max_depth=FORM_DEPTH):
        yield image.get_px_size()


def _send(head: dict[str, Any], content: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


def _limit_memory(size: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ImportError, ValueError, OSError):  # Windows and macOS have no such limit
        pass


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
