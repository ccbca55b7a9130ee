"""The dashboard as visitors have it: voila's page, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from digitlib.dashboard.limits import FILE_BYTES
from digitlib.reading import ink, load_model
from digitlib.reading.ink import PAD_SIDE
from digitlib.reading.manifest import SHIPPED
from digitlib.workshop.demo import dashboard_command
from tests.browser.app_page import draw_sheet
from tests.browser.conftest import ROOT, open_page, serve

PICTURES = ROOT / "test-results"


@pytest.fixture(scope="module")
def address():
    with serve(dashboard_command("{port}"), "/voila/static/voila.js") as address:
        yield address


def pad(page):
    """The pad's place on the page, and its pixels for each pixel of `ink.draw`."""
    canvas = page.locator('.digit-pad canvas[role="application"]')  # all is in place
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return box["x"], box["y"], box["width"] / PAD_SIDE


def draw(page, strokes):
    """Draw with the mouse."""
    left, top, scale = pad(page)
    for stroke in strokes:
        for i, (x, y) in enumerate(stroke):
            page.mouse.move(left + x * scale, top + y * scale, steps=4)
            if i == 0:
                page.mouse.down()
        page.mouse.up()


def draw_by_touch(page, strokes):
    """Draw with a finger."""
    session = page.context.new_cdp_session(page)
    left, top, scale = pad(page)

    def touch(kind, *points):
        points = [{"x": left + x * scale, "y": top + y * scale} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for stroke in strokes:
        touch("touchStart", stroke[0])
        for point in stroke[1:]:
            touch("touchMove", point)
        touch("touchEnd")


# The last thing the page is told of a drawing is what it says to screen readers: then
# all else is there. And if it is all of the drawing, the library is as sure of it.
SETTLED = """confidence => {
    const text = (selector) => document.querySelector(selector).textContent.trim();
    const [answer, comment] = [text(".digit-text"), text(".digit-answer p")];
    return text("[role=status]") === `${answer} ${comment}`
        && Math.abs(parseFloat(comment.replace("over ", "")) - 100 * confidence) < 2;
}"""


def settle(page, strokes):
    """Wait until the page shows all about one digit, drawn with these strokes."""
    (digit,) = load_model().read(ink.draw(strokes)).digits
    page.wait_for_function(SETTLED, arg=digit.confidence)


def expect_answer(page, answer):
    expect(page.locator(".digit-text")).to_have_text(answer)


def test_a_seven_drawn_with_the_mouse(page, address, seven_strokes):
    page.goto(address)
    draw(page, seven_strokes)
    expect_answer(page, "7")
    expect(page.locator(".digit-best")).to_contain_text("7")
    expect(page.locator(".digit-seen img")).to_have_count(1)
    settle(page, seven_strokes)
    page.screenshot(path=PICTURES / "dashboard-desktop.png")


def test_a_seven_drawn_with_a_finger(phone, address, seven_strokes):
    phone.set_viewport_size({"width": 390, "height": 1064})  # all of it in the picture
    phone.goto(address)
    draw_by_touch(phone, seven_strokes)
    expect_answer(phone, "7")
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width == 390, "the page is wider than the phone"
    settle(phone, seven_strokes)
    phone.screenshot(path=PICTURES / "dashboard-phone.png")


def test_clear_and_undo(page, address, seven_strokes):
    page.goto(address)
    draw(page, seven_strokes)
    expect_answer(page, "7")
    page.get_by_role("button", name="Clear").click()
    expect_answer(page, "")
    expect(page.locator(".digit-answer p")).to_contain_text("Draw a digit")
    wait_for_ink(page, "=== 0")
    draw(page, seven_strokes)
    expect_answer(page, "7")
    page.get_by_role("button", name="Undo").click()
    expect_answer(page, "")


INK = """() => {
    const canvas = document.querySelector(".digit-pad canvas");
    const { width, height } = canvas;
    const all = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    return all.filter((value, i) => i % 4 === 3 && value > 0).length;
}"""


def ink_on(page):
    """How many pixels of the pad are not blank."""
    return page.evaluate(INK)


def wait_for_ink(page, many):
    """Wait until so many pixels are not blank: the pad is drawn after the answer."""
    page.wait_for_function(f"({INK})() {many}")


def test_the_whole_pad_takes_ink(page, address):
    page.goto(address)
    corners = [
        (4, 4),
        (PAD_SIDE - 4, 4),
        (PAD_SIDE - 4, PAD_SIDE - 4),
        (4, PAD_SIDE - 4),
    ]
    page.wait_for_selector(".digit-pad canvas")
    left, top, scale = pad(page)
    for x, y in corners:
        point = [left + x * scale, top + y * scale]
        at = page.evaluate("([x, y]) => document.elementFromPoint(x, y).tagName", point)
        assert at == "CANVAS", f"something covers the pad at {x}, {y}"
    draw(page, [corners])
    wait_for_ink(page, "> 0")
    expect(page.get_by_text("There is ink in the picture")).to_be_visible()


def test_dark(browser, address, seven_strokes):
    with open_page(browser, color_scheme="dark") as page:
        page.goto(address)
        draw(page, seven_strokes)
        expect_answer(page, "7")
        card = page.locator(".digit-pad")
        expect(card).to_have_css("background-color", "rgb(28, 32, 38)")


def test_everything_about_a_drawing_is_shown(page, address, seven_strokes):
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto(address)
    draw(page, seven_strokes)
    expect_answer(page, "7")
    steps, networks, why = page.locator(".digit-card").all()
    expect(steps.locator("img")).to_have_count(4)
    expect(networks.locator("tr")).to_have_count(1 + len(SHIPPED))
    expect(why.locator("img")).to_have_count(4)
    settle(page, seven_strokes)
    page.screenshot(path=PICTURES / "dashboard-desktop-all.png")
    mlp = networks.locator("tr", has_text="mlp")
    before = mlp.text_content()
    networks.get_by_label("Cut out").uncheck()
    networks.get_by_label("Moved to the centre").uncheck()
    expect(mlp).not_to_have_text(before)


def beside(strokes):
    """The same digit twice, side by side, each half as wide."""
    return [
        [[(x / 2 + offset, y) for x, y in stroke] for stroke in strokes]
        for offset in (0, 140)
    ]


def test_two_digits_have_a_box_each(page, address, seven_strokes):
    page.goto(address)
    left, right = beside(seven_strokes)
    draw(page, left)
    expect_answer(page, "7")
    before = ink_on(page)
    draw(page, right)
    expect_answer(page, "77")
    wait_for_ink(page, f"> {2.1 * before}")  # both, and a box round each
    expect(page.locator(".digit-seen img")).to_have_count(2)


def test_two_visitors_never_see_each_others_strokes(browser, address, seven_strokes):
    with open_page(browser) as one, open_page(browser) as other:
        for page in (one, other):
            page.goto(address)
            page.wait_for_selector(".digit-pad canvas")
        draw(one, seven_strokes)
        expect_answer(one, "7")
        draw(other, [[(140, 50), (138, 140), (136, 230)]])
        expect_answer(other, "1")
        expect_answer(one, "7")
        one.get_by_role("button", name="Clear").click()
        expect_answer(one, "")
        expect_answer(other, "1")


def test_with_the_keyboard_alone(page, address):
    page.goto(address)
    page.wait_for_selector('.digit-pad canvas[role="application"]')
    focus_on(page, "CANVAS")
    page.keyboard.press("Space")
    for _ in range(14):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect_answer(page, "1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect_answer(page, "")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".digit-pad canvas")).to_be_focused()


def focus_on(page, tag):
    """Press Tab until an element of this kind has the focus."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == tag:
            return
    raise AssertionError(f"Tab never reaches a {tag}")


def test_every_control_has_a_name_and_can_be_reached(page, address, seven_strokes):
    page.goto(address)
    draw(page, seven_strokes)
    expect(page.get_by_role("link", name="Save PNG")).to_be_visible()
    page.locator("h1").click()
    names = ["Undo", "Redo", "Clear", "Pen", "Load", "Open a picture", "Save drawing"]
    for name in [*names, "Save PNG", "Dark on light", "Cut out", "Moved"]:
        control = page.locator(".digit-dashboard").get_by_role("button", name=name)
        control = control.or_(page.get_by_label(name))
        control = control.or_(page.get_by_role("link", name=name)).first
        for _ in range(12):
            page.keyboard.press("Tab")
            if control.evaluate("each => each === document.activeElement"):
                break
        expect(control).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_out(browser, address, seven_strokes, scheme):
    with open_page(browser, color_scheme=scheme) as page:
        page.goto(address)
        draw(page, seven_strokes)
        expect_answer(page, "7")
        expect(page.get_by_role("status")).to_contain_text("7")
        found = Axe().run(page, context={"include": [[".digit-dashboard"]]})
        assert not found.violations_count, found.generate_report()


def test_a_picture_is_opened_and_read(page, address, seven, tmp_path):
    seven.save(tmp_path / "seven.png")
    page.goto(address)
    page.get_by_label("Open a picture").set_input_files(tmp_path / "seven.png")
    expect_answer(page, "7")
    wait_for_ink(page, "> 0")
    (tmp_path / "notes.txt").write_text("no picture")
    page.get_by_label("Open a picture").set_input_files(tmp_path / "notes.txt")
    expect(page.get_by_role("alert")).to_contain_text("not a picture")
    expect_answer(page, "7")


@pytest.mark.parametrize("width", [320, 1280])
def test_many_digits_are_folded(browser, address, tmp_path, width):
    """Each line keeps its place, and what was left out is told."""
    draw_sheet().save(tmp_path / "sheet.png")
    touch = width < 640
    screen = {"viewport": {"width": width, "height": 800}, "has_touch": touch}
    with open_page(browser, is_mobile=touch, **screen) as page:
        page.goto(address)
        page.get_by_label("Open a picture").set_input_files(tmp_path / "sheet.png")
        expect_answer(page, "001111\n22?344\n5567?7\n889900")
        top = page.locator(".digit-top")
        text, comment = (
            top.locator(each).bounding_box() for each in (".digit-text", "p")
        )
        assert text["y"] + text["height"] <= comment["y"], "the comment covers the text"
        size = page.locator(".digit-text").evaluate(
            "text => parseFloat(getComputedStyle(text).lineHeight)"
        )
        assert text["height"] == pytest.approx(4 * size, abs=2), "a line is broken"
        listed = page.locator(".digit-list li")
        expect(listed.first).to_be_hidden()
        said = "24 digits: 22 sure, 2 in doubt"
        expect(page.get_by_role("status").first).to_contain_text(said)
        page.locator("summary", has_text=said).click()
        expect(listed.first).to_contain_text("line 2, digit 3")
        expect(listed).to_have_count(24)
        expect(page.locator(".digit-doubt")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page, context={"include": [[".digit-dashboard"]]})
        assert not found.violations_count, found.generate_report()


def test_a_drawing_is_saved_and_opened_again(page, address, seven_strokes, tmp_path):
    page.goto(address)
    draw(page, seven_strokes)
    for name in ("Save drawing", "Save PNG"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    assert load_model().read(tmp_path / "drawing.png").text == "7"
    page.get_by_role("button", name="Clear").click()
    expect_answer(page, "")
    page.get_by_label("Open a picture").set_input_files(tmp_path / "drawing.json")
    expect_answer(page, "7")


def test_a_large_picture_arrives(page, address, seven, tmp_path):
    large = tmp_path / "large.bmp"
    seven.convert("RGB").resize((2400, 2400)).save(large)
    assert 16e6 < large.stat().st_size < FILE_BYTES
    page.goto(address)
    page.get_by_label("Open a picture").set_input_files(large)
    expect_answer(page, "7")


def test_a_file_beyond_the_limit_is_not_sent(page, address, tmp_path):
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(FILE_BYTES + 1)
    page.goto(address)
    page.get_by_label("Open a picture").set_input_files(tmp_path / "large.png")
    expect(page.get_by_role("alert")).to_contain_text("larger than 20 MB")


def test_on_the_narrowest_phone(browser, address, seven_strokes):
    size = {"width": 320, "height": 640}
    with open_page(browser, viewport=size, has_touch=True, is_mobile=True) as page:
        page.goto(address)
        before = pad(page)
        draw_by_touch(page, seven_strokes)
        expect_answer(page, "7")
        assert pad(page) == before, "the pad moves under the finger"
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        lowest, top = page.evaluate(
            """() => [
                document.querySelector(".digit-text").getBoundingClientRect().bottom,
                document.querySelector(".digit-pad canvas").getBoundingClientRect().top,
            ]"""
        )
        assert lowest <= top, "a hand covers the answer"


# The longest comment: where it begins, and ends; where the pictures above it end.
LONGEST = """top => {
    const place = (selector) => top.querySelector(selector).getBoundingClientRect();
    top.querySelector("p").textContent = "Least sure about the 7: over 99.9 %";
    return [place("img").bottom, place("p").top, place("p").bottom,
        top.getBoundingClientRect().bottom];
}"""


def test_the_narrowest_phone_says_all_of_two_digits(browser, address, seven_strokes):
    size = {"width": 320, "height": 640}
    with open_page(browser, viewport=size, has_touch=True, is_mobile=True) as page:
        page.goto(address)
        for strokes in beside(seven_strokes):
            draw_by_touch(page, strokes)
        expect_answer(page, "77")
        places = page.locator(".digit-top").evaluate(LONGEST)
        assert places == sorted(places), "something is covered or cut off"
