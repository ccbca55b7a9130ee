"""The page that reads in the browser, in other browsers than Chromium.

Firefox and WebKitGTK, Safari's engine, are no part of this project's installation: on
Debian, `apt install firefox-esr webkit2gtk-driver xvfb` brings both. Where one is
absent, its test is skipped, and says so.
"""

import base64
import shutil

import pytest

from benchmarks import firefox, webkit
from benchmarks.browser import READ
from digitlib.web import build
from tests.browser.app_page import draw_note, file
from tests.browser.conftest import serve
from tests.browser.test_web_page import command, make, same
from tests.launching import free_port


def find_firefox():
    return shutil.which("firefox-esr") or shutil.which("firefox")


@pytest.mark.parametrize(
    ("name", "browser", "find"),
    [
        ("Firefox", firefox, find_firefox),
        ("WebKitGTK with its WebDriver and Xvfb", webkit, webkit.find),
    ],
)
def test_it_reads_as_digitlib_does(name, browser, find, tmp_path):
    """A number, so that both networks answer; the same file as in Chromium's test."""
    program = find()
    if program is None:
        pytest.skip(f"the browser's page is NOT tested in {name}: it is not installed")
    content = file(draw_note(), "note.png")["buffer"]
    site = make(build, tmp_path / "site")
    with serve(command(site)) as address, browser.opened(program, free_port()) as page:
        page.open(address)
        results, _ = page.evaluate(READ, [base64.b64encode(content).decode(), "note"])
    same(results, content)
