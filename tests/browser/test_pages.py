"""The pages in a real browser: upload, drop, paste; with scripts and without.

Drawing is in test_app_draw.py.
"""

import base64
import io
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from digitlib.reading import load_model
from tests import filing
from tests.browser.app_page import (
    COMMAND,
    assert_bars,
    assert_boxes,
    assert_nothing_overflows,
    draw_note,
    draw_with_mouse,
    file,
    settle,
    wait_until,
)
from tests.browser.conftest import open_page, serve
from tests.conftest import SEVEN

SCREENSHOTS = Path(__file__).parents[2] / "test-results"
CHOOSE = "input[type=file]:not([capture])"


@pytest.fixture(scope="module")
def address():
    with serve(COMMAND, "/healthz") as address:
        yield address


@pytest.fixture(scope="module")
def note():
    return draw_note()


# --- Uploading -----------------------------------------------------------------------


def test_uploaded_picture_stays_beside_its_result(page, address, seven):
    page.goto(address)
    with page.expect_response("**/api/predict") as response:
        page.set_input_files(CHOOSE, file(seven))
    (reading,) = response.value.json()["results"]
    result = page.locator(".result")
    expect(result.locator(".text")).to_have_text("7")
    expect(result.locator("h3")).to_have_text("seven.png")
    assert result.locator("figure img").evaluate("image => image.naturalWidth") == 280
    assert_boxes(result.locator(".picture"), reading, seven.size)
    assert_bars(result.locator(".digit"), reading["digits"][0])
    expect(page.locator("#progress-text")).to_have_text(
        re.compile(r"^seven.png: 7, (over )?[\d.]+ % sure")
    )


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
        page.set_input_files(CHOOSE, upload)
    (reading,) = response.value.json()["results"]
    assert reading["text"] == "7"
    expect(page.locator(".result .text")).to_have_text("7")
    assert_boxes(page.locator(".result .picture"), reading, wide.size)


def test_several_files_each_get_their_result(page, address, seven, one):
    page.goto(address)
    text = {"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture"}
    blank = file(Image.new("L", (80, 80), 255), "blank.png")
    tiff = {**file(one, "one.tiff"), "mimeType": "image/tiff"}
    page.set_input_files(CHOOSE, [file(seven), text, blank, tiff])
    results = page.locator(".result")
    expect(results).to_have_count(4)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(results.nth(0).locator(".text")).to_have_text("7")
    expect(results.nth(1).locator(".message")).to_contain_text("not a picture")
    expect(results.nth(1).locator("figure")).to_be_hidden()
    expect(results.nth(2).locator(".message")).to_contain_text("No ink")
    expect(results.nth(3).locator(".text")).to_have_text("1")
    # This browser cannot show it, and the server sends it as it was read.
    expect(results.nth(3).locator("figure")).to_be_visible()
    expect(results.nth(3).locator(".not-shown")).to_be_hidden()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "4")
    expect(page.get_by_role("status").first).to_contain_text("4 of 4 read")


def test_every_page_of_a_file_has_a_card(page, address, seven, one):
    page.goto(address)
    tiff = filing.damage_page(filing.tiff(seven, one, one), 2)
    scan = {
        "name": "a.pdf",
        "mimeType": "application/pdf",
        "buffer": filing.scan(one, seven),
    }
    photo = {"name": "a.heic", "mimeType": "", "buffer": filing.heic(seven)}
    files = [{"name": "a.tif", "mimeType": "image/tiff", "buffer": tiff}, scan, photo]
    page.set_input_files(CHOOSE, files)
    results = page.locator(".result")
    expect(results).to_have_count(6)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    names = [f"page {number} of a.tif" for number in (1, 2, 3)]
    names += ["page 1 of a.pdf", "page 2 of a.pdf", "a.heic"]
    expect(results.locator("h3")).to_have_text(names)
    texts = ["7", "", "1", "1", "7", "7"]
    expect(results.locator(".text")).to_have_text(texts)
    expect(results.nth(1).locator(".message")).to_contain_text("damaged")
    for i, text in enumerate(texts):
        expect(results.nth(i).locator("figure")).to_be_visible(visible=bool(text))
        if text:
            assert_box_is_on_the_ink(results.nth(i))


