"""What the page asks of Python: read a picture, and return it as plain values.

    bytes -> digitlib.reading -> JSON, as the web app's API answers

`digitlib.reading` does all of it, unchanged. Only what a browser has no library for
(PDF, HEIC, AVIF) is refused here.
"""

import json
from functools import cache

from PIL import Image

from digitlib.errors import DigitError
from digitlib.reading import formats, ink, load_model, picture, to_pixels

Image.init()
formats.FORMATS = tuple(form for form in formats.FORMATS if form in Image.OPEN)
FORMAT_NAMES = "PNG, JPEG, WebP, BMP, GIF or TIFF"
NOT_HERE = f"This page cannot open files of this kind: send a {FORMAT_NAMES}."
model = cache(load_model)


def warm_up():
    """Read one drawing, so that the visitor's first does not wait for anything."""
    model("cnn").read(ink.draw(ink.write("7 crossed")))


def read(content, name, network="cnn"):
    """Read a picture.

    Args:
        content: the bytes of its file, from JavaScript.
        name: of the file, for people.
        network: which network reads.

    Returns:
        A list as JSON: a result for each page of the file.
    """
    content = content.to_bytes()
    try:
        if formats.is_pdf(content) or formats.is_heic(content):
            raise DigitError(NOT_HERE)
        pages = list(model(network).read_pages(content, name))
    except DigitError as error:
        return json.dumps([{"error": {"message": str(error)}}])
    return json.dumps([_to_result(page) for page in pages])


def _to_result(page):
    where = {"page": page.number, "pages": page.count}
    if page.reading is None:
        return where | {"error": {"message": str(page.error)}}
    result = page.reading.to_dict()
    for digit, shown in zip(page.reading.digits, result["digits"], strict=True):
        pixels = Image.fromarray(to_pixels(digit.glyph))
        shown["glyph"] = picture.to_data_url(pixels, "PNG")
    return where | result
