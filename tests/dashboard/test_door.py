"""What the dashboard's server refuses before anything looks at it."""

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from digitlib.dashboard import limits, server
from digitlib.dashboard.door import DoorServer, is_foreign, is_plain
from tests.apart import apart
from tests.launching import PATIENCE


def run(coroutine):
    return apart(asyncio.run, coroutine)


class Hello(RequestHandler):
    """Greets, whatever is sent."""

    def get(self):
        self.write("hello")

    post = get


@asynccontextmanager
async def door(connections=100):
    """The port of a server with the dashboard's door, and a greeting behind it."""
    listening, port = bind_unused_port()
    server = DoorServer(Application([("/", Hello)]), connections)
    server.add_socket(listening)
    try:
        yield port
    finally:
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def connected(port, own=None):
    """A connection to the server, from this address."""
    own = own and (own, 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=own)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def ask(port, head, body=b"", own=None):
    """The status that comes back for what is sent; 0 if the server hangs up."""
    async with connected(port, own) as (reader, writer):
        writer.write(head.encode() + b"\r\nHost: x\r\n\r\n" + body)
        try:
            line = await asyncio.wait_for(reader.readline(), PATIENCE)
        except ConnectionResetError:
            line = b""
    return int(line.split()[1]) if line else 0


@pytest.mark.limit("BODY_BYTES")
@pytest.mark.parametrize("head", ["Content-Length: {}", "Transfer-Encoding: chunked"])
def test_no_long_body_is_taken(head):
    size = limits.BODY_BYTES + 1
    head = "POST / HTTP/1.1\r\n" + head.format(size)
    chunk = b"%x\r\n" % size + bytes(size)

    async def send():
        async with door() as port:
            return await ask(port, head, chunk if "chunked" in head else b"")

    assert run(send()) == 400


@pytest.mark.limit("BODY_SECONDS", "HEADER_SECONDS")
@pytest.mark.parametrize(
    ("limit", "sent"),
    [
        ("BODY_SECONDS", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"),
        ("HEADER_SECONDS", "GET / HTTP/1.1\r\n"),
    ],
)
def test_nobody_is_waited_for_long(monkeypatch, limit, sent):
    monkeypatch.setattr(limits, limit, 0.2)

    async def send():
        async with door() as port, connected(port) as (reader, writer):
            writer.write(sent.encode())
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""

    run(send())


@pytest.mark.limit("CONNECTIONS_OF_ONE")
def test_one_address_does_not_get_all_connections():
    async def come():
        async with door(connections=4) as port, connected(port), connected(port):
            assert await ask(port, "GET / HTTP/1.1") == 0
            assert await ask(port, "GET / HTTP/1.1", own="127.0.0.2") == 200

    if sys.platform != "linux":
        pytest.skip("only Linux has more than one loopback address")
    run(come())


@pytest.mark.limit("CONNECTIONS", "OPEN_FILES", "FILES_PER_VISITOR")
@pytest.mark.skipif(os.name != "posix", reason="Windows has no such limit")
def test_connections_and_visitors_fit_into_the_open_files():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (400, 600));"
        "from digitlib.dashboard.server import _count_files as count; print(count())"
    )
    asked = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert int(asked) == 600
    for files in (600, limits.OPEN_FILES):
        connections, visitors = server.divide(files)
        assert connections + visitors * limits.FILES_PER_VISITOR <= files
        assert min(connections, visitors) >= 40


@pytest.mark.parametrize("path", ["/%00", "/a%0ab", "/%0d%0aX: y", "/%ff", "/%7f"])
def test_a_path_with_control_characters_is_refused(path):
    async def send():
        async with door() as port:
            return await ask(port, f"GET {path.replace(' ', '%20')} HTTP/1.1")

    assert run(send()) == 400
    assert is_plain("/voila/static/ä%20b.js")


@pytest.mark.parametrize(
    ("site", "mode", "target", "foreign"),
    [
        ("cross-site", "no-cors", "image", True),
        ("same-site", "no-cors", "image", True),
        ("cross-site", "navigate", "iframe", True),
        ("cross-site", "websocket", "websocket", True),
        ("cross-site", "navigate", "document", False),
        ("same-origin", "websocket", "websocket", False),
        ("none", "navigate", "document", False),
        (None, None, None, False),
    ],
)
def test_other_sites_may_link_here_and_nothing_else(site, mode, target, foreign):
    sent = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": target}
    headers = HTTPHeaders({name: each for name, each in sent.items() if each})
    assert is_foreign(SimpleNamespace(method="GET", headers=headers)) == foreign
    assert is_foreign(SimpleNamespace(method="POST", headers=headers)) == bool(
        site in ("cross-site", "same-site")
    )
