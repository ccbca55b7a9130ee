"""Serves both pages on this machine until Ctrl-C: what `make demo` runs.

    make_pages -> serving.serve -> a process for each page

The dashboard (voila) and the web app are two separate processes, which `serving`
starts, supervises and ends. `workshop` serves a class with the same two.
"""

import secrets
from dataclasses import replace

import psutil

from digitlib.files import SHIPPED
from digitlib.workshop.capacity import measure
from digitlib.workshop.serving import (
    EVERYWHERE,
    HOST,
    Page,
    check_port,
    find_address,
    serve,
)

NOTEBOOKS = SHIPPED / "notebooks"


def run(app_port: int, dashboard_port: int, lan: bool = False) -> int:
    """Serve both pages until Ctrl-C.

    Args:
        app_port: the port of the web app.
        dashboard_port: the port of the dashboard.
        lan: whether other machines may connect; the dashboard then requires a token.

    Returns:
        The exit status, 0.

    Raises:
        DigitError: a port is taken, or one of the two ended; the other was ended too.
    """
    app, dashboard = make_pages(app_port, dashboard_port, lan)
    pages = [app, _limit_visitors(dashboard)]
    for page in pages:
        check_port(page, EVERYWHERE if lan else HOST)
    host = find_address() if lan else HOST
    serve(pages, lambda: _announce_all(pages, host))
    return 0


def make_pages(app_port: int, dashboard_port: int, lan: bool) -> list[Page]:
    """Return the web app and the dashboard, in this order, for `serve`."""
    app = ["app", f"--port={app_port}"]
    dashboard = dashboard_command(dashboard_port)[1:]
    token = ""
    if lan:
        app.append(f"--host={EVERYWHERE}")
        dashboard += [f"--Voila.ip={EVERYWHERE}", "--Voila.auto_token=True"]
        token = secrets.token_hex(8)  # short enough to be typed
    probe = "/voila/static/voila.js"
    return [
        Page("web app", app_port, "app-port", app, "/healthz"),
        Page("dashboard", dashboard_port, "dashboard-port", dashboard, probe, token),
    ]


def dashboard_command(port: int | str) -> list[str]:
    """Return Python's arguments to serve the dashboard, configured by `voila.json`."""
    return [
        *("-m", "digitlib.dashboard.server", str(NOTEBOOKS / "dashboard.ipynb")),
        *("--no-browser", f"--port={port}", f"--Voila.config_file_paths={NOTEBOOKS}"),
    ]


def _limit_visitors(dashboard: Page) -> Page:
    """Let in as many visitors as there is memory for, and one in any case."""
    visitors = max(1, measure(psutil.virtual_memory().available).visitors)
    limit = f"--WaitingKernels.most_visitors={visitors}"
    return replace(dashboard, command=[*dashboard.command, limit])


def announce(pages: list[Page], host: str) -> None:
    """Print the addresses of the pages."""
    for page in pages:
        announce_one(page.name.capitalize(), page.address(host))


def announce_one(name: str, address: str) -> None:
    """Print the address of one page."""
    print(f"{name:<10} {address}", flush=True)


def _announce_all(pages: list[Page], host: str) -> None:
    announce(pages, host)
    print("Ctrl-C stops both.", flush=True)
