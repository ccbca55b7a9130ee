"""The table of limits: each has an attack, and the server as a whole withstands them.

A test that attacks a limit has the mark `limit`, with its name.
"""

import asyncio
import json
import re
import time
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import numpy as np
import psutil
import pytest
from PIL import Image
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.websocket import WebSocketClosedError

from benchmarks.page import CONFIG, Page
from digitlib.dashboard import limits
from digitlib.reading.picture import encode
from digitlib.workshop.demo import dashboard_command
from tests.apart import apart
from tests.browser.conftest import serve
from tests.conftest import SEVEN
from tests.dashboard.test_messages import HEADER, PARTS, pack
from tests.launching import PATIENCE, child_with, command_line, is_kernel, wait_for

READY = "/voila/static/voila.js"
MARKS = re.compile(r"mark\.limit\(([^)]*)\)")
MALFORMED = ["%00", "%0d%0aX", "%ff", "%", "%zz", "..%2f..", "a" * 9000, "\x7f", "?%00"]
PREFIXES = [
    *("", "logout", "login", "login?next=", "api/kernels/", "voila/static/"),
    *("voila/templates/lab/static/", "voila/api/themes/", "voila/api/shutdown/"),
    *("voila/labextensions/", "voila/files/", "voila/query/", "voila/execution/"),
]
needs_linux = pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="memory is measured with Linux's /proc"
)


def test_each_limit_has_an_attack():
    names = {name for name in vars(limits) if name.isupper()} - {"MEBIBYTE"}
    sources = [
        path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("*.py")
    ]
    marks = [mark for source in sources for mark in MARKS.findall(source)]
    assert {name for mark in marks for name in re.findall(r"\w+", mark)} == names


# --- With a server, its kernels and their pages --------------------------------------


@pytest.fixture(scope="module")
def address():
    with serve(dashboard_command("{port}"), READY) as address:
        yield address


@pytest.fixture
def server(address):
    """The server's process."""
    return child_with(f"--port={address.rpartition(':')[2]}")


def run(coroutine):
    return apart(asyncio.run, coroutine)


@asynccontextmanager
async def opened(address):
    page = Page(address)
    await page.open()
    try:
        yield page
    finally:
        await page.leave()


async def expect_a_seven(address):
    """Another visitor comes, draws and sees the answer."""
    async with opened(address) as page:
        page.draw(SEVEN)
        await page.see("7")


async def expect_cut_off(page):
    """Wait until the server has closed the page's connection."""
    while await asyncio.wait_for(page._socket.read_message(), PATIENCE) is not None:
        pass
    page._socket.close()
    page._socket = None  # there is nothing left to leave


def message(*buffers, **content):
    """A message like those of widgets. No two are equal: a kernel ignores the second.

    Without a `comm_id` of the page it is one that the kernel handles and forgets.
    """
    header = HEADER | {"msg_id": uuid4().hex}
    parts = [header, {}, {}, {"comm_id": "unknown", "data": {}} | content]
    return pack([b"shell", *(json.dumps(part).encode() for part in parts), *buffers])


def kernel_of(server, page):
    return next(
        process
        for process in server.children()
        if is_kernel(process) and page.kernel_id in " ".join(command_line(process))
    )


def peak(server, since=False):
    """The most memory that the server has had, in bytes, since this was asked."""
    if since:
        Path(f"/proc/{server.pid}/clear_refs").write_text("5")
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024


@pytest.mark.slow
@needs_linux
def test_a_message_costs_the_server_a_few_times_its_length(address, server):
    frame = bytes(limits.MESSAGE_BYTES - 20_000)
    overlapping = [len(frame) * (i % 2) for i in range(1200)]

    async def send():
        before = peak(server, since=True)
        async with opened(address) as page:
            page.send_raw(pack([frame], overlapping))
            await expect_cut_off(page)
        return peak(server) - before

    assert run(send()) < 10 * limits.MESSAGE_BYTES + 20 * limits.MEBIBYTE
    run(expect_a_seven(address))


