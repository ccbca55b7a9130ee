"""Two pupils at the lessons of a class, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from digitlib.workshop import lab_seat
from tests.browser.conftest import open_page
from tests.launching import free_port, launch, needs_signals, read_until
from tests.test_notebooks import MIN_ALT

IDLE = "Python 3 (ipykernel) | Idle"
SCREENSHOTS = Path(__file__).parents[2] / "test-results"
ALTS = "images => images.map(image => image.alt)"


@pytest.fixture
def address(tmp_path):
    """A class in its second lesson."""
    options = f"--class={tmp_path}", "--lesson=2", f"--port={free_port()}"
    with launch("lab", *options) as process:
        yield re.search(r"Lessons +(\S+)", read_until(process, "Ctrl-C"))[1]


@needs_signals
def test_two_pupils_have_their_own_lessons(browser, page, address):
    take_a_seat(page, address)
    write(page, "print(6 * 7, 'is mine')")
    figures = page.locator(".jp-OutputArea img")
    assert all(len(alt) >= MIN_ALT for alt in figures.evaluate_all(ALTS))
    page.reload()
    expect(page.get_by_text("42 is mine")).to_be_visible()
    page.get_by_text(IDLE).wait_for()
    page.screenshot(path=SCREENSHOTS / "lab-class.png")
    with open_page(browser, viewport={"width": 1280, "height": 800}) as second:
        take_a_seat(second, address)
        expect(second.get_by_text("42 is mine")).to_have_count(0)
        assert second.url.partition("/lab")[0] != page.url.partition("/lab")[0]
    page.get_by_role("listitem", name=re.compile("Name: 01_data")).dblclick()
    expect(page.get_by_role("dialog")).to_contain_text(lab_seat.ONE)
    page.get_by_role("button", name="Ok").click()
    page.goto(address)
    page.get_by_text(IDLE).wait_for()
    expect(page.get_by_text("42 is mine")).to_be_visible()


def take_a_seat(page, address):
    """Go in by the front page, and wait until the lesson can be worked at."""
    page.goto(address)
    page.get_by_role("button", name="Take a seat").click()
    page.wait_for_url("**/lab/tree/**")
    page.get_by_text(IDLE).wait_for()


def write(page, code):
    """Write a cell at the top, run it, and save."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    for key in ("Escape", "a", "Enter"):
        page.keyboard.press(key)
    page.keyboard.type(code)
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_text("42 is mine")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
