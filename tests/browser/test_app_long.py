"""A long reading in a real browser: its lines, its size, and its digits, folded."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.app_page import (
    COMMAND,
    assert_nothing_overflows,
    draw_sheet,
    file,
)
from tests.browser.conftest import open_page, serve

CHOOSE = "input[type=file]:not([capture])"
SUMMARY = "24 digits: 22 sure, 2 in doubt"
LOOK = """text => {
    const style = getComputedStyle(text);
    const [size, line] = [style.fontSize, style.lineHeight].map(parseFloat);
    const padding = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    const rows = Math.round((text.clientHeight - padding) / line);
    return { size, rows, scrolls: text.scrollWidth > text.clientWidth + 1 };
}"""


@pytest.fixture(scope="module")
def address():
    with serve(COMMAND, "/healthz") as address:
        yield address


@pytest.fixture(scope="module")
def sheet():
    return file(draw_sheet(), "sheet.png")


def read(page, address, sheet):
    """The card of the sheet, once it was read."""
    page.goto(address)
    page.set_input_files(CHOOSE, sheet)
    card = page.locator(".result")
    expect(card.locator(".text")).to_have_text("001111\n22?344\n5567?7\n889900")
    return card


def told(card):
    """What a card says: its size, its sentence, and each digit with its place."""
    return (
        card.locator(".text").get_attribute("data-columns"),
        card.locator(".all > summary").text_content(),
        card.locator(".label").all_text_contents(),
        card.locator(".place").all_text_contents(),
        card.locator(".confidence").all_text_contents(),
    )


def test_many_digits_are_folded_and_those_in_doubt_come_first(page, address, sheet):
    card = read(page, address, sheet)
    summary = card.get_by_text(SUMMARY)
    expect(summary).to_be_visible()
    expect(card.locator(".digit")).to_have_count(24)
    expect(card.locator(".digit").first).to_be_hidden()
    expect(page.locator("#progress-text")).to_have_text(
        f"sheet.png: {SUMMARY}. 1 of 1 read."
    )
    summary.click()
    expect(card.locator(".digit").first).to_be_visible()
    places = card.locator(".digit:has(.label.unsure) .place")
    expect(places).to_have_text(["line 2, digit 3", "line 3, digit 5"])
    assert card.locator(".label").all_text_contents()[:2] == ["?", "?"]


def test_few_digits_are_not_folded(page, address, seven):
    page.goto(address)
    page.set_input_files(CHOOSE, file(seven))
    card = page.locator(".result")
    expect(card.locator(".digit")).to_be_visible()
    expect(card.locator(".all > summary")).to_be_hidden()
    expect(card.locator(".all > .hint")).to_be_hidden()
    expect(card.locator(".place")).to_have_text("")


def test_with_and_without_scripts_it_is_the_same(browser, page, address, sheet, seven):
    """`arrange` in result.js and in Python."""
    bad = {"name": "bad.png", "mimeType": "image/png", "buffer": b"not a picture"}
    files = [sheet, file(seven), bad]
    page.goto(address)
    page.set_input_files(CHOOSE, files)
    expect(page.locator("#progress-text")).to_contain_text("3 of 3 read")
    with_scripts = [told(card) for card in page.locator(".result").all()]
    with open_page(browser, java_script_enabled=False) as plain:
        plain.goto(address)
        plain.set_input_files(CHOOSE, files)
        plain.get_by_role("button", name="Read the digits").click()
        expect(plain.get_by_text(SUMMARY)).to_be_visible()
        expect(plain.locator("#results .digit").first).to_be_hidden()
        assert [told(card) for card in plain.locator(".result").all()] == with_scripts


def result_of(*texts, message="Something was left out."):
    """A reading of these lines, as the API answers it."""
    digits, lines = [], []
    for text in texts:
        count = sum(each != " " for each in text)
        indices = [*range(len(digits), len(digits) + count)]
        lines.append({"text": text, "box": [0, 0, 9, 9], "digits": indices})
        digits += [
            {
                "label": each,
                "confidence": 0.9,
                "probabilities": [0.1] * 10,
                "box": [0, 0, 9, 9],
                "accepted": each != "?",
                "glyph": "data:,",
            }
            for each in text.replace(" ", "")
        ]
    return {
        "text": "\n".join(texts),
        "message": message,
        "lines": lines,
        "digits": digits,
    }


def answer_with(page, *texts):
    """Have the server's answer be a reading of these lines."""
    body = json.dumps({"results": [result_of(*texts)]})
    page.unroute_all()
    page.route("**/api/predict", lambda route: route.fulfill(body=body))


SHAPES = {  # from the largest to the smallest
    "one digit": ["7"],
    "a date": ["24 12 2026"],
    "a table": ["1234? 678 12345"] * 9,
    "a page": ["1 2 3 4 5 6 7 8 9 0"] * 22,
    "a line too wide for any screen": ["1234567890" * 13],
}


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_line_is_broken_and_the_page_never_scrolls(browser, address, sheet, width):
    screen = {"width": width, "height": 800}
    sizes = []
    with open_page(browser, viewport=screen) as page:
        page.goto(address)
        for name, texts in SHAPES.items():
            answer_with(page, *texts)
            page.set_input_files(CHOOSE, sheet)
            card = page.locator(".result").first
            expect(card.locator(".text")).to_have_text("\n".join(texts))
            expect(card.locator(".message")).to_be_visible()
            look = card.locator(".text").evaluate(LOOK)
            assert look["rows"] == len(texts), name
            assert look["scrolls"] == ("too wide" in name), name
            assert_nothing_overflows(page)
            sizes.append(look["size"])
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] >= 48, "one digit is large"
    assert sizes[0] > sizes[2] > sizes[-1] >= 14, "a table is smaller, but legible"


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_axe_finds_nothing(browser, address, sheet, scheme, width):
    """Folded, open, and with a text that has to be scrolled by keyboard."""
    screen = {"width": width, "height": 800}
    with open_page(browser, viewport=screen, color_scheme=scheme) as page:
        card = read(page, address, sheet)
        assert_axe_finds_nothing(page)
        card.get_by_text(SUMMARY).click()
        card.locator(".digit summary").first.click()
        assert_axe_finds_nothing(page)
        answer_with(page, *SHAPES["a line too wide for any screen"])
        page.set_input_files(CHOOSE, sheet)
        written = page.locator(".result").first.locator(".text")
        expect(written).to_have_text("1234567890" * 13)
        assert written.evaluate(LOOK)["scrolls"]
        assert_axe_finds_nothing(page)
        written.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
        assert written.evaluate("text => text.scrollLeft") > 0


def assert_axe_finds_nothing(page):
    results = Axe().run(page)
    assert not results.violations_count, results.generate_report()


def test_on_a_phone_all_is_large_enough_for_a_finger(phone, address, sheet):
    """And nothing speaks of a keyboard."""
    card = read(phone, address, sheet)
    card.get_by_text(SUMMARY).click()
    expect(phone.locator("#keys")).to_be_hidden()
    touched = phone.locator("a:not(.skip), button, summary, label").filter(visible=True)
    heights = {
        each.text_content(): each.bounding_box()["height"] for each in touched.all()
    }
    assert len(heights) > 20
    assert {text: height for text, height in heights.items() if height < 44} == {}


def test_on_a_desktop_the_keys_are_told(page, address):
    page.goto(address)
    expect(page.locator("#keys")).to_be_visible()
