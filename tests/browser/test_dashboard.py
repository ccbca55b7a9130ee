"""The dashboard as visitors have it: voila's page and JupyterLab, in a real browser."""

import shutil
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from digitlib.demo import NOTEBOOKS, dashboard_command
from digitlib.ink import PAD_SIDE
from tests.browser.conftest import ROOT, open_page, serve

PICTURES = ROOT / "test-results"


@pytest.fixture(scope="module")
def address():
    with serve(dashboard_command("{port}"), "/voila/static/voila.js") as address:
        yield address


def pad(page):
    """The pad's place on the page, and its pixels for each pixel of `ink.draw`."""
    canvas = page.locator(".digit-pad canvas")
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


def expect_answer(page, answer):
    expect(page.locator(".digit-text")).to_have_text(answer, timeout=15_000)


def test_a_seven_drawn_with_the_mouse(page, address, seven_strokes):
    page.goto(address)
    draw(page, seven_strokes)
    expect_answer(page, "7")
    expect(page.locator(".digit-best")).to_contain_text("7")
    expect(page.locator(".digit-seen img")).to_have_count(1)
    page.screenshot(path=PICTURES / "dashboard-desktop.png")


def test_a_seven_drawn_with_a_finger(phone, address, seven_strokes):
    phone.set_viewport_size({"width": 390, "height": 1064})  # all of it in the picture
    phone.goto(address)
    draw_by_touch(phone, seven_strokes)
    expect_answer(phone, "7")
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width == 390, "the page is wider than the phone"
    phone.screenshot(path=PICTURES / "dashboard-phone.png")


def test_clear_and_undo(page, address, seven_strokes):
    page.goto(address)
    draw(page, seven_strokes)
    expect_answer(page, "7")
    page.get_by_role("button", name="Clear").click()
    expect_answer(page, "")
    expect(page.locator(".digit-answer p")).to_contain_text("Draw a digit")
    assert ink_on(page) == 0
    draw(page, seven_strokes)
    expect_answer(page, "7")
    page.get_by_role("button", name="Undo").click()
    expect_answer(page, "")


def ink_on(page):
    """How many pixels of the pad are not blank."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector(".digit-pad canvas");
            const { width, height } = canvas;
            const all = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            return all.filter((value, i) => i % 4 === 3 && value > 0).length;
        }"""
    )


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
    page.wait_for_function("document.querySelector('.digit-seen img')")
    assert ink_on(page) > 0


def test_dark(browser, address, seven_strokes):
    with open_page(browser, color_scheme="dark") as page:
        page.goto(address)
        draw(page, seven_strokes)
        expect_answer(page, "7")
        card = page.locator(".digit-dashboard")
        expect(card).to_have_css("background-color", "rgb(28, 32, 38)")


@pytest.mark.parametrize(
    "path",
    [
        "voila/files/dashboard.ipynb",
        "voila/files/voila.json",
        "voila/files/../digitlib/demo.py",
        "voila/files/..%2fpyproject.toml",
        "voila/static/../../../../../../pyproject.toml",
        "dashboard.ipynb",
        "models/manifest.json",
        "api/contents",
    ],
)
def test_no_file_is_served(address, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{address}/{path}", timeout=5)
    with caught.value as answer:
        assert answer.code in (403, 404)


def test_a_template_cannot_be_asked_for(address):
    with urllib.request.urlopen(f"{address}/?template=nope", timeout=5) as answer:
        assert answer.status == 200


def test_in_jupyterlab(page, seven_strokes, tmp_path, monkeypatch):
    shutil.copy(NOTEBOOKS / "dashboard.ipynb", tmp_path)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    lab = [
        *("-m", "jupyterlab", str(tmp_path), "--no-browser", "--allow-root"),
        *("--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with serve(lab, "/api") as address:
        page.goto(f"{address}/lab/tree/dashboard.ipynb")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        draw(page, seven_strokes)
        expect_answer(page, "7")
