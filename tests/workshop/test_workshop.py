"""`python -m digitlib workshop` for real, and the page for the projector."""

import asyncio
import json
import os
import re
import signal
import socket

import cv2
import numpy as np
import psutil
import pytest

from benchmarks.page import CONFIG, Page
from digitlib.dashboard import widget
from digitlib.errors import DigitError, ModelError
from digitlib.reading import manifest
from digitlib.workshop import workshop
from digitlib.workshop.serving import find_address
from tests.apart import apart
from tests.launching import (
    HOST,
    PATIENCE,
    assert_nothing_is_left,
    free_port,
    get,
    launch,
    needs_signals,
    port_options,
    read_until,
)
from tests.sending import make_client

BLOCKS = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}  # light above, below
ADDRESS = "http://192.0.2.7:8866/?token=0123456789abcdef"


def decode(lines):
    """Read a QR code made of half blocks, as a phone would."""
    cells = np.array([[BLOCKS[block] for block in line] for line in lines], np.uint8)
    rows = cells.transpose(0, 2, 1).reshape(-1, cells.shape[1])
    picture = 255 * rows.repeat(8, axis=0).repeat(8, axis=1)
    # OpenCV's other detector misses two codes of a thousand, and the token is random.
    return cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0]


async def visit(port, token, process):
    """Return what the terminal shows while a page is open, and once it is closed."""
    _, text = get(port, f"/?token={token}")
    page = Page(f"http://{HOST}:{port}")
    kernel_id = json.loads(CONFIG.search(text)[1])["kernelId"]
    await page.join(kernel_id, Authorization=f"token {token}")
    output = [process.stdout.readline()]
    await page.leave()
    return [*output, process.stdout.readline()]


@pytest.mark.slow
@needs_signals
@pytest.mark.skipif(find_address() == HOST, reason="this machine is in no network")
def test_a_class_is_admitted_guided_and_counted(tmp_path):
    ports, host = (free_port(), free_port()), find_address()
    model = manifest.MODELS / "lenet.keras"
    options = f"--collect={tmp_path / 'class.sqlite'}", f"--model={model}"
    with launch("workshop", "--lan", *options, *port_options(ports)) as process:
        output = read_until(process, "Ctrl-C")
        assert "lenet reads" in output
        address = re.search(r"Dashboard +(\S+)", output)[1]
        assert decode(re.findall("(?m)^[█▀▄ ]{20,}$", output)) == address
        capacity = re.search(r"room for (\d+)", output)[1]
        assert process.stdout.readline() == (
            f"Visitors: 0 now, 0 at the busiest, room for {capacity}\n"
        )
        now = apart(asyncio.run, visit(ports[1], address.partition("=")[2], process))
        assert [line.split(",")[0] for line in now] == [
            "Visitors: 1 now",
            "Visitors: 0 now",
        ]
        status, page = get(ports[0], "/workshop")
        assert (status, address.removeprefix("http://") in page) == (200, True)
        assert get(ports[0], "/workshop", host)[0] == 404
        assert '"lenet"' in get(ports[0], "/healthz")[1]
        key = re.search(r"Class set +\S+(/class\?key=\S+)", output)[1]
        assert get(ports[0], key)[0] == 200
        assert get(ports[0], "/class?key=wrong")[0] in (403, 404)
        processes = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert_nothing_is_left(ports, processes)


def test_problems_are_reported_before_anything_starts():
    with socket.create_server((HOST, 0)) as taken:
        ports = taken.getsockname()[1], free_port()
        with launch("workshop", *port_options(ports)) as process:
            output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"!! ports    Port {ports[0]} cannot be had" in output
    assert "ok models" in output
    assert errors.startswith("digitlib: Not ready")
    assert errors.count("\n") == 1


def test_visitors_are_served_from_the_small_file():
    keras, tflite = (manifest.MODELS / f"mlp{end}" for end in manifest.SUFFIXES)
    assert workshop.find_network(str(keras)) == str(tflite)
    assert workshop.find_network("mlp") == "mlp"


def test_a_network_without_its_small_file_is_an_error(tmp_path):
    (tmp_path / "class.keras").touch()
    with pytest.raises(ModelError, match=r"class\.tflite"):
        workshop.find_network(str(tmp_path / "class.keras"))


def test_the_dashboard_uses_the_network_of_the_environment(monkeypatch):
    monkeypatch.setenv("DIGITLIB_MODEL", "nowhere")
    alone = widget.dashboard()
    assert "There is no network at models/nowhere" in alone.children[1].value


def test_a_terminal_without_blocks_gets_no_code(monkeypatch, capsys):
    monkeypatch.setattr(type(workshop.sys.stdout), "encoding", "cp1252", raising=False)
    workshop.print_qr_code(ADDRESS)
    assert capsys.readouterr().out == ""


# --- The page for the projector ------------------------------------------------------


@pytest.fixture
def client(tmp_path):
    links = [["Draw a digit", ADDRESS]]
    count = tmp_path / "visitors"
    count.write_text("12")
    return make_client(
        WORKSHOP={"links": links, "visitors": str(count), "capacity": 40}
    )


def test_nobody_can_pretend_to_be_here(tmp_path):
    shown = {"links": [["Draw a digit", ADDRESS]], "visitors": str(tmp_path / "none")}
    client = make_client(WORKSHOP=shown | {"capacity": 40}, PROXIES=1)
    forged = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"}
    elsewhere = {"REMOTE_ADDR": "192.0.2.8"}
    answer = client.get("/workshop", headers=forged, environ_base=elsewhere)
    assert (answer.status_code, ADDRESS[-8:] in answer.text) == (404, False)


def test_the_page_shows_the_link_and_the_visitors(client):
    page = client.get("/workshop").text
    assert ADDRESS.removeprefix("http://") in page
    assert "<svg" in page
    assert re.search(r">12</span> drawing now, room for 40", page)
    assert client.get("/workshop/visitors").json == {"visitors": 12}


@pytest.mark.parametrize("path", ["/workshop", "/workshop/visitors"])
def test_it_is_for_this_machine_only(client, path):
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.8"}}
    answers = [
        client.get(path, **elsewhere),
        client.get(path, headers={"Host": "evil.example"}),
    ]
    for answer in answers:
        assert answer.status_code == 404
        assert "0123456789abcdef" not in answer.text


def test_without_a_workshop_there_is_no_such_page():
    assert make_client().get("/workshop").status_code == 404


def test_the_page_for_browsers_must_have_been_built(tmp_path):
    with pytest.raises(DigitError, match=r"digitlib web .*nothing"):
        workshop._browser_page(tmp_path / "nothing", 8900, lan=True)


@pytest.mark.slow
@needs_signals
@pytest.mark.skipif(find_address() == HOST, reason="this machine is in no network")
def test_the_page_for_browsers_is_served_and_offered_beside_the_rest(tmp_path):
    """The projector's page has a code for it; phones that follow it need no kernel."""
    (tmp_path / "index.html").write_text("read here")
    ports, own = (free_port(), free_port()), free_port()
    options = f"--browser={tmp_path}", f"--browser-port={own}"
    with launch("workshop", "--lan", *options, *port_options(ports)) as process:
        output = read_until(process, "Ctrl-C")
        address = f"{find_address()}:{own}"
        assert re.search(rf"Browser +http://{address}", output)
        assert get(own, "/") == (200, "read here")
        _, projected = get(ports[0], "/workshop")
        assert "Draw on your own device" in projected
        assert address in projected
