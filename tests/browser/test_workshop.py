"""A workshop in a real browser: the projector's page, and a full room."""

import json
from pathlib import Path

import cv2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from digitlib.workshop.demo import dashboard_command
from tests.browser.app_page import COMMAND
from tests.browser.conftest import open_page, serve

SCREENSHOTS = Path(__file__).parents[2] / "test-results"
LINKS = {
    "Draw a digit": "http://192.168.178.121:8866/?token=0123456789abcdef",
    "Write for the class": "http://192.168.178.121:8000#draw-title",
}
FITS = "[scrollWidth <= innerWidth, scrollHeight <= innerHeight]"


@pytest.fixture
def visitors(tmp_path):
    return tmp_path / "visitors"


@pytest.fixture
def address(monkeypatch, visitors):
    """The page's address in an app that `digitlib.workshop` has set up."""
    shown = {"links": list(LINKS.items()), "visitors": str(visitors), "capacity": 40}
    monkeypatch.setenv("DIGITLIB_WORKSHOP", json.dumps(shown))
    with serve(COMMAND, "/healthz") as address:
        yield f"{address}/workshop"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)])
def test_codes_are_read_from_a_picture_of_the_screen(
    browser, address, visitors, scheme, size
):
    visitors.write_text("12")
    width, height = size
    screen = {"width": width, "height": height}
    with open_page(browser, viewport=screen, color_scheme=scheme) as page:
        page.goto(address)
        fits = "const {scrollWidth, scrollHeight} = document.documentElement;"
        assert page.evaluate(f"(() => {{ {fits} return {FITS}; }})()") == [True, True]
        expect(page.locator("#visitors")).to_have_text("12")
        typed = page.locator(".address").all_inner_texts()
        assert typed[1] == "192.168.178.121:8000"  # short, for those without a camera
        picture = SCREENSHOTS / f"workshop-{scheme}-{width}.png"
        page.screenshot(path=picture)
        assert Axe().run(page).violations_count == 0
    _, texts, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(cv2.imread(str(picture)))
    assert set(texts) == set(LINKS.values())


def test_the_number_of_visitors_follows(page, address, visitors):
    page.goto(address)
    expect(page.locator("#visitors")).to_have_text("0")
    visitors.write_text("7")
    expect(page.locator("#visitors")).to_have_text("7")


def test_who_finds_no_room_waits_on_a_page_and_then_draws(browser):
    options = ["--WaitingKernels.most_visitors=1"]
    command = [*dashboard_command("{port}"), *options]
    with (
        serve(command, "/voila/static/voila.js") as address,
        open_page(browser) as first,
        open_page(browser) as second,
    ):
        first.goto(address)
        first.wait_for_selector(".digit-pad canvas")
        assert second.goto(address).status == 200
        expect(second.get_by_role("heading")).to_have_text("Just a moment")
        first.close(run_before_unload=True)
        second.wait_for_selector(".digit-pad canvas")
