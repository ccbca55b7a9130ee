"""Both pages on this machine until Ctrl-C: what `make demo` runs.

The dashboard (voila) and the web app are two processes of their own. This one starts
them, says where they are, watches them, and never ends without ending both: even when
it is killed itself, for then `digitlib.leash` ends them.
"""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from digitlib.errors import DigitError

HOST = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
START_SECONDS = 60
STOP_SECONDS = 10


@dataclass(frozen=True)
class Page:
    """One of the two pages, and how to serve it.

    Attributes:
        name: as messages call it.
        port: on this machine.
        option: changes the port on the command line; in capitals it does so for make.
        command: the module to run, and its arguments.
        probe: a path that is cheap to answer.
        token: opens the page, where one is asked for.
    """

    name: str
    port: int
    option: str
    command: list[str]
    probe: str
    token: str = field(default="", repr=False)


class Server:
    """A page being served by a process, whose output goes to a log."""

    def __init__(self, page: Page, folder: Path):
        self.page = page
        self._log = folder / f"{page.option}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "digitlib.leash", *page.command],
                stdin=subprocess.PIPE,  # the leash: held, never written to
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"JUPYTER_TOKEN": page.token},  # unseen by `ps`
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


def run(app_port: int, dashboard_port: int, lan: bool = False) -> int:
    """Serve both pages until Ctrl-C.

    Args:
        app_port: of the web app.
        dashboard_port: of the dashboard.
        lan: let other machines in, to the dashboard with a token only; else nobody.

    Returns:
        The exit status, 0.

    Raises:
        DigitError: a port is taken, or one of the two ended; the other is ended too.
    """
    pages = _pages(app_port, dashboard_port, lan)
    for page in pages:
        _check_port(page, EVERYWHERE if lan else HOST)
    stop = _note_signals()
    servers: list[Server] = []
    with tempfile.TemporaryDirectory(prefix="digitlib-") as folder:
        try:
            for page in pages:
                servers.append(Server(page, Path(folder)))
            _watch(servers, stop, _address() if lan else HOST)
        finally:
            _end(servers)
    return 0


def dashboard_command(port: int | str) -> list[str]:
    """The arguments of Python that serve the dashboard, set up by `voila.json`."""
    return [
        *("-m", "digitlib.server", str(NOTEBOOKS / "dashboard.ipynb")),
        *("--no-browser", f"--port={port}", f"--Voila.config_file_paths={NOTEBOOKS}"),
    ]


def _pages(app_port: int, dashboard_port: int, lan: bool) -> list[Page]:
    app = ["app", f"--port={app_port}"]
    dashboard = dashboard_command(dashboard_port)[1:]
    token = ""
    if lan:
        app.append(f"--host={EVERYWHERE}")
        dashboard += [f"--Voila.ip={EVERYWHERE}", "--Voila.auto_token=True"]
        token = secrets.token_urlsafe(12)
    probe = "/voila/static/voila.js"
    return [
        Page("web app", app_port, "app-port", app, "/healthz"),
        Page("dashboard", dashboard_port, "dashboard-port", dashboard, probe, token),
    ]


def _address() -> str:
    """Where other machines find this one; its own address where it is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, only finds the way out
            return probe.getsockname()[0]
        except OSError:  # in no network
            return HOST


def _check_port(page: Page, host: str) -> None:
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
                f" another with --{page.option} (make demo {variable}=...)."
            ) from error


def _note_signals() -> list[int]:
    """From now on, note in a list what asks this process to stop."""
    stop: list[int] = []
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Ctrl-C, kill, a closed terminal
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), lambda number, _: stop.append(number))
    return stop


def _watch(servers: list[Server], stop: list[int], host: str) -> None:
    """Say where the pages are once all answer, and see that they live on."""
    deadline = time.monotonic() + START_SECONDS
    waiting = servers
    while not stop:
        for server in servers:
            server.check()
        if waiting:
            waiting = [server for server in waiting if not server.answers()]
            if not waiting:
                _announce(servers, host)
            elif time.monotonic() > deadline:
                names = " and the ".join(server.page.name for server in waiting)
                raise DigitError(f"The {names} did not answer in {START_SECONDS} s.")
        time.sleep(0.1)


def _announce(servers: list[Server], host: str) -> None:
    for page in (server.page for server in servers):
        query = f"/?token={page.token}" if page.token else ""
        address = f"http://{host}:{page.port}{query}"
        print(f"{page.name.capitalize():<10} {address}", flush=True)
    print("Ctrl-C stops both.", flush=True)


def _end(servers: list[Server]) -> None:
    for server in servers:
        server.process.terminate()
    for server in servers:
        try:
            server.process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()
