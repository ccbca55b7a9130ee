"""Start `python -m digitlib demo` or `workshop` as a terminal does, and look at it."""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from itertools import cycle

import psutil
import pytest

HOST = "127.0.0.1"
PATIENCE = 120  # seconds, for what hangs: no test fails because a machine is slow

needs_signals = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


def _ports():
    """The ports for this process's servers, over and over, from any of them on.

    No system gives these to whoever asks for just any port, as browsers and kernels do
    all the time: so nobody takes one before its server does. Processes that run tests
    side by side have a thousand each.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = range(10_000 + worker % 20 * 1000, 11_000 + worker % 20 * 1000)
    start = secrets.randbelow(len(own))
    yield from cycle([*own[start:], *own[:start]])


PORTS = _ports()


def free_port():
    """A port for a server that is about to start."""
    for port in PORTS:
        with suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            return port


def wait_for(condition):
    """What the condition gives, once that is something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return found


def command_line(process):
    """The words that started a process; none if it has ended, or is not ours."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def child_with(word):
    """The process that these tests started with such a word in its command."""
    (found,) = (
        child
        for child in psutil.Process().children()
        if any(word in each for each in command_line(child))
    )
    return found


def port_options(ports):
    return f"--app-port={ports[0]}", f"--dashboard-port={ports[1]}"


@contextmanager
def launch(command, *options):
    """The command in a process group of its own, as a terminal starts one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "digitlib", command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


def read_until(process, end):
    """What it says, up to the line that begins so."""
    said = []
    while not (said and said[-1].startswith(end)):
        said.append(process.stdout.readline())
        assert said[-1], f"it ended: {''.join(said)}{process.stderr.read()}"
    return "".join(said)


def wait_for_a_kernel(pid):
    """All processes below this one, as soon as the dashboard's first kernel is up."""

    def look():
        processes = psutil.Process(pid).children(recursive=True)
        return processes if any(map(is_kernel, processes)) else []

    return wait_for(look)


def is_kernel(process):
    """Whether it is the process behind a dashboard."""
    return "digitlib.dashboard.kernel" in command_line(process)


def get(port, path="/", host=HOST, **headers):
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def assert_nothing_is_left(ports, processes):
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    assert not alive
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port), timeout=PATIENCE).close()
