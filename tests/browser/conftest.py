"""A real browser for the tests of the pages, and servers for it to look at."""

import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import chromium
from tests.launching import HOST, PATIENCE, free_port, wait_for

ROOT = Path(__file__).parents[2]
MILLISECONDS = 1000 * PATIENCE  # of every wait for a page
expect.set_options(timeout=MILLISECONDS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window. Missing, it is an error, never a skip."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.MISSING, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            timeout=MILLISECONDS,
        )
        yield browser
        browser.close()


@contextmanager
def open_page(browser, **context_options):
    """A page in a fresh context; the test fails if any request leaves the machine."""
    context = browser.new_context(**context_options)
    context.set_default_timeout(MILLISECONDS)
    away = []

    def only_loopback(route):
        if urlsplit(route.request.url).hostname in ("127.0.0.1", "localhost"):
            return route.continue_()
        away.append(route.request.url)
        return route.abort()

    context.route(lambda url: url.startswith(("http:", "https:")), only_loopback)
    yield context.new_page()
    context.close()
    assert not away, f"requests left the machine: {away}"


@pytest.fixture
def page(browser):
    """A desktop page, 1280 x 800, that may reach this machine only."""
    with open_page(browser, viewport={"width": 1280, "height": 800}) as page:
        yield page


@pytest.fixture
def phone(browser):
    """A phone's page, 390 x 844 with touch, that may reach this machine only."""
    with open_page(
        browser,
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
    ) as page:
        yield page


@contextmanager
def serve(command, path="/"):
    """Run a server (`{port}` is filled in) for as long as the context lasts.

    Yields its address once it answers.
    """
    port = free_port()
    command = [sys.executable, *(part.format(port=port) for part in command)]
    address = f"http://{HOST}:{port}"
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_for(lambda: _answers(address + path, server))
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _answers(url, server):
    """Whether the server does; an error once it never will."""
    assert server.poll() is None, f"the server has ended (status {server.poll()})"
    with suppress(OSError):
        urllib.request.urlopen(url, timeout=5).close()
        return True
