"""The process behind each open dashboard never outlives its use."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from digitlib.dashboard import limits
from tests.launching import HOST, PATIENCE, needs_signals

KERNEL = [sys.executable, "-m", "digitlib.dashboard.kernel", "-f"]

# Starts a kernel as the dashboard's server does, and ends at the end of its input.
SERVER = """
import os, subprocess, sys
environment = os.environ | {"JPY_PARENT_PID": str(os.getpid())}
print(subprocess.Popen(sys.argv[1:], env=environment).pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    """A folder as the dashboard's server makes it for the files of its kernels."""
    folder = tmp_path / "voila_x"
    folder.mkdir()
    return folder


@pytest.fixture
def server(folder):
    """A server, and the kernel that it has just started."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, *KERNEL, folder / "kernel.json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process, psutil.Process(int(process.stdout.readline()))


def assert_it_ends(kernel):
    _, alive = psutil.wait_procs([kernel], timeout=PATIENCE)
    assert not alive


def test_a_kernel_whose_port_is_taken_ends_at_once(tmp_path):
    connection = tmp_path / "kernel.json"
    with socket.create_server((HOST, 0)) as taken:
        busy = {"ip": HOST, "iopub_port": taken.getsockname()[1]}
        connection.write_text(json.dumps(busy))
        environment = os.environ | {"JPY_PARENT_PID": str(os.getpid())}
        kernel = subprocess.run(
            [*KERNEL, connection],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert kernel.returncode == 1
    assert "ZMQError: Address" in kernel.stderr


@needs_signals
def test_a_kernel_that_is_starting_ends_with_its_server(server):
    process, kernel = server
    process.kill()
    assert_it_ends(kernel)


@needs_signals
def test_a_killed_server_leaves_no_folder_of_its_kernels(server, folder):
    process, kernel = server
    (folder / "kernel-ipc-1").touch()
    process.kill()
    assert_it_ends(kernel)
    end = time.monotonic() + 30
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not folder.exists()
    assert folder.parent.exists()


@needs_signals
@pytest.mark.parametrize("delay", [0.2, 0.5, 1])
def test_a_kernel_can_be_interrupted_while_it_starts(server, delay):
    process, kernel = server
    with pytest.raises(psutil.TimeoutExpired):
        kernel.wait(delay)
    kernel.send_signal(signal.SIGINT)
    process.kill()
    assert_it_ends(kernel)


@pytest.mark.limit("KERNEL_BYTES")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this limit")
def test_a_kernel_gets_no_more_memory_than_it_may_have():
    code = (
        "from digitlib.dashboard.kernel import _limit_memory as limit; limit();"
        f"bytes({limits.KERNEL_BYTES})"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "MemoryError" in ended.stderr
