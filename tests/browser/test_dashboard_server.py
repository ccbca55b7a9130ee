"""What the dashboard's server gives a stranger: a page, a kernel, and nothing else."""

import asyncio
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing

import psutil
import pytest
from playwright.sync_api import expect
from tornado.httpclient import HTTPClientError
from tornado.websocket import websocket_connect

from benchmarks.page import CONFIG, PROTOCOL, Page, shown
from digitlib.workshop.demo import NOTEBOOKS, dashboard_command
from tests.apart import apart
from tests.browser.conftest import serve
from tests.launching import (
    PATIENCE,
    child_with,
    command_line,
    is_kernel,
    wait_for,
)

READY = "/voila/static/voila.js"
KERNEL = re.compile(r"kernel-([\w-]+)\.json")  # in the command of its process
NO_KERNEL = "00000000-0000-4000-8000-000000000000"
BROKEN = {
    "cells": [
        {
            "cell_type": "code",
            "id": "broken",
            "metadata": {},
            "source": "secret_name = 1 / 0",
            "outputs": [],
            "execution_count": None,
        }
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "", "language": ""}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def run(coroutine):
    """Run it to its end, and return its result."""
    return apart(asyncio.run, coroutine)


@pytest.fixture(scope="module")
def address():
    with serve(dashboard_command("{port}"), READY) as address:
        yield address


def fetch(url, method="GET", data=None, **headers):
    """Status and text of an answer; redirections are followed."""
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with closing(urllib.request.urlopen(request, timeout=PATIENCE)) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with closing(error):
            return error.code, error.read().decode(errors="replace")


def kernel_of(page):
    return json.loads(CONFIG.search(page)[1])["kernelId"]


def kernels_of(address):
    """The processes of a server's kernels, by the names of the kernels."""
    server = child_with(f"--port={address.rpartition(':')[2]}")
    below = server.children(recursive=True)
    kernels = [process for process in below if is_kernel(process)]
    found = [(KERNEL.search(" ".join(command_line(each))), each) for each in kernels]
    return {match[1]: each for match, each in found if match}


@pytest.mark.parametrize(
    "path",
    [
        "dashboard.ipynb",
        "voila.json",
        "models/manifest.json",
        "digitlib/workshop/demo.py",
        "voila/files/dashboard.ipynb",
        "voila/files/voila.json",
        "voila/files/../digitlib/workshop/demo.py",
        "voila/files/..%2fpyproject.toml",
        "voila/files/%2fetc%2fpasswd",
        "voila/static/..%2f..%2f..%2f..%2f..%2f..%2fpyproject.toml",
        "voila/templates/lab/static/..%2f..%2f..%2f..%2fpyproject.toml",
        "voila/templates/..",
        "voila/labextensions/..%2f..%2f..%2f..%2fpyproject.toml",
        "voila/api/themes/..%2f..%2f..%2fpyproject.toml",
        "files/dashboard.ipynb",
        "nbconvert/html/dashboard.ipynb",
        "notebooks/dashboard.ipynb",
        "tree",
        "lab",
        "metrics",
        "api",
        "api/status",
        "api/contents",
        "api/contents/dashboard.ipynb",
        "api/kernels",
        "api/kernelspecs",
        "api/sessions",
        "api/terminals",
        "terminals/websocket/1",
        f"api/kernels/{NO_KERNEL}",
        f"api/kernels/{NO_KERNEL}/channels",
        f"voila/query/{NO_KERNEL}",
        f"voila/execution/{NO_KERNEL}",
    ],
)
def test_nothing_but_the_page_is_served(address, path):
    status, text = fetch(f"{address}/{path}")
    assert status in (400, 403, 404)
    assert not any(word in text for word in ("Traceback", str(NOTEBOOKS.parent)))


@pytest.mark.parametrize("path", ["api/kernels", "api/sessions", "api/terminals", ""])
def test_nothing_is_started_by_request(address, path):
    assert fetch(f"{address}/{path}", "POST", b"{}")[0] in (403, 404, 405)


@pytest.mark.parametrize("query", ["?template=nope", "?theme=nope", "?template=../.."])
def test_a_template_cannot_be_asked_for(address, query):
    status, page = fetch(f"{address}/{query}")
    assert (status, "Draw a digit" in page) == (200, True)


def test_the_page_names_no_other_site_and_shows_no_source(address):
    _, page = fetch(address)
    links = re.findall(r'(?:src|href|action)="([^"]*)"', page)
    assert links
    assert not [link for link in links if ":" in link and not link.startswith("data:")]
    for word in ("cdn", "from digitlib", str(NOTEBOOKS.parent)):
        assert word not in page


@pytest.mark.parametrize("path", ["/", f"/api/kernels/{NO_KERNEL}"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "192.0.2.1"])
def test_a_foreign_name_is_refused(address, path, host):
    assert fetch(address + path, Host=host)[0] == 403


def test_a_closed_page_ends_its_kernel_and_no_other_site_can(address):
    kernel_id = kernel_of(fetch(address)[1])
    process = kernels_of(address)[kernel_id]
    shutdown = f"{address}/voila/api/shutdown/{kernel_id}"
    assert fetch(shutdown, "POST", b"", Origin="http://evil.example")[0] in (403, 404)
    assert fetch(f"{address}/api/kernels/{kernel_id}")[0] == 200
    assert fetch(shutdown, "POST", b"", Origin=address)[0] == 204
    assert fetch(f"{address}/api/kernels/{kernel_id}")[0] == 404
    _, alive = psutil.wait_procs([process], timeout=PATIENCE)
    assert not alive


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_foreign_origin_is_refused(address, origin):
    async def join():
        page = Page(address)
        await page.join(kernel_of(fetch(address)[1]), Origin=origin)

    with pytest.raises(HTTPClientError) as refused:
        run(join())
    assert refused.value.code == 403


@pytest.mark.parametrize("offered", [None, ["x" + PROTOCOL], [PROTOCOL + "x", "y"]])
def test_the_older_protocol_is_refused(address, offered):
    async def join():
        url = f"{address}/api/kernels/{kernel_of(fetch(address)[1])}/channels"
        await websocket_connect(url.replace("http", "ws", 1), subprotocols=offered)

    with pytest.raises(HTTPClientError) as refused:
        run(join())
    assert refused.value.code == 400


@pytest.mark.parametrize("channel", ["shell", "control", "stdin"])
def test_no_code_is_executed(address, seven_strokes, tmp_path, channel):
    made = tmp_path / "made"

    async def attack():
        page = Page(address)
        await page.open()
        code = f"open({str(made)!r}, 'w').close()"
        evaluate = {"command": "evaluate", "arguments": {"expression": code}}
        page.send("execute_request", channel, code=code, silent=False)
        page.send("inspect_request", channel, code=code, cursor_pos=1)
        page.send("debug_request", channel, **evaluate)
        page.send("input_reply", channel, value=code)
        page.draw(seven_strokes)
        await page.see("7")  # so what was sent before has been looked at
        await page.leave()

    run(attack())
    assert not made.exists()


@pytest.mark.parametrize(
    "frame",
    [b"", b"{}", b"\xff" * 8, b"\xff" * 64, bytes(16), (2**60).to_bytes(8, "little")],
)
def test_a_broken_message_harms_nobody(address, seven_strokes, frame):
    async def attack():
        attacker = Page(address)
        await attacker.open()
        attacker.draw(seven_strokes * 50)  # answers are under way when it is cut off
        attacker.send_raw(frame)
        page = Page(address)
        await page.open()
        page.draw(seven_strokes)
        await page.see("7")
        await page.leave()
        await attacker.leave()

    run(attack())


def test_visitors_who_leave_while_they_draw_harm_nobody(address, seven_strokes):
    async def come_and_go():
        for _ in range(5):
            page = Page(address)
            await page.open()
            page.draw(seven_strokes * 50)
            await page.leave()
        page = Page(address)
        await page.open()
        page.draw(seven_strokes)
        await page.see("7")
        await page.leave()

    run(come_and_go())


def test_a_blank_pad_has_a_message(address):
    async def look():
        page = Page(address)
        await page.open()
        await page.leave()
        return page.models.values()

    states = run(look())
    assert [text for state in states for text in shown(state)] == ["&nbsp;"]
    assert "Traceback" not in json.dumps(list(states), default=str)


def test_a_failing_cell_gives_a_message(tmp_path):
    notebook = tmp_path / "dashboard.ipynb"
    notebook.write_text(json.dumps(BROKEN))
    command = dashboard_command("{port}")
    command[command.index(str(NOTEBOOKS / "dashboard.ipynb"))] = str(notebook)
    with serve(command, READY) as address:
        status, page = fetch(address)
    assert status == 200
    assert "The dashboard cannot be shown" in page
    for word in ("ZeroDivisionError", "secret_name", str(tmp_path), "site-packages"):
        assert word not in page


def test_kernels_that_nobody_uses_end_and_those_that_wait_do_not():
    # With a shorter limit, a busy machine ends a kernel while its page is being made.
    limits = [f"--MappingKernelManager.cull_{limit}" for limit in LIMITS]
    with serve([*dashboard_command("{port}"), *limits], READY) as address:
        waiting = wait_for(lambda: all_of_the_pool(address))
        used = kernel_of(fetch(address)[1])
        assert used in waiting
        wait_for(lambda: fetch(f"{address}/api/kernels/{used}")[0] == 404)
        assert waiting - {used} <= set(kernels_of(address))


LIMITS = "idle_timeout=4", "interval=1"
POOL = json.loads((NOTEBOOKS / "voila.json").read_text())["VoilaConfiguration"]


def all_of_the_pool(address):
    """The names of the kernels that wait, once none is missing."""
    names = set(kernels_of(address))
    return names if len(names) == POOL["default_pool_size"] else None


def test_a_kernel_holds_nothing_heavy():
    code = (
        "import sys, json, digitlib.dashboard.kernel, digitlib.dashboard.widget;"
        "digitlib.dashboard.widget.dashboard(); print(json.dumps(list(sys.modules)))"
    )
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code]))
    heavy = {"tensorflow", "keras", "matplotlib", "scipy", "sklearn", "pydevd"}
    assert not heavy & set(loaded)


def open_pad(page, address):
    page.goto(address)
    page.wait_for_selector(".digit-pad canvas")


def kernel_behind(page):
    name = page.wait_for_function("window.jupyterapp?.widgetManager?.kernel?.id")
    return name.json_value()


def test_the_page_says_when_its_kernel_has_died(page, address):
    open_pad(page, address)
    kernel_id = kernel_behind(page)
    message = page.get_by_role("alert")
    expect(message).to_be_hidden()
    kernels_of(address)[kernel_id].kill()
    expect(message).to_contain_text("This pad has ended")
    page.get_by_role("button", name="Reload").click()
    page.wait_for_selector(".digit-pad canvas")
    expect(message).to_be_hidden()
    assert kernel_behind(page) != kernel_id


def test_the_page_says_when_the_server_has_gone(page):
    with serve(dashboard_command("{port}"), READY) as address:
        open_pad(page, address)
        page.wait_for_function("window.jupyterapp?.widgetManager?.kernel")
    expect(page.get_by_role("alert")).to_contain_text("No answer")


def test_a_page_loads_without_errors_on_its_console(page, address):
    faults = []
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    open_pad(page, address)
    page.wait_for_function("window.jupyterapp?.widgetManager")
    assert not faults
