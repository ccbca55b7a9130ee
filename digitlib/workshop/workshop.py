"""A class at once: what `make workshop` runs, for the presenter.

    checks -> how many visitors fit -> both pages, until Ctrl-C -> a count of visitors

It is the demo (`demo`) made ready for a room of people: it looks first whether
all is well, lets in as many as the memory has room for, and shows the way in as a QR
code, in the terminal and on a page for the projector (`app.workshop`).
"""

import io
import json
import os
import secrets
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import psutil
import segno

from digitlib.dashboard.visitors import Counter
from digitlib.errors import DigitError, ModelError
from digitlib.reading import manifest
from digitlib.workshop import checks, demo
from digitlib.workshop.capacity import Capacity, measure
from digitlib.workshop.serving import EVERYWHERE, HOST, Page, find_address, serve


def run(
    app_port: int,
    dashboard_port: int,
    lan: bool = False,
    collect: Path | None = None,
    network: str | None = None,
) -> int:
    """Check this machine, then serve a class until Ctrl-C.

    Args:
        app_port: of the web app.
        dashboard_port: of the dashboard.
        lan: let other machines in, to the dashboard with a token only; else nobody.
        collect: where to keep the digits that participants give; None: keep none.
        network: the name or path of the saved network that reads; None: as set from
            outside by DIGITLIB_MODEL, else "cnn".

    Returns:
        The exit status, 0.

    Raises:
        DigitError: something is missing that a class needs, or a page ended.
    """
    host = find_address() if lan else HOST
    room = measure(psutil.virtual_memory().available)
    network = find_network(network or os.environ.get("DIGITLIB_MODEL", "cnn"))
    pages = demo.make_pages(app_port, dashboard_port, lan)
    _check(pages, room, network, host, lan)
    key = secrets.token_urlsafe(12) if collect else ""
    with tempfile.TemporaryDirectory(prefix="digitlib-") as folder:
        count = Path(folder) / "visitors"
        told = {"DIGITLIB_MODEL": network}
        app, dashboard = (replace(page, environment=told) for page in pages)
        dashboard = _make_room(dashboard, room, count)
        if collect:
            app = _collect(app, collect, key)
        if lan:
            app = _project(app, _doors(app, dashboard, host, collect), room, count)
        pages = [app, dashboard]
        counter = Counter(count, room.visitors)
        serve(pages, lambda: _announce(app, dashboard, host, key), counter.show)
        counter.end()
    return 0


def find_network(name: str) -> str:
    """Find what to serve of a saved network: its small file, by its whole path.

    Each visitor has a process that loads it. From a `.keras` file that would take
    Keras, and ten times the memory; its `.tflite` twin gives the same answers.

    Args:
        name: "mlp", "lenet" or "cnn", or the path of a `.keras` or `.tflite` file.

    Returns:
        The name, or the absolute path of the `.tflite` file.

    Raises:
        ModelError: there is no such file.
    """
    path = Path(name)
    if path.suffix not in manifest.SUFFIXES:
        return name
    twin = path.with_suffix(".tflite").absolute()
    if not twin.is_file():
        raise ModelError(
            f"There is no {twin}: visitors are served from this file, which"
            " `training.export.save` writes beside the .keras file."
        )
    return str(twin)


def _check(
    pages: list[Page], room: Capacity, network: str, host: str, lan: bool
) -> None:
    """Print what is well and what is not; go on only if a class can begin."""
    findings = [
        checks.check_models(network),
        checks.check_data(),
        checks.check_ports(pages, EVERYWHERE if lan else HOST),
        checks.check_memory(psutil.virtual_memory().available, room),
    ]
    if lan:
        findings.append(checks.check_network(host))
    print(*findings, sep="\n", flush=True)
    if any(finding.state == "wrong" for finding in findings):
        raise DigitError("Not ready for a class: mend what is marked !!, then start.")


def _make_room(dashboard: Page, room: Capacity, count: Path) -> Page:
    options = [*room.options(), f"--WaitingKernels.visitors_file={count}"]
    return replace(dashboard, command=[*dashboard.command, *options])


def _collect(app: Page, file: Path, key: str) -> Page:
    """Have the web app keep digits; the key opens the presenter's page of them."""
    told = {"DIGITLIB_COLLECT": str(file.absolute()), "DIGITLIB_COLLECT_KEY": key}
    return replace(app, environment=app.environment | told)


def _doors(
    app: Page, dashboard: Page, host: str, collect: Path | None
) -> list[tuple[str, str]]:
    """What participants open with their phones: a title and an address each."""
    doors = [("Draw a digit", dashboard.address(host))]
    if collect:
        doors.append(("Write for the class", f"{app.address(host)}#draw-title"))
    return doors


def _project(
    app: Page, doors: list[tuple[str, str]], room: Capacity, count: Path
) -> Page:
    """Have the web app show the doors on a page for the projector."""
    shown = {"doors": doors, "visitors": str(count), "room": room.visitors}
    told = {"DIGITLIB_WORKSHOP": json.dumps(shown)}
    return replace(app, environment=app.environment | told)


def _announce(app: Page, dashboard: Page, host: str, key: str) -> None:
    demo.announce([app, dashboard], host)
    if "DIGITLIB_WORKSHOP" in app.environment:
        demo.announce_one("Projector", f"http://{HOST}:{app.port}/workshop")
    if key:
        demo.announce_one("Class set", f"http://{host}:{app.port}/class?key={key}")
    if dashboard.token:
        _print_code(dashboard.address(host))
    print("Ctrl-C stops all.", flush=True)


def _print_code(address: str) -> None:
    """Print the address as a QR code, where the terminal has the characters for it."""
    code = io.StringIO()
    segno.make(address, error="l").terminal(code, compact=True)
    text = code.getvalue()
    if sys.stdout.isatty():  # black on white, whatever the terminal's colours
        text = "".join(f"\x1b[97;40m{line}\x1b[0m\n" for line in text.splitlines())
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    print(text, end="")
