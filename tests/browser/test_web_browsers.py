"""The page that reads in the browser, in other browsers than Chromium.

Firefox and WebKitGTK, Safari's engine, are no part of this project's installation: on
Debian, `apt install firefox-esr webkit2gtk-driver xvfb` brings both. Where one is
absent, its test is skipped, and says so.
"""

import base64
import shutil
from contextlib import contextmanager

import pytest

from benchmarks import firefox, webkit
from benchmarks.browser import READ
from digitlib.web import build
from tests.browser.app_page import draw_note, file
from tests.browser.conftest import serve
from tests.browser.test_web_page import command, same
from tests.launching import free_port
from tests.web.making import make


def find_firefox():
    return shutil.which("firefox-esr") or shutil.which("firefox")


IN_EACH = pytest.mark.parametrize(
    ("name", "browser", "find"),
    [
        ("Firefox", firefox, find_firefox),
        ("WebKitGTK with its WebDriver and Xvfb", webkit, webkit.find),
    ],
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("web") / "site"
    make(build, target)
    return target


@contextmanager
def opened(name, browser, find):
    program = find()
    if program is None:
        pytest.skip(f"the browser's page is NOT tested in {name}: it is not installed")
    with browser.opened(program, free_port()) as page:
        yield page


@IN_EACH
def test_it_reads_as_digitlib_does(name, browser, find, site):
    """A number, so that both networks answer; the same file as in Chromium's test."""
    content = file(draw_note(), "note.png")["buffer"]
    with serve(command(site)) as address, opened(name, browser, find) as page:
        page.open(address)
        results, _ = page.evaluate(READ, [base64.b64encode(content).decode(), "note"])
    same(results, content)


@IN_EACH
def test_a_page_that_cannot_start_is_not_waited_for(
    name, browser, find, site, tmp_path
):
    broken = shutil.copytree(site, tmp_path / "site")
    for part in broken.glob("parts/opencv-js-*.bin"):
        part.unlink()
    with (
        serve(command(broken)) as address,
        opened(name, browser, find) as page,
        pytest.raises(RuntimeError, match="could not be loaded whole"),
    ):
        page.open(address)