def assert_box_is_on_the_ink(card):
    """The box lies within its picture, and is as large as such a digit."""
    picture, box = (
        card.locator(each).bounding_box() for each in (".picture img", ".boxes rect")
    )
    assert picture["x"] < box["x"] < picture["x"] + picture["width"] / 2
    assert 0.4 < box["height"] / picture["height"] < 0.9


TRANSFER = """content => {
    const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "one.png", { type: "image/png" }));
    return transfer;
}"""


@pytest.fixture
def transfer(page, address, one):
    """A picture on its way into the page, by the mouse or the clipboard."""
    page.goto(address)
    content = base64.b64encode(file(one)["buffer"]).decode()
    return page.evaluate_handle(TRANSFER, content)


def test_dropped_picture_is_read(page, transfer):
    page.dispatch_event(".drop", "dragover", {"dataTransfer": transfer})
    expect(page.locator("#upload")).to_have_class("scripted over")
    page.dispatch_event(".drop", "drop", {"dataTransfer": transfer})
    expect(page.locator("#upload")).to_have_class("scripted")
    expect(page.locator(".result .text")).to_have_text("1")


PASTE = """clipboardData =>
    dispatchEvent(new ClipboardEvent("paste", { clipboardData }))"""


def test_pasted_picture_is_read(page, transfer):
    page.evaluate(PASTE, transfer)
    expect(page.locator(".result .text")).to_have_text("1")


def test_pasted_text_is_nothing(page, address):
    page.goto(address)
    page.evaluate(PASTE, page.evaluate_handle("new DataTransfer"))
    expect(page.locator("#progress")).to_be_hidden()


def test_more_than_twenty_files_are_told(page, address, one):
    page.goto(address)
    page.set_input_files(CHOOSE, [file(one, f"{i}.png") for i in range(22)])
    status = page.get_by_role("status").first
    expect(status).to_contain_text("20 of 20 read")
    expect(status).to_contain_text("The last 2 were too many")
    expect(page.locator(".result")).to_have_count(20)


def test_picture_is_shown_before_it_is_read(page, address, one):
    page.goto(address)
    held = []
    page.route("**/api/predict", lambda route: held.append(route))  # noqa: PLW0108
    page.set_input_files(CHOOSE, file(one))
    result = page.locator(".result")
    expect(result.locator(".message")).to_have_text("Reading …")
    shown = "image => image.decode().then(() => image.naturalWidth)"
    assert result.locator("img").first.evaluate(shown) == 280
    expect(page.get_by_role("status").first).to_have_text("0 of 1 read.")
    wait_until(page, lambda: held)
    held[0].continue_()
    expect(result.locator(".text")).to_have_text("1")


def test_phone_offers_its_camera(phone, page, address, one):
    phone.goto(address)
    camera = phone.locator("input[capture]")
    expect(phone.get_by_text("Take a photo")).to_be_visible()
    assert camera.get_attribute("capture") == "environment"
    camera.set_input_files(file(one, "camera.png"))
    expect(phone.locator(".result .text")).to_have_text("1")
    page.goto(address)
    expect(page.get_by_text("Take a photo")).to_be_hidden()


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
    page.set_input_files(CHOOSE, file(seven))
    expect(page.locator(".result .text")).to_have_text("?")
    expect(page.locator(".result .unsure").first).to_be_visible()
    expect(page.locator(".result p.unsure")).to_contain_text("not sure")
    expect(page.locator(".result rect.unsure")).to_have_count(1)


def test_page_shows_a_confidence_as_the_library_does(page, address, seven):
    shares = [1, 0.9991, 0.999001, 0.999, 0.9989, 0.5, 0.0301, 0.0004, 0.000001, 0]
    digit = {
        "label": "0",
        "confidence": 1,
        "probabilities": shares,
        "box": [70, 60, 210, 230],
        "accepted": True,
    }
    result = {"filename": "", "text": "0", "message": "", "digits": [digit]}
    answer_with(page, body=json.dumps({"results": [result]}))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(address)
    page.set_input_files(CHOOSE, file(seven))
    assert_bars(page.locator(".result .digit"), digit)
    expect(page.locator(".result .confidence")).to_have_text("confidence over 99.9 %")
    fits = "all => all.every(number => number.scrollWidth <= number.clientWidth)"
    assert page.locator(".result .bars .number").evaluate_all(fits)


