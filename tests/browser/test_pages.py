"""The page in a real browser: draw, upload, drop; with scripts and without."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from digitlib import ink
from digitlib.predict import load_model
from tests.browser.conftest import open_page, serve
from tests.conftest import ONE, SEVEN

SCREENSHOTS = Path(__file__).parents[2] / "test-results"


@pytest.fixture(scope="module")
def address():
    with serve(["-m", "app", "--port", "{port}"], "/healthz") as address:
        yield address


# --- Pictures ------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def note():
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


# --- What the page shows -------------------------------------------------------------


def assert_bars(digit, reading):
    """Ten bars with the numbers of the reading."""
    numbers = [f"{100 * p:.1f}%" for p in reading["probabilities"]]
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


# --- Drawing -------------------------------------------------------------------------


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


def predict(page):
    """Press Predict; gives the picture that the page sends, and the answer."""
    with page.expect_response("**/api/predict") as response:
        page.get_by_role("button", name="Predict").click()
    url = response.value.request.post_data_json["image"]
    content = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    return Image.open(io.BytesIO(content)), response.value.json()["results"][0]


def test_drawn_seven_is_read(page, address):
    page.goto(address)
    draw_with_mouse(page, SEVEN)
    sent, reading = predict(page)
    drawn = page.locator("#drawn")
    expect(drawn.locator(".text")).to_have_text("7")
    assert_bars(drawn, reading["digits"][0])
    assert_boxes(page.locator(".pad"), reading, sent.size)


@pytest.mark.parametrize("strokes", [SEVEN, ONE, TWO, ZERO, FOUR])
def test_pad_draws_what_ink_draws(page, address, strokes):
    page.goto(address)
    draw_with_mouse(page, strokes)
    sent, reading = predict(page)
    expected = ink.draw(strokes)
    assert sent.size == expected.size
    difference = np.asarray(sent.convert("L")).astype(int) - np.asarray(expected)
    assert (np.abs(difference) > 128).mean() < 0.001  # of all pixels
    of_library = load_model().read(expected).to_dict()
    assert reading["text"] == of_library["text"] != ""
    (ours,), (theirs,) = reading["digits"], of_library["digits"]
    assert np.allclose(ours["probabilities"], theirs["probabilities"], atol=0.02)


def test_dot_and_stroke_beyond_the_edge_are_drawn(page, address):
    page.goto(address)
    ((x, y),) = on_pad(page, [[(60, 60)]])[0]
    page.mouse.click(x, y)
    draw_with_mouse(page, [[(140, 140), (400, 140)], [(140, 200), (150, 200)]])
    sent, _ = predict(page)
    ink_at = np.asarray(sent.convert("L")) < 128
    assert ink_at[60, 60]
    assert ink_at[140, 140:].all()
    assert not ink_at[170].any()  # the pen was up in between


def test_clear_wipes_drawing_and_answer(page, address):
    page.goto(address)
    draw_with_mouse(page, SEVEN)
    predict(page)
    expect(page.locator("#drawn .text")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#drawn .text")).to_be_hidden()
    expect(page.locator(".pad rect")).to_have_count(0)
    sent, _ = predict(page)
    assert np.asarray(sent.convert("L")).min() == 255
    expect(page.locator("#drawn .message")).to_contain_text("No ink")


def test_answer_goes_when_the_drawing_changes(page, address):
    page.goto(address)
    draw_with_mouse(page, ONE)
    predict(page)
    expect(page.locator("#drawn .text")).to_be_visible()
    draw_with_mouse(page, [[(20, 20), (30, 20)]])
    expect(page.locator("#drawn .text")).to_be_hidden()


def test_finger_draws_on_a_phone(phone, address):
    phone.goto(address)
    (stroke,) = on_pad(phone, SEVEN)
    scrolled = phone.evaluate("scrollY")
    fingers = phone.context.new_cdp_session(phone)

    def touch(kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", stroke[0])
    for point in stroke[1:]:
        touch("touchMove", point)
    touch("touchEnd")
    assert phone.evaluate("scrollY") == scrolled
    _, reading = predict(phone)
    assert reading["text"] == "7"
    expect(phone.locator("#drawn .text")).to_have_text("7")
    sharp = "canvas => canvas.width / canvas.clientWidth"
    assert phone.locator("canvas").evaluate(sharp) == 2


# --- Uploading -----------------------------------------------------------------------


def test_uploaded_picture_stays_beside_its_result(page, address, seven):
    page.goto(address)
    with page.expect_response("**/api/predict") as response:
        page.set_input_files("input[type=file]", file(seven))
    (reading,) = response.value.json()["results"]
    result = page.locator(".result")
    expect(result.locator(".text")).to_have_text("7")
    expect(result.locator("h3")).to_have_text("seven.png")
    assert result.locator("img").evaluate("image => image.naturalWidth") == 280
    assert_boxes(result.locator(".picture"), reading, seven.size)
    assert_bars(result.locator(".digit"), reading["digits"][0])
    assert len(page.locator("[aria-live=polite] .result").all()) == 1


def test_boxes_are_right_on_a_photo_that_is_turned_by_exif(page, address, seven):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    wide = Image.new("L", (560, 280), 255)
    wide.paste(seven, (250, 0))
    photo = io.BytesIO()
    wide.rotate(90, expand=True).save(photo, "JPEG", exif=exif)
    upload = {"name": "7.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    page.goto(address)
    with page.expect_response("**/api/predict") as response:
        page.set_input_files("input[type=file]", upload)
    (reading,) = response.value.json()["results"]
    assert reading["text"] == "7"
    expect(page.locator(".result .text")).to_have_text("7")
    assert_boxes(page.locator(".result .picture"), reading, wide.size)


def test_several_files_each_get_their_result(page, address, seven, one):
    page.goto(address)
    text = {"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture"}
    blank = file(Image.new("L", (80, 80), 255), "blank.png")
    tiff = file(one, "one.tiff")  # which this browser cannot show
    page.set_input_files("input[type=file]", [file(seven), text, blank, tiff])
    results = page.locator(".result")
    expect(results).to_have_count(4)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(results.nth(0).locator(".text")).to_have_text("7")
    expect(results.nth(1).locator(".message")).to_contain_text("not a picture")
    expect(results.nth(1).locator("figure")).to_be_hidden()
    expect(results.nth(2).locator(".message")).to_contain_text("No ink")
    expect(results.nth(3).locator(".text")).to_have_text("1")
    expect(results.nth(3).locator("figure")).to_be_hidden()


def test_dropped_picture_is_read(page, address, one):
    page.goto(address)
    content = base64.b64encode(file(one)["buffer"]).decode()
    transfer = page.evaluate_handle(
        """content => {
            const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "one.png", { type: "image/png" }));
            return transfer;
        }""",
        content,
    )
    page.dispatch_event(".drop", "dragover", {"dataTransfer": transfer})
    expect(page.locator("#upload")).to_have_class("scripted over")
    page.dispatch_event(".drop", "drop", {"dataTransfer": transfer})
    expect(page.locator("#upload")).to_have_class("scripted")
    expect(page.locator(".result .text")).to_have_text("1")


def answer_with(page, **answer):
    page.route("**/api/predict", lambda route: route.fulfill(**answer))


def test_digit_that_is_not_accepted_is_explained(page, address, seven):
    digit = {
        "label": "?",
        "confidence": 0.4,
        "probabilities": [0.4, 0.3, 0.3, 0, 0, 0, 0, 0, 0, 0],
        "box": [70, 60, 210, 230],
        "accepted": False,
    }
    result = {"filename": "", "text": "?", "message": "", "digits": [digit]}
    answer_with(page, body=json.dumps({"results": [result]}))
    page.goto(address)
    page.set_input_files("input[type=file]", file(seven))
    expect(page.locator(".result .text")).to_have_text("?")
    expect(page.locator(".result .unsure").first).to_be_visible()
    expect(page.locator(".result p.unsure")).to_contain_text("not sure")
    expect(page.locator(".result rect.unsure")).to_have_count(1)


def test_server_that_refuses_or_is_away_is_told(page, address, seven):
    page.goto(address)
    answer_with(page, status=413, body="<h1>Request Entity Too Large</h1>")
    page.set_input_files("input[type=file]", file(seven))
    message = page.locator(".result").first.locator(".message")
    expect(message).to_contain_text("try a smaller picture")
    page.route("**/api/predict", lambda route: route.abort())
    page.set_input_files("input[type=file]", file(seven))
    expect(message).to_contain_text("does not answer")


# --- Without scripts, by keyboard, on narrow screens ---------------------------------


def test_upload_works_without_scripts(browser, address, note):
    with open_page(browser, java_script_enabled=False) as page:
        page.goto(address)
        expect(page.locator("canvas")).to_be_hidden()
        bad = {"name": "bad.png", "mimeType": "image/png", "buffer": b"not a picture"}
        page.set_input_files("input[type=file]", [file(note, "note.png"), bad])
        page.get_by_role("button", name="Read the digits").click()
        results = page.locator(".result")
        expect(results).to_have_count(2)
        expect(results.nth(0).locator(".text")).to_have_text("2047")
        expect(results.nth(0).locator("img")).to_be_visible()
        expect(results.nth(1).locator(".message")).to_contain_text("not a picture")
        reading = load_model().read(note).to_dict()
        assert_boxes(results.nth(0).locator(".picture"), reading, note.size)
        assert_bars(results.nth(0).locator(".digit").first, reading["digits"][0])


def test_keyboard_reaches_everything(page, address):
    page.goto(address)
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        reached.append(focus.get_attribute("id") or focus.get_attribute("name"))
        ring = page.locator(":focus-visible, .drop:has(:focus-visible)").first
        assert ring.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert reached == ["image", "predict", "clear"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#drawn .message")).to_contain_text("No ink")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_screen_shows_everything(browser, address, note, scheme):
    narrow = {"width": 320, "height": 640}
    with open_page(browser, viewport=narrow, color_scheme=scheme) as page:
        page.goto(address)
        assert_nothing_overflows(page)
        page.set_input_files("input[type=file]", file(note, "x" * 100 + ".png"))
        expect(page.locator(".result .text")).to_have_text("2047")
        assert_nothing_overflows(page)


# --- The pictures of the README ------------------------------------------------------


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_screenshots(request, address, note, screen):
    page = request.getfixturevalue({"desktop": "page"}.get(screen, screen))
    page.goto(address)
    page.set_input_files("input[type=file]", file(note, "my-number.png"))
    expect(page.locator(".result .text")).to_have_text("2047")
    draw_with_mouse(page, SEVEN)
    predict(page)
    expect(page.locator("#drawn .text")).to_have_text("7")
    SCREENSHOTS.mkdir(exist_ok=True)
    if screen == "phone":
        page.evaluate(
            "document.activeElement.blur(); draw.parentElement.scrollIntoView()"
        )
    path = SCREENSHOTS / f"pages-{screen}.png"
    page.screenshot(path=path, full_page=screen == "desktop")
