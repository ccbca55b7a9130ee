"""Start `python -m digitlib demo` or `workshop` as a terminal does, and look at it."""

import http.client
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest

HOST = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


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
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        processes = psutil.Process(pid).children(recursive=True)
        if any(
            "digitlib.dashboard.kernel" in process.cmdline() for process in processes
        ):
            return processes
        time.sleep(0.1)
    raise AssertionError("no kernel was started")


def get(port, path="/", host=HOST, **headers):
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def assert_nothing_is_left(ports, processes):
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port), timeout=5).close()
