"""One drawing is the same digit through every door, and however it is shown."""

import asyncio
import base64
import io

import numpy as np
import pytest
from PIL import Image

from app import create_app
from app.results import to_result
from digitlib.dashboard.pad import SHARPNESS
from digitlib.dashboard.widget import Dashboard
from digitlib.reading import ink, load_model, to_glyphs, to_pixels
from digitlib.reading.picture import encode
from tests.apart import apart

HALF_A_LEVEL = 1 / 510  # what rounding to 256 levels may change

NAMED = {"filename": "", "page": 1, "pages": 1}  # of a picture that is no file


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def client():
    return create_app({"TESTING": True}).test_client()


@pytest.fixture(params=ink.STYLES)
def strokes(request):
    return ink.write(request.param)


# --- The same picture through every door ---------------------------------------------


def test_copybook_digits_are_read(model):
    texts = {style: model.read(ink.draw(ink.write(style))).text for style in ink.STYLES}
    assert texts == {style: style[0] for style in ink.STYLES}


def test_file_is_the_drawing(model, strokes, tmp_path):
    drawing = ink.draw(strokes)
    drawing.save(tmp_path / "drawing.png")
    expected, reading = model.read(drawing), model.read(tmp_path / "drawing.png")
    assert reading.to_dict() == expected.to_dict()
    np.testing.assert_array_equal(reading.digits[0].glyph, expected.digits[0].glyph)


def test_array_as_mnist_keeps_it_is_the_drawing(model, strokes):
    (digit,) = model.read(ink.draw(strokes)).digits
    (glyph,) = glyphs = to_glyphs(to_pixels(digit.glyph)[None])
    np.testing.assert_allclose(glyph, digit.glyph, atol=HALF_A_LEVEL + 1e-6)
    (probabilities,) = model.probabilities(glyphs)
    np.testing.assert_allclose(probabilities, digit.probabilities, atol=0.01)


def test_upload_is_the_drawing(client, model, strokes):
    drawing = ink.draw(strokes)
    file = io.BytesIO(encode(drawing)), "drawing.png"
    answer = client.post("/api/predict", data={"image": file}).get_json()
    expected = NAMED | {"filename": "drawing.png"} | to_result(model.read(drawing))
    assert answer == {"results": [expected]}


def test_data_url_is_the_drawing(client, model, strokes):
    drawing = ink.draw(strokes)
    url = "data:image/png;base64," + base64.b64encode(encode(drawing)).decode()
    answer = client.post("/api/predict", json={"image": url}).get_json()
    assert answer == {"results": [NAMED | to_result(model.read(drawing))]}


def draw_on(board, strokes):
    """Move the pen on the pad as a page reports it."""
    for stroke in strokes:
        *steps, last = [{"x": SHARPNESS * x, "y": SHARPNESS * y} for x, y in stroke]
        events = ["mouse_down", *["mouse_move"] * len(steps), "mouse_up"]
        for event, point in zip(events, [*steps, last, last], strict=True):
            board.pad.canvas[-1]._handle_frontend_event(
                None, {"event": event} | point, []
            )


def test_strokes_on_the_dashboard_are_the_drawing(model, strokes):
    board = Dashboard(model)

    async def play():
        draw_on(board, strokes)
        await board.settle()

    apart(lambda: asyncio.run(play()))
    (expected,), (digit,) = model.read(ink.draw(strokes)).digits, board.reading.digits
    assert (digit.label, digit.box) == (expected.label, expected.box)
    np.testing.assert_allclose(digit.glyph, expected.glyph, atol=0.01)
    np.testing.assert_allclose(digit.probabilities, expected.probabilities, atol=0.01)


# --- The same digit, shown in another way --------------------------------------------


def shifted(drawing):
    page = Image.new("L", (500, 400), 255)
    page.paste(drawing, (173, 64))
    return page


def coloured(drawing):
    """A blue pen on yellow paper."""
    share = np.asarray(drawing, np.float32)[..., None] / 255
    colours = share * (250, 240, 190) + (1 - share) * (30, 50, 160)
    return Image.fromarray(colours.astype(np.uint8))


def scaled(drawing, side):
    return drawing.resize((side, side), Image.Resampling.LANCZOS)


# Each way, and how much a glyph's pixels may change, as a mean over all styles: twice
# what was measured. Two different digits differ by 0.12. A digit of another size may be
# centred on the next pixel.
WAYS = {
    "light on dark": (lambda d: Image.eval(d, lambda level: 255 - level), 0.002),
    "shifted": (shifted, 0.001),
    "coloured": (coloured, 0.002),
    "JPEG": (lambda drawing: encode(drawing, "JPEG", quality=75), 0.002),
    "half as large": (lambda drawing: scaled(drawing, 140), 0.03),
    "three times as large": (lambda drawing: scaled(drawing, 840), 0.01),
}


@pytest.mark.parametrize("way", WAYS)
def test_digits_shown_in_another_way_are_the_same(model, way):
    change, most = WAYS[way]
    drawings = {style: ink.draw(ink.write(style)) for style in ink.STYLES}
    before = {style: model.read(each) for style, each in drawings.items()}
    after = {style: model.read(change(each)) for style, each in drawings.items()}
    assert {s: after[s].text for s in after} == {s: before[s].text for s in before}
    glyphs = [
        [reading[s].digits[0].glyph for s in drawings] for reading in (before, after)
    ]
    assert np.abs(np.subtract(*glyphs)).mean() < most
