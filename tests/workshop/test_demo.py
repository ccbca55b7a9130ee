"""`python -m digitlib demo` for real: both pages run, and nothing is left behind."""

import os
import signal
import socket
import urllib.request
from contextlib import contextmanager

import psutil
import pytest

from tests.launching import (
    HOST,
    PATIENCE,
    assert_nothing_is_left,
    command_line,
    free_port,
    get,
    launch,
    needs_signals,
    port_options,
    wait_for_a_kernel,
)

pytestmark = pytest.mark.slow

NO_KERNEL = "00000000-0000-4000-8000-000000000000"


@contextmanager
def running_demo():
    """Yield a demo that has printed its addresses, its two ports, and its processes."""
    ports = free_port(), free_port()
    with launch("demo", *port_options(ports)) as process:
        output = [process.stdout.readline() for _ in range(3)]
        assert output[0].split() == ["Web", "app", f"http://{HOST}:{ports[0]}"]
        assert output[1].split() == ["Dashboard", f"http://{HOST}:{ports[1]}"]
        yield process, ports, wait_for_a_kernel(process.pid)


def test_both_pages_answer():
    with running_demo() as (_, (app_port, dashboard_port), _):
        status, body = get(app_port)
        assert (status, "<form" in body) == (200, True)
        status, body = get(dashboard_port)  # starts a kernel, or uses the waiting one
        assert (status, "Draw a digit" in body) == (200, True)


@needs_signals
@pytest.mark.parametrize(
    ("send", "number"),
    [
        pytest.param("killpg", "SIGINT", id="Ctrl-C in a terminal"),
        pytest.param("kill", "SIGINT", id="Ctrl-C for the launcher alone"),
        pytest.param("kill", "SIGTERM", id="kill"),
    ],
)
def test_stopping_ends_everything(send, number):
    with running_demo() as (process, ports, processes):
        getattr(os, send)(process.pid, getattr(signal, number))
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert_nothing_is_left(ports, processes)


@needs_signals
@pytest.mark.parametrize(
    ("module", "name"), [("app", "web app"), ("digitlib.dashboard.server", "dashboard")]
)
def test_if_one_page_ends_so_does_the_other(module, name):
    with running_demo() as (process, ports, processes):
        watched = ["-m", "digitlib.workshop.parent_watch", module]
        next(p for p in processes if command_line(p)[1:4] == watched).kill()
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert errors.startswith(f"digitlib: The {name} ended (status -9): ")
    assert errors.count("\n") == 1
    assert_nothing_is_left(ports, processes)


@needs_signals
def test_a_killed_launcher_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running_demo() as (process, ports, processes):
        get(ports[1], "/nothing")  # the dashboard logs it, with the visitor's address
        process.kill()
        assert_nothing_is_left(ports, processes)
    assert not list(tmp_path.iterdir()), "such as a log"


def test_in_the_local_network_a_token_opens_the_dashboard():
    ports = free_port(), free_port()
    with launch("demo", "--lan", *port_options(ports)) as process:
        output = [process.stdout.readline().split() for _ in range(3)]
        address, token = output[1][1].split("/?token=")
        host = address.removeprefix("http://").removesuffix(f":{ports[1]}")
        assert output[0][2] == f"http://{host}:{ports[0]}"
        assert len(token) >= 16
        assert get(ports[0], Host=host)[0] == 200
        for path in ("/", "/?token=", "/?token=wrong", f"/api/kernels/{NO_KERNEL}"):
            assert get(ports[1], path, Host=host)[0] in (
                302,
                403,
            )  # redirects to the login
        status, body = get(ports[1], f"/?token={token}", Host=host)
        assert (status, "Draw a digit" in body, token in body) == (200, True, False)
        cookie = login_cookie(ports[1], token, host)
        assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
        processes = psutil.Process(process.pid).children(recursive=True)
        words = [word for each in processes for word in command_line(each)]
        assert words
        assert not any(token in word for word in words)


def login_cookie(port, token, host):
    """What a browser is told to send along from now on, in place of the token."""
    request = urllib.request.Request(f"http://{HOST}:{port}/?token={token}")
    request.add_header("Host", host)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.headers["Set-Cookie"]


@pytest.mark.parametrize("option", ["app-port", "dashboard-port"])
def test_a_taken_port_is_one_line_naming_the_option(option):
    other = {"app-port": "dashboard-port", "dashboard-port": "app-port"}[option]
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        options = f"--{option}={port}", f"--{other}={free_port()}"
        with launch("demo", *options) as process:
            output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (1, "")
    assert errors.startswith(f"digitlib: Port {port} cannot be had")
    assert f"--{option}" in errors
    assert f"with make: {option.upper().replace('-', '_')}=" in errors
    assert errors.count("\n") == 1
