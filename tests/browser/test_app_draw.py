"""The drawing pad in a real browser: live, by mouse, finger and keyboard."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from digitlib.reading import ink, load_model
from tests.browser.app_page import (
    COMMAND,
    FOUR,
    TWO,
    ZERO,
    Sent,
    assert_bars,
    assert_boxes,
    draw_with_mouse,
    on_pad,
    settle,
    wait_until,
)
from tests.browser.conftest import serve
from tests.conftest import ONE, SEVEN


@pytest.fixture(scope="module")
def address():
    with serve(COMMAND, "/healthz") as address:
        yield address


@pytest.fixture
def pad(page, address):
    """The page, opened."""
    page.goto(address)
    return page


def test_drawing_is_read(pad):
    sent = Sent(pad)
    draw_with_mouse(pad, SEVEN)
    settle(pad)
    picture, reading = sent.last()
    drawn = pad.locator("#drawn")
    expect(drawn.locator(".text")).to_have_text("7")
    assert_bars(drawn, reading["digits"][0])
    assert_boxes(pad.locator(".pad"), reading, picture.size)
    assert drawn.locator(".glyph").get_attribute("src") == reading["digits"][0]["glyph"]
    expect(pad.get_by_role("status").nth(0)).to_have_text(
        re.compile(r"^7, (over )?[\d.]+ % sure")
    )


def test_drawing_is_read_while_the_pen_is_down(pad):
    (stroke,) = on_pad(pad, ONE)
    pad.mouse.move(*stroke[0])
    pad.mouse.down()
    for point in stroke[1:]:
        pad.mouse.move(*point, steps=5)
    expect(pad.locator("#drawn .text")).to_have_text("1")
    pad.mouse.up()


def test_one_request_at_a_time_and_the_last_is_of_the_whole_drawing(pad):
    under_way, most = [], []
    pad.on("request", lambda r: "/api/" in r.url and under_way.append(r))
    pad.on("requestfinished", lambda r: "/api/" in r.url and under_way.remove(r))
    pad.on("request", lambda _request: most.append(len(under_way)))
    sent = Sent(pad)
    draw_with_mouse(pad, FOUR)
    settle(pad)
    assert max(most) == 1
    picture, reading = sent.last()
    assert reading["text"] == "4"
    assert_same_drawing(picture, FOUR)


def assert_same_drawing(picture, strokes):
    expected = ink.draw(strokes)
    assert picture.size == expected.size
    difference = np.asarray(picture.convert("L")).astype(int) - np.asarray(expected)
    assert (np.abs(difference) > 128).mean() < 0.001  # of all pixels


@pytest.mark.parametrize("strokes", [SEVEN, ONE, TWO, ZERO, FOUR])
def test_pad_draws_what_ink_draws(pad, strokes):
    sent = Sent(pad)
    draw_with_mouse(pad, strokes)
    settle(pad)
    picture, reading = sent.last()
    assert_same_drawing(picture, strokes)
    of_library = load_model().read(ink.draw(strokes)).to_dict()
    assert reading["text"] == of_library["text"] != ""
    (ours,), (theirs,) = reading["digits"], of_library["digits"]
    assert np.allclose(ours["probabilities"], theirs["probabilities"], atol=0.02)


def test_dot_and_stroke_beyond_the_edge_are_drawn(pad):
    sent = Sent(pad)
    ((x, y),) = on_pad(pad, [[(60, 60)]])[0]
    pad.mouse.click(x, y)
    draw_with_mouse(pad, [[(140, 140), (400, 140)], [(140, 200), (150, 200)]])
    settle(pad)
    ink_at = np.asarray(sent.last()[0].convert("L")) < 128
    assert ink_at[60, 60]
    assert ink_at[140, 140:].all()
    assert not ink_at[170].any()  # the pen was up in between


def test_undo_takes_the_last_stroke_and_clear_all(pad):
    sent = Sent(pad)
    draw_with_mouse(pad, FOUR)
    pad.get_by_role("button", name="Undo").click()
    settle(pad)
    assert_same_drawing(sent.last()[0], FOUR[:1])
    pad.get_by_role("button", name="Clear").click()
    settle(pad)
    expect(pad.locator("#drawn .text")).to_be_hidden()
    expect(pad.locator("#drawn .start")).to_be_visible()
    expect(pad.locator(".pad rect")).to_have_count(0)
    draw_with_mouse(pad, SEVEN)
    settle(pad)
    assert_same_drawing(sent.last()[0], SEVEN)


def test_answer_that_comes_after_clear_is_not_shown(pad):
    held = []
    pad.route("**/api/predict", lambda route: held.append(route))  # noqa: PLW0108
    draw_with_mouse(pad, SEVEN)
    pad.get_by_role("button", name="Clear").click()
    wait_until(pad, lambda: held)
    held[0].continue_()
    settle(pad)
    expect(pad.locator("#drawn .text")).to_be_hidden()


def test_keyboard_draws(pad):
    sent = Sent(pad)
    pad.locator("canvas").focus()
    pad.keyboard.press("Space")
    for _ in range(22):
        pad.keyboard.press("ArrowDown")
    pad.keyboard.press("Space")
    pad.keyboard.press("ArrowRight")  # the pen is up: draws nothing
    expect(pad.locator("#drawn .text")).to_have_text("1")
    settle(pad)
    assert_same_drawing(sent.last()[0], [[(140, 70), (140, 70 + 22 * 7)]])
    pad.keyboard.press("Backspace")
    expect(pad.locator("#drawn .text")).to_be_hidden()
    assert pad.evaluate("scrollY") == 0


def test_finger_draws_on_a_phone(phone, address):
    phone.goto(address)
    sent = Sent(phone)
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
    expect(phone.locator("#drawn .text")).to_have_text("7")
    settle(phone)
    assert sent.last()[1]["text"] == "7"
    sharp = "canvas => canvas.width / canvas.clientWidth"
    assert phone.locator("canvas").evaluate(sharp) == 2


def test_server_that_is_away_is_told(pad):
    pad.route("**/api/predict", lambda route: route.abort())
    draw_with_mouse(pad, SEVEN)
    expect(pad.locator("#drawn .message")).to_contain_text("does not answer")