def test_server_that_refuses_or_is_away_is_told(page, address, seven):
    page.goto(address)
    answer_with(page, status=413, body="<h1>Request Entity Too Large</h1>")
    page.set_input_files(CHOOSE, file(seven))
    message = page.locator(".result").first.locator(".message")
    expect(message).to_contain_text("try a smaller picture")
    page.route("**/api/predict", lambda route: route.abort())
    page.set_input_files(CHOOSE, file(seven))
    expect(message).to_contain_text("does not answer")


# --- Without scripts, by keyboard, on narrow screens ---------------------------------


def test_upload_works_without_scripts(browser, address, note):
    with open_page(browser, java_script_enabled=False) as page:
        page.goto(address)
        expect(page.locator("canvas")).to_be_hidden()
        expect(page.locator("#progress")).to_be_hidden()
        bad = {"name": "bad.png", "mimeType": "image/png", "buffer": b"not a picture"}
        page.set_input_files(CHOOSE, [file(note, "note.png"), bad])
        page.get_by_role("button", name="Read the digits").click()
        results = page.locator(".result")
        expect(results).to_have_count(2)
        expect(results.nth(0).locator(".text")).to_have_text("2047")
        expect(results.nth(0).locator("figure img")).to_be_visible()
        expect(results.nth(1).locator(".message")).to_contain_text("not a picture")
        reading = load_model().read(note).to_dict()
        assert_boxes(results.nth(0).locator(".picture"), reading, note.size)
        assert_bars(results.nth(0).locator(".digit").first, reading["digits"][0])


def test_keyboard_reaches_everything_and_shows_where_it_is(page, address):
    page.goto(address)
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        names = (focus.get_attribute("id"), focus.get_attribute("name"))
        reached.append(next(filter(None, names), focus.text_content()))
        ring = page.locator(":focus-visible, :is(label, .pad):has(:focus-visible)")
        styles = "all => all.map(e => getComputedStyle(e).outlineStyle)"
        assert "solid" in ring.evaluate_all(styles)
    assert reached[:5] == ["Skip to the content", "Read", "Help", "API", "image"]
    assert reached[5:] == ["", "undo", "clear", "How well it reads"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_screen_shows_everything(browser, address, note, scheme):
    narrow = {"width": 320, "height": 640}
    with open_page(browser, viewport=narrow, color_scheme=scheme) as page:
        page.goto(address)
        assert_nothing_overflows(page)
        page.set_input_files(CHOOSE, file(note, "x" * 100 + ".png"))
        expect(page.locator(".result .text")).to_have_text("2047")
        assert_nothing_overflows(page)


@pytest.mark.parametrize("path", ["/help", "/api/docs", "/nothing"])
def test_narrow_screen_shows_the_other_pages(browser, address, path):
    with open_page(browser, viewport={"width": 320, "height": 640}) as page:
        page.goto(address + path)
        assert_nothing_overflows(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_keeps_people_out(browser, address, note, scheme, width):
    """No rule of axe is broken, before and after something was read."""
    screen = {"width": width, "height": 800}
    with open_page(browser, viewport=screen, color_scheme=scheme) as page:
        for path in ("/help", "/api/docs", "/nothing", "/"):
            page.goto(address + path)
            assert_axe_finds_nothing(page)
        bad = {"name": "bad.png", "mimeType": "image/png", "buffer": b"not a picture"}
        page.set_input_files(CHOOSE, [file(note, "note.png"), bad])
        expect(page.get_by_role("status").first).to_contain_text("2 of 2")
        draw_with_mouse(page, SEVEN)
        settle(page)
        assert_axe_finds_nothing(page)


def assert_axe_finds_nothing(page):
    results = Axe().run(page)
    assert not results.violations_count, results.generate_report()


# --- The pictures of the README ------------------------------------------------------


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_screenshots(request, address, note, screen):
    page = request.getfixturevalue({"desktop": "page"}.get(screen, screen))
    page.goto(address)
    page.set_input_files(CHOOSE, file(note, "my-number.png"))
    expect(page.locator(".result .text")).to_have_text("2047")
    draw_with_mouse(page, SEVEN)
    settle(page)
    expect(page.locator("#drawn .text")).to_have_text("7")
    SCREENSHOTS.mkdir(exist_ok=True)
    if screen == "phone":
        page.evaluate(
            "document.activeElement.blur(); draw.parentElement.scrollIntoView()"
        )
    path = SCREENSHOTS / f"pages-{screen}.png"
    page.screenshot(path=path, full_page=screen == "desktop")
