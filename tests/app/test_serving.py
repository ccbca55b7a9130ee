"""Every way to serve the app, and what a server must withstand."""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx
import pytest

from app import intake
from tests.launching import HOST, PATIENCE, child_with, free_port, wait_for
from tests.sending import (
    SEVEN_PNG,
    assert_error,
    data_url,
    file_header,
    form,
    make_client,
    touching_digits,
)

ROOT = Path(__file__).parents[2]


@contextmanager
def server(*command, stderr=None, model="cnn", **environment):
    """Run `python -m ...` until the context ends; yield its port once it answers."""
    port = free_port()
    command = [part.format(port=port) for part in command]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | environment,
        stderr=stderr,
    )
    try:
        wait_for(lambda: is_up(process, port, model))
        yield port
        assert process.poll() is None, "the server has ended"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_up(process, port, model="cnn"):
    """Return whether the server answers; fail if its process has ended."""
    assert process.poll() is None, "the server has ended"
    with suppress(OSError):
        health = f"http://{HOST}:{port}/healthz"
        with urllib.request.urlopen(health, timeout=5) as response:
            assert json.load(response) == {"status": "ok", "model": model}
            return True


COMMANDS = {
    "waitress": ["app", "--port", "{port}"],
    "flask": ["flask", "--app", "app", "run", "--port", "{port}"],
    "gunicorn": ["gunicorn", "--bind", "127.0.0.1:{port}"],  # and gunicorn.conf.py
}


