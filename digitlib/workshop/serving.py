"""Processes that serve pages: started, watched, and ended together.

`demo` and `workshop` say which pages; this starts a process for each,
calls back once all answer, and never ends without ending them: even when it is killed
itself, for then `parent_watch` ends them.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from digitlib.errors import DigitError

HOST = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
START_SECONDS = 60
STOP_SECONDS = 10
TURN_SECONDS = 0.1  # between two looks at the processes


@dataclass(frozen=True)
class Page:
    """One of the pages, and how to serve it.

    Attributes:
        name: as messages call it.
        port: on this machine.
        option: changes the port on the command line; in capitals it does so for make.
        command: the module to run, and its arguments.
        probe: a path that is cheap to answer.
        token: opens the page, where one is asked for.
        environment: what else its process is told, unseen by `ps`.
    """

    name: str
    port: int
    option: str
    command: list[str]
    probe: str
    token: str = field(default="", repr=False)
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    def address(self, host: str) -> str:
        """Where the page is on a host, with the token that opens it."""
        query = f"/?token={self.token}" if self.token else ""
        return f"http://{host}:{self.port}{query}"


class Server:
    """A page being served by a process, whose output goes to a log."""

    def __init__(self, page: Page, folder: Path):
        self.page = page
        self._log = folder / f"{page.option}.log"
        told = {"JUPYTER_TOKEN": page.token, **page.environment}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "digitlib.workshop.parent_watch", *page.command],
                stdin=subprocess.PIPE,  # the leash: held, never written to
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | told,
                start_new_session=True,  # Ctrl-C is answered by this process alone
            )

    def check(self) -> None:
        """Raise a DigitError with its last words if the process has ended."""
        status = self.process.poll()
        if status is not None:
            lines = self._log.read_text(errors="replace").split("\n")
            words = [line.strip() for line in lines if line.strip()]
            last = words[-1] if words else "it said nothing"
            raise DigitError(f"The {self.page.name} ended (status {status}): {last}")

    def answers(self) -> bool:
        """Whether the page can be had; no kernel is started for this."""
        connection = http.client.HTTPConnection(HOST, self.page.port, timeout=5)
        try:
            connection.request("HEAD", self.page.probe)
            return connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def serve(
    pages: list[Page],
    on_ready: Callable[[], None],
    on_turn: Callable[[], None] = lambda: None,
) -> None:
    """Serve pages until Ctrl-C.

    Args:
        pages: what to serve.
        on_ready: called once all answer.
        on_turn: called ten times a second from then on.

    Raises:
        DigitError: one of them ended, or does not answer; the others are ended too.
    """
    stop = _note_signals()
    servers: list[Server] = []
    with tempfile.TemporaryDirectory(prefix="digitlib-") as folder:
        try:
            for page in pages:
                servers.append(Server(page, Path(folder)))
            _await_all(servers, stop)
            if not stop:
                on_ready()
            while not stop:
                _check(servers)
                on_turn()
                time.sleep(TURN_SECONDS)
        finally:
            _end(servers)


def check_port(page: Page, host: str) -> None:
    """Raise a DigitError that names the option if the page's port cannot be had."""
    with socket.socket() as probe:
        if os.name == "posix":  # else a port that was just given back counts as taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, page.port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            variable = page.option.upper().replace("-", "_")
            raise DigitError(
                f"Port {page.port} cannot be had for the {page.name} ({reason}): choose"
                f" another with --{page.option} (with make: {variable}=...)."
            ) from error


def find_address() -> str:
    """Where other machines find this one; its own address where it is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, only finds the way out
            return probe.getsockname()[0]
        except OSError:  # there is no way out of this network, or no network
            return _first_address()


def _first_address() -> str:
    """The first address that is not this machine's alone, as that of a hotspot."""
    import psutil

    live = {name for name, state in psutil.net_if_stats().items() if state.isup}
    addresses = [
        each.address
        for name, all_of_it in psutil.net_if_addrs().items()
        for each in all_of_it
        if name in live and each.family == socket.AF_INET
    ]
    return next((each for each in addresses if not each.startswith("127.")), HOST)


def _note_signals() -> list[int]:
    """From now on, note in a list what asks this process to stop."""
    stop: list[int] = []
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Ctrl-C, kill, a closed terminal
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), lambda number, _: stop.append(number))
    return stop


def _await_all(servers: list[Server], stop: list[int]) -> None:
    """Wait until all answer, or none need to any more."""
    deadline = time.monotonic() + START_SECONDS
    waiting = servers
    while not stop:
        _check(servers)
        waiting = [server for server in waiting if not server.answers()]
        if not waiting:
            return
        if time.monotonic() > deadline:
            names = " and the ".join(server.page.name for server in waiting)
            raise DigitError(f"The {names} did not answer in {START_SECONDS} s.")
        time.sleep(TURN_SECONDS)


def _check(servers: list[Server]) -> None:
    for server in servers:
        server.check()


def _end(servers: list[Server]) -> None:
    for server in servers:
        server.process.terminate()
    for server in servers:
        try:
            server.process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()
