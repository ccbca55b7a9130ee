"""Firefox, as Debian and others ship it, driven over WebDriver BiDi.

Playwright drives only a Firefox of its own. The protocol: https://w3c.github.io/webdriver-bidi
"""

import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import websocket

from benchmarks.waiting import PATIENCE, wait_until_ready

START_SECONDS = 180  # beside other programs


class Page:
    """A page in Firefox; the methods are named as those of Playwright's page."""

    def __init__(self, port: int):
        """Connect as soon as Firefox listens, and take its first tab."""
        self._socket = _connect(f"ws://127.0.0.1:{port}/session")
        self._ids = itertools.count(1)
        self._send("session.new", capabilities={})
        tree = self._send("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    def open(self, address: str) -> None:
        """Open a page, and wait until it can read, see `wait_until_ready`."""
        where = {"context": self._context, "url": address, "wait": "complete"}
        self._send("browsingContext.navigate", **where)
        wait_until_ready(self.evaluate)

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function of JavaScript in the page with a value, for a value."""
        code = f"async () => JSON.stringify(await ({function})({json.dumps(argument)}))"
        called = self._send(
            "script.callFunction",
            functionDeclaration=code,
            awaitPromise=True,
            target={"context": self._context},
        )
        return json.loads(called["result"]["value"])

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if "result" not in answer:
                    raise RuntimeError(answer)
                return answer["result"]


def _connect(address: str) -> websocket.WebSocket:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connected = websocket.create_connection(address, suppress_origin=True)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            connected.settimeout(PATIENCE)
            return connected


@contextmanager
def opened(program: str, port: int) -> Iterator[Page]:
    """Start Firefox without a window and with an empty profile."""
    with tempfile.TemporaryDirectory() as profile:
        command = [program, "--headless", "--no-remote", "--profile", profile]
        null = subprocess.DEVNULL
        with subprocess.Popen(
            [*command, f"--remote-debugging-port={port}"], stdout=null, stderr=null
        ) as browser:
            try:
                with closing(Page(port)) as page:
                    yield page
            finally:
                browser.terminate()
