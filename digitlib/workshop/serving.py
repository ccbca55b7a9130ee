"""The supervisor of the processes that serve pages: they start and end together.

    demo or workshop -> serve -> a Server (process) for each Page, with parent_watch

`serve` starts a process for each page, calls back once all of them answer, and never
ends without ending them. If it is killed itself, `parent_watch` ends them.
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

from digitlib.errors import DigitError

HOST = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
START_SECONDS = 60
STOP_SECONDS = 10
POLL_SECONDS = 0.1  # between two checks of the processes


@dataclass(frozen=True)
class Page:
    """A page, and how to serve it.

    Attributes:
        name: its name in messages.
        port: its port on this machine.
        option: the command-line option for the port; in capitals, make's variable.
        command: the module to run, and its arguments.
        probe: a path that is cheap to request.
        token: the token that opens the page, if it requires one.
        environment: further environment variables, which `ps` does not show.
    """

    name: str
    port: int
    option: str
    command: list[str]
    probe: str
    token: str = field(default="", repr=False)
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    def address(self, host: str) -> str:
        """Return the page's address on a host, with the token that opens it."""
        query = f"/?token={self.token}" if self.token else ""
        return f"http://{host}:{self.port}{query}"


class Server:
    """A process that serves a page, and whose output goes to a log.

    The log has visitors' addresses, so it is a file without a name: the system frees it
    when the processes end that have it open, even if they are killed.
    """

    def __init__(self, page: Page):
        self.page = page
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the page
        environment = {"JUPYTER_TOKEN": page.token, **page.environment}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "digitlib.workshop.parent_watch", *page.command],
            stdin=subprocess.PIPE,  # held open for parent_watch, never written to
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=os.environ | environment,
            start_new_session=True,  # only this process handles Ctrl-C
        )

    def check(self) -> None:
        """Raise a DigitError with the last line of the log if the process has ended."""
        status = self.process.poll()
        if status is not None:
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").split("\n")
            words = [line.strip() for line in lines if line.strip()]
            last = words[-1] if words else "there was no output"
            raise DigitError(f"The {self.page.name} ended (status {status}): {last}")

    def answers(self) -> bool:
        """Return whether the page answers; this starts no kernel."""
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
    on_poll: Callable[[], None] = lambda: None,
) -> None:
    """Serve pages until Ctrl-C.

    Args:
        pages: the pages to serve.
        on_ready: called once all of them answer.
        on_poll: called ten times a second from then on.

    Raises:
        DigitError: a page ended or does not answer; the others were ended too.
    """
    stop = _record_stop_signals()
    servers: list[Server] = []
    try:
        for page in pages:
            servers.append(Server(page))
        _await_all(servers, stop)
        if not stop:
            on_ready()
        while not stop:
            _check(servers)
            on_poll()
            time.sleep(POLL_SECONDS)
    finally:
        _end(servers)


def check_port(page: Page, host: str) -> None:
    """Raise a DigitError that names the option if the page's port is not available."""
    with socket.socket() as probe:
        if os.name == "posix":  # or a port that was just released counts as taken
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
    """Return the address for other machines; HOST if this one is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, only finds the route
            return probe.getsockname()[0]
        except OSError:  # the network has no route out, or there is no network
            return _first_address()


def _first_address() -> str:
    """Return the first address that others can reach, such as that of a hotspot."""
    import psutil

    live = {name for name, state in psutil.net_if_stats().items() if state.isup}
    addresses = [
        each.address
        for name, all_of_it in psutil.net_if_addrs().items()
        for each in all_of_it
        if name in live and each.family == socket.AF_INET
    ]
    return next((each for each in addresses if not each.startswith("127.")), HOST)


def _record_stop_signals() -> list[int]:
    """Record from now on, in a list, the signals that ask this process to stop."""
    stop: list[int] = []
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Ctrl-C, kill, a closed terminal
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), lambda number, _: stop.append(number))
    return stop


def _await_all(servers: list[Server], stop: list[int]) -> None:
    """Wait until all servers answer, or until a signal asks to stop."""
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
        time.sleep(POLL_SECONDS)


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
