"""What the browser tests of the web app draw, upload, and look for on its pages."""

import io
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from digitlib.reading import ink, show_confidence
from tests.conftest import SEVEN
from tests.launching import PATIENCE
from tests.sending import picture_of

COMMAND = ["-m", "app", "--port", "{port}"]


def file(image, name="seven.png"):
    """A picture as the browser takes it for a file."""
    content = io.BytesIO()
    image.save(content, Path(name).suffix[1:])
    return {"name": name, "mimeType": "image/png", "buffer": content.getvalue()}


def arc(centre, radii, start, end):
    """Points on an ellipse; degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 24))
    x = centre[0] + radii[0] * np.cos(angles)
    y = centre[1] + radii[1] * np.sin(angles)
    return list(zip(x, y, strict=True))


def move(strokes, x, y):
    return [[(a + x, b + y) for a, b in stroke] for stroke in strokes]


TWO = [[*arc((130, 110), (55, 50), 190, 400), (75, 230), (200, 228)]]
ZERO = [arc((135, 150), (55, 80), -80, 285)]
FOUR = [[(150, 65), (75, 175), (210, 170)], [(175, 120), (168, 240)]]


def draw_note():
    """The number 2047 in blue ink on warm paper, in uneven light."""
    strokes = [
        *move(TWO, 20, 45),
        *move(ZERO, 215, 60),
        *move(FOUR, 410, 40),
        *move(SEVEN, 600, 55),
    ]
    inked = ink.draw(strokes, (900, 400), pen_width=13)
    paper = np.linspace((246, 240, 226), (214, 206, 190), 900)[None].repeat(400, 0)
    paper = Image.fromarray(paper.astype(np.uint8))
    return Image.composite(paper, Image.new("RGB", inked.size, (34, 52, 120)), inked)


def draw_sheet():
    """Four lines of six, of which two are a scribble that is no digit."""
    turns = np.linspace(0, 2 * np.pi, 40)
    scribble = [
        [(140 + 90 * np.cos(5 * n * t), 140 + 90 * np.sin(3 * t)) for t in turns]
        for n in (1, 2)
    ]
    figures = [ink.write(style) for style in ink.STYLES] * 2
    figures[8] = figures[16] = scribble
    strokes = []
    for i, figure in enumerate(figures[:24]):
        row, column = divmod(i, 6)
        smaller = [[(0.4 * x, 0.4 * y) for x, y in stroke] for stroke in figure]
        strokes += move(smaller, 20 + 130 * column, 20 + 170 * row)
    return ink.draw(strokes, (820, 720), pen_width=7)


def assert_bars(digit, reading):
    """Ten bars with the numbers of the reading."""
    numbers = [show_confidence(p) for p in reading["probabilities"]]
    expect(digit.locator(".bars .number")).to_have_text(numbers)
    widths = digit.locator(".bars rect").evaluate_all(
        "bars => bars.map(bar => bar.getBoundingClientRect().width"
        " / bar.parentElement.getBoundingClientRect().width)"
    )
    assert np.allclose(widths, reading["probabilities"], atol=0.02)


BOXES = """async picture => {
    const image = picture.querySelector("img, canvas");
    await image.decode?.();
    const all = image.getBoundingClientRect();
    return [...picture.querySelectorAll(".boxes rect")].map(rect => {
        const box = rect.getBoundingClientRect();
        const [x, y] = [box.x - all.x, box.y - all.y];
        const edges = [x, y, x + box.width, y + box.height];
        return edges.map((edge, i) => edge / (i % 2 ? all.height : all.width));
    });
}"""


def assert_boxes(picture, reading, size):
    """A box round every digit, where it is in the picture that is shown."""
    expect(picture.locator(".boxes rect")).to_have_count(len(reading["digits"]))
    shown = np.array(picture.evaluate(BOXES)) * [*size, *size]
    expected = [digit["box"] for digit in reading["digits"]]
    assert np.allclose(shown, expected, atol=0.01 * max(size))


def assert_nothing_overflows(page):
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]


def on_pad(page, strokes):
    """The strokes of a pad of ink.PAD_SIDE, as places on the page."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    scale = box["width"] / ink.PAD_SIDE
    return [
        [(box["x"] + x * scale, box["y"] + y * scale) for x, y in stroke]
        for stroke in strokes
    ]


def draw_with_mouse(page, strokes):
    for first, *others in on_pad(page, strokes):
        page.mouse.move(*first)
        page.mouse.down()
        for point in others:
            page.mouse.move(*point, steps=5)
        page.mouse.up()


def settle(page):
    """Wait until the drawing is read as it is, and what was read is shown."""
    expect(page.locator("#drawn[aria-busy=true]")).to_have_count(0)
    page.wait_for_function("[...document.images].every(image => image.complete)")


def wait_until(page, condition):
    """Wait until it is so; meanwhile the page's events are answered."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        page.wait_for_timeout(20)


class Sent:
    """What the page sends to the API from now on, and what it gets."""

    def __init__(self, page):
        self.responses = []
        page.on(
            "response",
            lambda response: (
                "/api/predict" in response.url and self.responses.append(response)
            ),
        )

    def last(self):
        """The last drawing as a picture, and the result that came for it."""
        response = self.responses[-1]
        url = response.request.post_data_json["image"]
        return picture_of(url), response.json()["results"][0]