@pytest.mark.slow
@needs_linux
def test_what_comes_after_a_malformed_message_costs_nothing(address, server):
    async def send():
        before = peak(server, since=True)
        async with opened(address) as page:
            page.send_raw(b"malformed")
            for _ in range(5):
                page.send_raw(message(bytes(1000)))
            await expect_cut_off(page)
        return peak(server) - before

    assert run(send()) < 20 * limits.MEBIBYTE
    run(expect_a_seven(address))


@pytest.mark.slow
@pytest.mark.limit("MESSAGE_BYTES")
def test_a_long_message_is_cut_off(address):
    async def send():
        async with opened(address) as page:
            page.send_raw(pack([*PARTS, bytes(limits.MESSAGE_BYTES)]))
            await expect_cut_off(page)

    run(send())
    run(expect_a_seven(address))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
@pytest.mark.limit("SOCKETS_OF_A_KERNEL")
def test_a_kernel_has_few_sockets(address):
    async def join():
        async with opened(address) as page:
            others = [Page(address) for _ in range(limits.SOCKETS_OF_A_KERNEL)]
            for other in others[1:]:
                await other.join(page.kernel_id)
            with pytest.raises(HTTPClientError) as refused:
                await others[0].join(page.kernel_id)
            assert refused.value.code == 429
            await others[1].leave()
            await asyncio.sleep(1)  # until the server has noticed
            await others[0].join(page.kernel_id)
            for other in (others[0], *others[2:]):
                await other.leave()

    run(join())


