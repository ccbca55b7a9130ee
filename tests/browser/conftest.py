"""A real browser for the tests of the pages, and servers for it to look at."""

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import chromium

ROOT = Path(__file__).parents[2]


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
        )
        yield browser
        browser.close()


@contextmanager
def open_page(browser, **context_options):
    """A page in a fresh context; the test fails if any request leaves the machine."""
    context = browser.new_context(**context_options)
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
def serve(command, path="/", seconds=60):
    """Run a server (`{port}` is filled in) for as long as the context lasts.

    Yields its address once it answers.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *(part.format(port=port) for part in command)]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        _wait_for(address + path, server, seconds)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url, server, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer (exit status {server.poll()})")
