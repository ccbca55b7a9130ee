"""Firefox, as Debian and others ship it, driven over WebDriver BiDi.

Playwright drives only a Firefox of its own. The protocol: https://w3c.github.io/webdriver-bidi
"""

import asyncio
import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

START_SECONDS = 180  # beside other programs
LARGEST = 2**28  # bytes of a message
GONE = "() => document.readyState === 'complete' && !document.querySelector('#loading')"


class Firefox:
    """A page in Firefox; the methods are named as those of Playwright's page."""

    def __init__(self, socket: WebSocketClientConnection):
        self._socket = socket
        self._ids = itertools.count(1)
        self._context = ""

    @classmethod
    async def connect(cls, port: int) -> "Firefox":
        """Connect as soon as Firefox listens, and take its first tab."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                address = f"ws://127.0.0.1:{port}/session"
                socket = await websocket_connect(address, max_message_size=LARGEST)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)
        firefox = cls(socket)
        await firefox.send("session.new", capabilities={})
        tree = await firefox.send("browsingContext.getTree")
        firefox._context = tree["contexts"][0]["context"]
        return firefox

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        await self._socket.write_message(json.dumps(message))
        while True:
            answer = json.loads(await self._socket.read_message() or "{}")
            if answer.get("id") == number:
                if "result" not in answer:
                    raise RuntimeError(answer)
                return answer["result"]

    async def open(self, address: str) -> None:
        """Open a page, and wait until it can read."""
        where = {"context": self._context, "url": address, "wait": "complete"}
        await self.send("browsingContext.navigate", **where)
        while not (await self.evaluate(GONE)):
            await asyncio.sleep(0.1)

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function of JavaScript in the page with a value, for a value."""
        code = f"async () => JSON.stringify(await ({function})({json.dumps(argument)}))"
        called = await self.send(
            "script.callFunction",
            functionDeclaration=code,
            awaitPromise=True,
            target={"context": self._context},
        )
        return json.loads(called["result"]["value"])


class Page:
    """The same without `await`, as Playwright has it."""

    def __init__(self, firefox: Firefox, loop: asyncio.AbstractEventLoop):
        self._firefox, self._loop = firefox, loop

    def open(self, address: str) -> None:
        """Open a page, and wait until it can read."""
        self._loop.run_until_complete(self._firefox.open(address))

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a function of JavaScript in the page with a value, for a value."""
        return self._loop.run_until_complete(self._firefox.evaluate(function, argument))


@contextmanager
def opened(program: str, port: int) -> Iterator[Page]:
    """Start Firefox without a window and with an empty profile."""
    loop = asyncio.new_event_loop()
    with tempfile.TemporaryDirectory() as profile:
        command = [program, "--headless", "--no-remote", "--profile", profile]
        null = subprocess.DEVNULL
        with subprocess.Popen(
            [*command, f"--remote-debugging-port={port}"], stdout=null, stderr=null
        ) as browser:
            try:
                yield Page(loop.run_until_complete(Firefox.connect(port)), loop)
            finally:
                browser.terminate()
                loop.close()
