"""What the page asks of Python: read a picture, and return it as plain values.

    bytes -> digitlib.reading -> JSON, as the web app's API answers
    glyphs and labels -> neighbours -> a model that knows the visitor's hand
    bytes -> steps, explain -> dashboard.panel -> HTML, as the dashboard shows it

`digitlib.reading` does all of it, unchanged. What it has no library for here is refused
as unsupported (PDF, HEIC, AVIF); api.js then tries whether the browser itself opens it.
"""

import base64
import io
import json
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401  (register)

from digitlib.dashboard import panel
from digitlib.errors import ImageError, UnsupportedTypeError
from digitlib.reading import (
    explain,
    formats,
    ink,
    load_model,
    neighbours,
    picture,
    steps,
    to_pixels,
)
from digitlib.reading.manifest import SHIPPED

Image.preinit()  # the common formats; `init` would load forty more
formats.FORMATS = tuple(form for form in formats.FORMATS if form in Image.OPEN)
formats.FORMAT_NAMES = "PNG, JPEG, WebP, BMP, GIF or TIFF"
NO_PDF = (
    "This page cannot open a PDF: take a screenshot of its page, or save the page as a"
    " PNG, and choose that."
)
NO_PHOTO = (
    "This browser cannot open a {} picture: save it as a JPEG first, or open this page"
    " in a newer browser."
)
SAMPLE = Path(__file__).with_name("mnist_sample.npz")
model = cache(load_model)
taught = []  # the model that knows the visitor's hand, if it was taught


def warm_up():
    """Read one drawing, so that the visitor's first does not wait for anything."""
    model("cnn").read(ink.draw(ink.write("7 crossed")))


def read(content, name):
    """Read a picture.

    Args:
        content: the bytes of its file, from JavaScript.
        name: of the file, for people.

    Returns:
        A list as JSON: a result for each page of the file.
    """
    content = content.to_bytes()
    try:
        _refuse(content)
    except ImageError as error:
        return json.dumps([{"error": _to_error(error)}])
    results = [_to_result(page) for page in _reader().read_pages(content, name)]
    if formats.is_tiff(content):  # few browsers show one
        for result, page in zip(results, picture.pages(content), strict=True):
            if "error" not in result:
                result.update(picture.to_preview(page.open()))
    return json.dumps(results)


def _refuse(content):
    if formats.is_pdf(content):
        raise UnsupportedTypeError(NO_PDF)
    if formats.is_heic(content) or formats.is_avif(content):
        kind = "HEIC" if formats.is_heic(content) else "AVIF"
        raise UnsupportedTypeError(NO_PHOTO.format(kind))


def _to_error(error):
    return {"message": str(error), "code": error.code}


def _to_result(page):
    where = {"page": page.number, "pages": page.count}
    if page.reading is None:
        return where | {"error": _to_error(page.error)}
    result = page.reading.to_dict()
    for digit, shown in zip(page.reading.digits, result["digits"], strict=True):
        pixels = Image.fromarray(to_pixels(digit.glyph))
        shown["glyph"] = picture.to_data_url(pixels, "PNG")
    return where | result


def write_example(style):
    """Write a digit, each time a little differently, as strokes in JSON."""
    return json.dumps(ink.write(style, np.random.default_rng()))


def look_inside(content, wanted):
    """Show how a drawing became what the network sees, and what networks make of it.

    Args:
        content: the bytes of its file, from JavaScript.
        wanted: whether each step of `steps.leave_out` is done, as JSON.

    Returns:
        HTML as JSON: the steps, and the networks' answers.
    """
    digit, walked, answers = _last_digit(content.to_bytes()), None, {}
    if digit:
        walked = steps.walk(content.to_bytes(), digit)
        glyph = steps.leave_out(walked, **json.loads(wanted))
        answers = {name: model(name).read_glyph(glyph) for name in SHIPPED}
    shown = {
        "steps": panel.steps_html(walked),
        "networks": panel.networks_html(answers),
    }
    return json.dumps(shown)


def tell_why(content):
    """Show which ink an answer depends on, and what each stage of the network found."""
    digit = _last_digit(content.to_bytes())
    figures = explain.explain(model("cnn"), digit) if digit else {}
    return json.dumps({"why": panel.figures_html(figures)})


def _last_digit(content):
    digits = _reader().read(content).digits if content else ()
    return digits[-1] if digits else None


def teach(examples):
    """Teach the visitor's hand, and measure what that changes.

    Args:
        examples: as JSON, a list of [the glyph as a PNG in a data URL, its label]; none
            to forget the hand.

    Returns:
        As JSON, the numbers of digits that are right before and after, and all: of the
        visitor's own, of which none is asked about itself, and of MNIST's.
    """
    examples = json.loads(examples)
    taught.clear()
    if not examples:
        return json.dumps(None)
    glyphs = np.array([_open_glyph(url) for url, _ in examples])
    labels = np.array([label for _, label in examples])
    hand = neighbours.learn(model("cnn"), glyphs, labels)
    taught.append(neighbours.teach(model("cnn"), hand))
    answers = model("cnn").probabilities(glyphs)
    own = answers, hand.vote(hand.features, answers, but_own=True)
    features, before, truth = _sample()
    others = before, hand.vote(features, before)
    return json.dumps({"own": _count(own, labels), "mnist": _count(others, truth)})


def _reader():
    return taught[0] if taught else model("cnn")


def _open_glyph(url):
    content = base64.b64decode(url.partition(",")[2])
    pixels = np.asarray(Image.open(io.BytesIO(content), formats=["PNG"]).convert("L"))
    return pixels[..., None].astype(np.float32) / 255


@cache
def _sample():
    """Read some of MNIST's test digits once: features, probabilities, and labels."""
    with np.load(SAMPLE) as sample:
        glyphs = sample["images"][..., None].astype(np.float32) / 255
        truth = sample["labels"]
    features = neighbours.features_of(model("cnn"), glyphs)
    return features, model("cnn").probabilities(glyphs), truth


def _count(pair, labels):
    before, after = (int((each[:, :10].argmax(1) == labels).sum()) for each in pair)
    return [before, after, len(labels)]
