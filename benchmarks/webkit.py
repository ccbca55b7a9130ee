"""WebKitGTK, as Debian and others ship it, driven over WebDriver.

It is Safari's engine on Linux: `apt install webkit2gtk-driver` brings the driver and
the small browser beside it. Without a screen it needs Xvfb.
The protocol: https://www.w3.org/TR/webdriver2
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.waiting import PATIENCE, wait_until_ready

DRIVER, SCREEN = "WebKitWebDriver", "Xvfb"
BROWSERS = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"  # where Debian keeps it
CALL = """const done = arguments[arguments.length - 1];
Promise.resolve().then(() => (FUNCTION)(arguments[0])).then(
    (value) => done(JSON.stringify({ value })),
    (error) => done(JSON.stringify({ error: String(error) })),
);"""


class Page:
    """A page in WebKit; the methods are named as those of Playwright's page."""

    def __init__(self, driver: str, program: str):
        self._session = driver
        options = {"binary": program, "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        started = self._send("POST", "/session", capabilities=wanted)
        self._session = f"{driver}/session/{started['sessionId']}"
        patience = 1000 * PATIENCE
        self._send("POST", "/timeouts", script=patience, pageLoad=patience)

    def open(self, address: str) -> None:
        """Open a page, and wait until it can read, see `wait_until_ready`."""
        self._send("POST", "/url", url=address)
        wait_until_ready(self.evaluate)

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function of JavaScript in the page with a value, for a value."""
        script = CALL.replace("FUNCTION", function)
        answer = self._send("POST", "/execute/async", script=script, args=[argument])
        result = json.loads(answer)
        if "error" in result:
            raise RuntimeError(result["error"])
        return result.get("value")

    def close(self) -> None:
        """End the browser."""
        self._send("DELETE", "")

    def _send(self, method: str, path: str, **parameters: Any) -> Any:
        body = json.dumps(parameters).encode() if method == "POST" else None
        request = urllib.request.Request(self._session + path, body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from error


def find() -> str | None:
    """Return the path of WebKit's browser; None without all of what it needs."""
    has_screen = "DISPLAY" in os.environ or shutil.which(SCREEN)
    if not (shutil.which(DRIVER) and has_screen):
        return None
    return next((str(path) for path in Path("/").glob(BROWSERS[1:])), None)


@contextmanager
def opened(program: str, port: int) -> Iterator[Page]:
    """Start WebKit's browser with nothing kept from earlier visits."""
    # Its processes end a little later than it does, and may still write.
    new_home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with new_home as home, _screen() as screen:
        folders = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), home)
        folders["MESA_SHADER_CACHE_DISABLE"] = "true"
        driver = subprocess.Popen(
            [DRIVER, f"--port={port}", "--host=127.0.0.1"],
            env=os.environ | folders | screen,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with closing(Page(_await(f"http://127.0.0.1:{port}"), program)) as page:
                yield page
        finally:
            driver.terminate()
            driver.wait()


@contextmanager
def _screen() -> Iterator[dict[str, str]]:
    """Give a screen that nobody sees, where there is none."""
    if "DISPLAY" in os.environ:
        yield {}
        return
    read, write = os.pipe()
    command = [SCREEN, "-displayfd", str(write), "-screen", "0", "1280x800x24"]
    null = subprocess.DEVNULL
    server = subprocess.Popen(command, pass_fds=[write], stdout=null, stderr=null)
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            yield {"DISPLAY": f":{numbers.readline().strip()}"}
    finally:
        server.terminate()
        server.wait()


def _await(address: str) -> str:
    """Return the driver's address as soon as it answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/status", timeout=5).close()
            return address
        time.sleep(0.2)
    raise TimeoutError(f"{DRIVER} does not answer at {address}.")