@pytest.mark.slow
@needs_linux
@pytest.mark.limit("UNANSWERED_BYTES")
def test_a_busy_kernel_makes_its_page_wait(address, server):
    half = bytes(limits.MESSAGE_BYTES // 2)
    many = 200

    async def send():
        async with opened(address) as page:
            kernel = kernel_of(server, page)
            kernel.suspend()
            try:
                before = peak(server, since=True)
                sent = asyncio.ensure_future(send_all(page))
                await asyncio.wait([sent], timeout=10)
                grown = peak(server) - before
                assert not sent.done(), "all of it has been taken"
            finally:
                kernel.resume()
            await asyncio.wait_for(sent, PATIENCE)
            page.draw(SEVEN)
            await page.see("7")
            return grown

    async def send_all(page):
        for _ in range(many):
            await page._socket.write_message(message(half), binary=True)

    assert run(send()) < 8 * limits.UNANSWERED_BYTES


@pytest.mark.slow
@needs_linux
def test_a_page_that_waits_is_not_cut_off():
    settings = "{{'ws_ping_interval': 500, 'ws_ping_timeout': 1500}}"
    command = [*dashboard_command("{port}"), f"--Voila.tornado_settings={settings}"]
    half = bytes(limits.MESSAGE_BYTES // 2)

    async def send(address, server):
        async with opened(address) as page:
            kernel = kernel_of(server, page)
            kernel.suspend()  # so that nothing is read any more, and no pong either
            try:
                for _ in range(2 * limits.UNANSWERED_BYTES // len(half)):
                    page.send_raw(message(half))
                await asyncio.sleep(6)
            finally:
                kernel.resume()
            page.draw(SEVEN)
            await page.see("7")

    with serve(command, READY) as address:
        run(send(address, child_with(f"--port={address.rpartition(':')[2]}")))


@pytest.mark.slow
@needs_linux
@pytest.mark.limit("UNREAD_BYTES")
def test_a_page_that_does_not_read_is_cut_off(address, server):
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    content = encode(Image.fromarray(noise), "WEBP", lossless=True)
    assert len(content) < limits.MESSAGE_BYTES

    async def send():
        async with opened(address) as page:
            (upload,) = (
                name for name, each in page.models.items() if "largest" in each
            )
            before = peak(server, since=True)
            with pytest.raises(WebSocketClosedError):
                await asyncio.wait_for(send_again(page, upload), PATIENCE)
            return peak(server) - before

    async def send_again(page, upload):
        data = {"method": "custom", "content": {"fits": True}}
        while True:
            frame = message(content, comm_id=upload, data=data)
            await page._socket.write_message(frame, binary=True)
            await asyncio.sleep(0.2)

    assert run(send()) < 8 * limits.UNREAD_BYTES


async def fetch(address, **headers):
    """Status and text of an answer."""
    client = AsyncHTTPClient(force_instance=True)
    answer = await client.fetch(
        address,
        headers=headers,
        raise_error=False,
        follow_redirects=False,
        request_timeout=PATIENCE,
    )
    client.close()
    return answer.code, answer.body.decode(errors="replace")


@pytest.mark.slow
def test_the_picture_of_another_site_starts_no_kernel(address, server):
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    answers = [run(fetch(address, **sent, **{"Sec-Fetch-Dest": "image"}))] * 3
    assert not [text for _, text in answers if CONFIG.search(text)]
    assert {status for status, _ in answers} == {403}


@pytest.mark.slow
@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_address_is_an_error_of_the_server(address, prefix):
    port = int(address.rpartition(":")[2])

    async def ask(method, ending):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"{method} /{prefix}{ending} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        writer.write(f"{head}Connection: close\r\nContent-Length: 0\r\n\r\n".encode())
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
        writer.close()
        return int(line.split()[1]) if line else 0

    async def ask_all():
        return {
            (method, ending): await ask(method, ending)
            for method in ("GET", "POST", "DELETE", "HEAD")
            for ending in MALFORMED
        }

    answers = run(ask_all())
    assert not {each: status for each, status in answers.items() if status >= 500}


@pytest.mark.slow
def test_pages_that_nobody_opens_do_not_keep_others_out():
    command = [*dashboard_command("{port}"), "--WaitingKernels.most_visitors=2"]
    with serve(command, READY) as address:
        _, first = run(fetch(address))
        assert CONFIG.search(first)
        assert "Just a moment" in run(fetch(address))[1], "one of two for an address"
        start = time.monotonic()
        wait_for(lambda: CONFIG.search(run(fetch(address))[1]))
        assert time.monotonic() - start < limits.JOIN_SECONDS + PATIENCE / 4


@pytest.mark.slow
def test_who_loads_the_page_again_has_a_pad_at_once():
    command = [*dashboard_command("{port}"), "--WaitingKernels.most_visitors=2"]
    with serve(command, READY) as address:
        for _ in range(4):  # each leaves without ending its kernel, as phones do
            run(expect_a_seven(address))


@pytest.mark.slow
def test_after_the_waiting_kernels_have_died_every_page_has_a_pad():
    with serve(dashboard_command("{port}"), READY) as address:
        server = child_with(f"--port={address.rpartition(':')[2]}")
        kernels = wait_for(lambda: all_of_the_pool(server))
        for kernel in kernels:
            kernel.kill()
        for _ in range(len(kernels) + 1):
            run(expect_a_seven(address))


def all_of_the_pool(server):
    """The kernels that wait, once none is missing."""
    kernels = [each for each in server.children() if is_kernel(each)]
    settings = Path("notebooks/voila.json").read_text("utf-8")
    size = json.loads(settings)["VoilaConfiguration"]["default_pool_size"]
    return kernels if len(kernels) == size else None


@pytest.mark.slow
@needs_linux
def test_a_killed_server_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serve(dashboard_command("{port}"), READY) as address:
        server = child_with(f"--port={address.rpartition(':')[2]}")
        wait_for(lambda: all_of_the_pool(server))
        assert list(tmp_path.glob("voila_*"))
        kernels = server.children()
        server.kill()
        psutil.wait_procs(kernels, timeout=PATIENCE)
        # A kernel that the server was just starting is not among them.
        wait_for(lambda: not list(tmp_path.glob("voila_*")))