def skip_where_it_does_not_run(name):
    if name == "gunicorn" and sys.platform == "win32":
        pytest.skip("gunicorn does not run on Windows")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_way_to_serve_reads_a_digit(name):
    skip_where_it_does_not_run(name)
    with server(*COMMANDS[name]) as port:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/predict",
            json.dumps({"image": data_url(SEVEN_PNG)}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            assert json.load(response)["results"][0]["text"] == "7"


def exchange(port, *pieces):
    """Send raw bytes; return the answer's first line, b"" if the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # closed while we were sending
            pass
        try:
            return connection.makefile("rb").readline()
        except OSError:
            return b""


START = (
    b"POST /api/predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\n"
)
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
MEGABYTE = b"100000\r\n" + bytes(2**20) + b"\r\n"  # one chunk


@pytest.mark.parametrize("name", ["waitress", "gunicorn"])
def test_server_limits_what_it_reads(name):
    skip_where_it_does_not_run(name)
    with server(*COMMANDS[name]) as port:
        endless = exchange(
            port, START + b"Transfer-Encoding: chunked\r\n\r\n", *[MEGABYTE] * 60
        )
        assert endless == b"" or b" 413 " in endless
        long = exchange(port, START + b"Content-Length: 50000000\r\n\r\n")
        assert b" 413 " in long
        wordy = exchange(port, START + b"X: " + b"x" * 300_000 + b"\r\n\r\n")
        assert wordy == b"" or b" 431 " in wordy
        assert_healthy(port)


CHUNKS = {
    "negative": b"-2\r\nab\r\n",
    "with 0x": b"0x2\r\nab\r\n0\r\n\r\n",
    "no number": b"zz\r\nab\r\n",
    "too long": b"2\r\nabxx0\r\n\r\n",
}


@pytest.mark.parametrize("name", ["waitress", "gunicorn"])
def test_malformed_chunks_are_the_senders_fault(name):
    skip_where_it_does_not_run(name)
    form_data = START.replace(b"application/json", b"multipart/form-data; boundary=x")
    with server(*COMMANDS[name], WEB_CONCURRENCY="1") as port:
        for start in (START, form_data):
            head = start + b"Transfer-Encoding: chunked\r\n\r\n"
            answers = {each: exchange(port, head, CHUNKS[each]) for each in CHUNKS}
            assert all(b" 400 " in answer for answer in answers.values()), answers
        assert_healthy(port)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["waitress", "gunicorn"])
def test_health_page_does_not_wait_for_readings(name):
    """Every place is taken by a picture full of digits, and more pictures wait."""
    skip_where_it_does_not_run(name)
    several = {"files": [("image", ("a.png", touching_digits()))] * 3}
    serving = server(*COMMANDS[name], WEB_CONCURRENCY="1")
    with serving as port, ThreadPoolExecutor(4) as pool:
        send = partial(httpx.post, f"http://{HOST}:{port}/api/predict", **several)
        readings = [pool.submit(send, timeout=PATIENCE) for _ in range(4)]
        time.sleep(0.5)
        while not any(reading.done() for reading in readings):
            start = time.monotonic()
            assert_healthy(port)
            assert time.monotonic() - start < 1
            time.sleep(0.1)
        assert all(reading.result().status_code == 200 for reading in readings)


def assert_healthy(port):
    """The health page answers."""
    assert b" 200 " in exchange(port, HEALTH)


@pytest.mark.parametrize("name", ["waitress", "gunicorn"])
def test_stalled_uploads_lock_nobody_out(name):
    skip_where_it_does_not_run(name)
    with server(*COMMANDS[name]) as port, ExitStack() as stack:
        uploads = []
        for _ in range(200):
            connection = socket.create_connection((HOST, port), timeout=PATIENCE)
            uploads.append(stack.enter_context(connection))
            connection.sendall(START + b"Content-Length: 1000\r\n\r\nhalf")
        assert_healthy(port)
        assert any(map(is_waited_for, uploads))  # it did not answer only after these


def is_waited_for(upload):
    """Return whether the server still waits: it has neither answered nor hung up."""
    upload.setblocking(False)
    try:
        upload.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@pytest.mark.slow
@pytest.mark.parametrize("name", ["waitress", "gunicorn"])
@pytest.mark.parametrize("piece", ["head", "body"])
def test_more_stalled_requests_than_there_is_room_for_lock_nobody_out(name, piece):
    skip_where_it_does_not_run(name)
    start = (
        HEALTH[:30] if piece == "head" else START + b"Content-Length: 1000\r\n\r\nhalf"
    )
    with server(*COMMANDS[name], WEB_CONCURRENCY="1") as port, ExitStack() as stack:
        for _ in range(1005 if name == "waitress" else 400):
            connection = socket.create_connection((HOST, port), timeout=PATIENCE)
            stack.enter_context(connection)
            with suppress(OSError):  # closed already, to make room
                connection.sendall(start)
        start_of_waiting = time.monotonic()
        assert_healthy(port)
        assert time.monotonic() - start_of_waiting < intake.MAX_IDLE / 2


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("name", COMMANDS)
def test_no_server_writes_an_upload_to_a_file(name, tmp_path):
    """All that it has open is looked at while the upload waits for its end."""
    long = SEVEN_PNG + b"a visitor's picture" * 100_000
    start = START + b"Content-Length: %d\r\n\r\n" % len(long)
    with server(*COMMANDS[name], TMPDIR=str(tmp_path), WEB_CONCURRENCY="1") as port:
        main = child_with(str(port))
        with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
            connection.sendall(start + long[:-10])
            time.sleep(1)
            for process in (main, *main.children(recursive=True)):
                for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
                    assert str(tmp_path) not in os.readlink(descriptor)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("name", ["waitress", "gunicorn"])
def test_what_is_being_read_at_the_end_is_still_answered(name):
    body = form(*[(file_header(b"7.png"), SEVEN_PNG)] * 20)["data"]
    head = START.replace(b"application/json", b"multipart/form-data; boundary=x")
    ended = pytest.raises(AssertionError, match="the server has ended")
    serving = server(*COMMANDS[name], WEB_CONCURRENCY="1")
    with ThreadPoolExecutor() as pool, ended, serving as port:
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        answer = pool.submit(exchange, port, head + length, body)
        time.sleep(0.5)
        main = child_with(str(port))
        main.terminate()
        main.wait(PATIENCE)
    assert b" 200 " in answer.result()


def test_full_server_says_so_and_the_health_page_answers(monkeypatch):
    client = make_client()
    monkeypatch.setattr(intake, "MAX_UPLOADS", 0)
    assert_error(client.post("/api/predict", json={}), 503, "busy")
    assert client.get("/healthz").status_code == 200


def test_upload_that_has_been_silent_longest_gives_way(monkeypatch):
    monkeypatch.setattr(intake, "MAX_HALF", 100)
    ours, theirs = zip(*(socket.socketpair() for _ in range(3)), strict=True)
    taken = intake.Intake(None)
    with ExitStack() as stack:
        [stack.enter_context(each) for each in (*ours, *theirs)]
        for i, each in enumerate(ours):
            environ = {"wsgi.input": io.BytesIO(bytes(60)), "CONTENT_LENGTH": "99"}
            upload = intake.Upload(environ | {"gunicorn.socket": each})
            upload.read(60)
            upload.last = i
            taken._uploads.add(upload)
        taken.give_up_slow_ones(now=10)
        [each.setblocking(False) for each in theirs]
        assert [theirs[i].recv(1) for i in (0, 1)] == [b"", b""]
        with pytest.raises(BlockingIOError):
            theirs[2].recv(1)


def test_killed_worker_is_replaced():
    skip_where_it_does_not_run("gunicorn")
    with server(*COMMANDS["gunicorn"], WEB_CONCURRENCY="1") as port:
        master = child_with(f"{HOST}:{port}")
        (worker,) = master.children()
        worker.kill()
        worker.wait(PATIENCE)
        assert_healthy(port)
        assert worker not in master.children()


def run_app(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_app_that_cannot_start_says_why_in_one_line(tmp_path):
    missing = str(tmp_path / "missing.tflite")
    result = run_app("--port", str(free_port()), DIGITLIB_MODEL=missing)
    assert result.returncode == 1
    assert "no network" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_taken_port_is_one_line_that_names_the_option():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run_app("--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "--port" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
