"""The class set in a real browser: agree, write what is asked, correct, delete mine."""

import re
from functools import partial

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from digitlib.classset import Sample, Store
from tests.browser.app_page import (
    COMMAND,
    assert_nothing_overflows,
    draw_with_mouse,
    on_pad,
    settle,
)
from tests.browser.conftest import open_page, serve
from tests.conftest import ONE, SEVEN

KEY = "presenter"
STORED = "localStorage.length + document.cookie.length"


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    opened = Store(tmp_path_factory.mktemp("instance") / "class.sqlite")
    opened.create()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(collected):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLIB_COLLECT", str(collected.path))
        patch.setenv("DIGITLIB_COLLECT_KEY", KEY)
        with serve(COMMAND, "/healthz") as address:
            yield address


@pytest.fixture(autouse=True)
def start_empty(collected):
    collected.delete_all()


def draw_with_finger(page, strokes):
    fingers = page.context.new_cdp_session(page)

    def touch(kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    for first, *others in on_pad(page, strokes):
        touch("touchStart", first)
        for point in others:
            touch("touchMove", point)
        touch("touchEnd")


def draw_with_keys(page, _strokes):
    page.locator("canvas").focus()
    for key in ("Space", *["ArrowDown"] * 20, "Space"):
        page.keyboard.press(key)


def agree(page, address):
    page.goto(address)
    page.get_by_role("button", name="Agree").click()
    expect(page.locator("#asked")).to_be_visible()


def asked(page):
    """The digit that is asked for."""
    return int(re.search(r"\d", page.locator("#asked").text_content()).group())


def keep(page):
    """Keep what is drawn as what was asked for."""
    page.get_by_role("button", name="Keep this").click()
    expect(page.locator("#class-said")).to_contain_text("Kept")
    expect(page.get_by_role("button", name="Keep this")).to_be_disabled()


# --- Agreeing ------------------------------------------------------------------------


def test_nothing_is_stored_before_somebody_agreed(page, address, collected):
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(address)
    consent = page.locator("#consent")
    for what in ("lines that you drew", "which digit", "finger, mouse", "random"):
        expect(consent).to_contain_text(what)
    draw_with_mouse(page, SEVEN)
    expect(page.locator("#drawn .text")).to_have_text("7")
    expect(page.locator("#keep")).to_be_hidden()
    assert not [url for url in sent if "class" in url and "/static/" not in url]
    assert page.evaluate(STORED) == 0
    assert collected.all() == []


def test_agreement_is_remembered_and_there_is_no_cookie(page, address, collected):
    agree(page, address)
    draw_with_mouse(page, SEVEN)
    keep(page)
    page.reload()
    expect(page.locator("#consent")).to_be_hidden()
    draw_with_mouse(page, SEVEN)
    keep(page)
    expect(page.locator("#class-said")).to_contain_text("2 of yours")
    assert len({each.writer for each in collected.all()}) == 1
    assert page.context.cookies() == []


def test_every_browser_is_another_writer(page, phone, address, collected):
    for each in (page, phone):
        agree(each, address)
        draw_with_mouse(each, SEVEN)
        keep(each)
    assert collected.counts().writers == 2


def test_storage_that_is_switched_off_is_no_hindrance(page, address, collected):
    refuse = (
        "Object.defineProperty(window, 'localStorage', { get() { throw Error() } })"
    )
    page.add_init_script(refuse)
    agree(page, address)
    draw_with_mouse(page, SEVEN)
    keep(page)
    assert len(collected.all()) == 1


# --- Writing -------------------------------------------------------------------------


WAYS = {
    "mouse": ("page", draw_with_mouse),
    "finger": ("phone", draw_with_finger),
    "keyboard": ("page", draw_with_keys),
}


@pytest.mark.parametrize("style", WAYS)
def test_asked_digit_is_kept(request, address, collected, style):
    screen, draw = WAYS[style]
    page = request.getfixturevalue(screen)
    agree(page, address)
    first = asked(page)
    draw(page, SEVEN)
    settle(page)
    keep(page)
    expect(page.locator("#drawn .text")).to_be_hidden()  # the pad is empty again
    expect(page.locator("canvas")).to_be_focused()
    assert asked(page) != first
    (written,) = collected.all()
    assert (written.label, written.style) == (first, style)
    (stroke,) = written.strokes
    if draw is not draw_with_keys:
        assert stroke[0] == pytest.approx(SEVEN[0][0], abs=1)
        assert stroke[-1] == pytest.approx(SEVEN[0][-1], abs=1)


def test_all_ten_are_asked_for_before_one_comes_again(page, address, collected):
    agree(page, address)
    for number in range(1, 11):
        draw_with_mouse(page, ONE)
        keep(page)
        expect(page.locator("#class-said")).to_contain_text(f"{number} of yours")
    assert collected.counts().digits == (1,) * 10


def test_wrong_reading_is_corrected_with_one_tap(page, address, collected):
    agree(page, address)
    first = asked(page)
    other = 4 if first != 4 else 5
    draw_with_mouse(page, SEVEN)
    page.get_by_role("button", name=f"It is a {other}").click()
    expect(page.locator("#class-said")).to_contain_text(f"Kept as a {other}: 1 of")
    assert [written.label for written in collected.all()] == [other]
    assert asked(page) == first  # nobody has written it yet


def test_nothing_can_be_kept_of_an_empty_pad(page, address):
    agree(page, address)
    keeping = page.locator("#keep-asked, [data-digit]")
    expect(keeping).to_have_count(11)
    for button in keeping.all():
        expect(button).to_be_disabled()
    draw_with_mouse(page, SEVEN)
    for button in keeping.all():
        expect(button).to_be_enabled()
    page.get_by_role("button", name="Clear").click()
    expect(keeping.first).to_be_disabled()


def test_drawing_that_was_not_kept_stays_to_be_tried_again(page, address, collected):
    agree(page, address)
    first = asked(page)
    draw_with_mouse(page, SEVEN)
    page.route("**/api/class/**", lambda route: route.abort())
    page.get_by_role("button", name="Keep this").click()
    expect(page.locator("#class-said")).to_contain_text("Not kept: The server does not")
    page.get_by_role("button", name="Delete mine").click()
    expect(page.locator("#class-said")).to_contain_text("Not deleted: The server")
    page.unroute("**/api/class/**")
    assert asked(page) == first
    keep(page)
    assert [written.label for written in collected.all()] == [first]


# --- Deleting ------------------------------------------------------------------------


def test_delete_mine_deletes_mine_and_forgets_me(page, phone, address, collected):
    for each in (page, phone):
        agree(each, address)
        draw_with_mouse(each, SEVEN)
        keep(each)
    page.get_by_role("button", name="Delete mine").click()
    expect(page.locator("#class-said")).to_contain_text("Deleted: 1 of yours")
    expect(page.get_by_role("button", name="Agree")).to_be_focused()
    expect(page.locator("#keep")).to_be_hidden()
    assert page.evaluate(STORED) == 0
    assert collected.counts().writers == 1
    page.reload()
    expect(page.locator("#consent")).to_be_visible()


# --- The presenter -------------------------------------------------------------------


def test_presenter_takes_it_away_and_deletes_it(page, address, collected):
    agree(page, address)
    draw_with_mouse(page, SEVEN)
    keep(page)
    page.goto(f"{address}/class?key={KEY}")
    expect(page.locator("header")).to_contain_text("1 digit by 1 writer.")
    for name, kind in (("lines", "jsonl"), ("arrays", "npz"), ("Pictures", "zip")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename == f"class.{kind}"
    assert_well_made(page)
    delete = page.get_by_role("button", name="Delete all")
    one_writers = page.get_by_role("button", name="Writer ")
    for button in (delete, one_writers):
        button.click()  # the browser asks for the box
    assert collected.counts().drawings == 1
    page.get_by_label("Yes, delete these").check()
    one_writers.click()
    expect(page.get_by_role("status")).to_contain_text("Deleted: 1 digit.")
    assert collected.counts().drawings == 0
    collected.add(Sample(tuple(map(tuple, SEVEN)), 7, "a" * 32))
    page.get_by_label("Yes, delete everything").check()
    delete.click()
    expect(page.get_by_role("status")).to_contain_text("Deleted: 1 digit.")
    assert collected.counts().drawings == 0


# --- For everybody -------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_keeps_people_out(browser, address, scheme, width):
    """No rule of axe is broken, and nothing is wider than the screen."""
    screen = {"width": width, "height": 800}
    with open_page(browser, viewport=screen, color_scheme=scheme) as page:
        check = partial(assert_well_made, page)
        page.goto(address)
        check()
        page.get_by_role("button", name="Agree").click()
        check()
        draw_with_mouse(page, SEVEN)
        settle(page)
        check()
        keep(page)
        check()
        page.get_by_role("button", name="Delete mine").click()
        expect(page.locator("#class-said")).to_contain_text("Deleted")
        check()
        for path in (f"/class?key={KEY}", "/class?key=wrong", "/help", "/api/docs"):
            page.goto(address + path)
            check()


def assert_well_made(page):
    results = Axe().run(page)
    assert not results.violations_count, results.generate_report()
    assert_nothing_overflows(page)
