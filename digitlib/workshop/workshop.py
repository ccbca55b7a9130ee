"""Serves a whole class at once: what `make workshop` runs, for the presenter.

    capacity, checks -> both pages until Ctrl-C -> a count of visitors

It extends the demo (`demo`) for many people: it first checks this machine, admits as
many visitors as fit into its memory, and shows the addresses as QR codes, in the
terminal and on a page for the projector (`app.pages.projector`).
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

BROWSER_PAGE = "index.html"
NO_PAGE = "There is no page in {0}: write it with `digitlib web {0}`, then start again."


def run(  # noqa: PLR0917 (each as the command has it)
    app_port: int,
    dashboard_port: int,
    lan: bool = False,
    collect: Path | None = None,
    network: str | None = None,
    browser: tuple[Path, int] | None = None,
) -> int:
    """Check this machine, then serve a class until Ctrl-C.

    Args:
        app_port: the port of the web app.
        dashboard_port: the port of the dashboard.
        lan: whether other machines may connect; the dashboard then requires a token.
        collect: the file for digits that participants give; None to collect none.
        network: the name or path of the saved network that reads; None uses the
            environment variable DIGITLIB_MODEL, or else "cnn".
        browser: the folder of the page that reads in the visitors' own browsers, as
            `digitlib web` writes it, and its port; None to serve none. It needs no
            kernels.

    Returns:
        The exit status, 0.

    Raises:
        DigitError: something that a class needs is missing, or a page ended.
    """
    host = find_address() if lan else HOST
    capacity = measure(psutil.virtual_memory().available)
    network = find_network(network or os.environ.get("DIGITLIB_MODEL", "cnn"))
    pages = demo.make_pages(app_port, dashboard_port, lan)
    if browser:
        pages.append(_browser_page(*browser, lan))
    _check(pages, capacity, network, host, lan)
    key = secrets.token_urlsafe(12) if collect else ""
    with tempfile.TemporaryDirectory(prefix="digitlib-") as folder:
        count = Path(folder) / "visitors"
        environment = {"DIGITLIB_MODEL": network}
        app, dashboard, *others = (
            replace(page, environment=environment) for page in pages
        )
        dashboard = _limit_visitors(dashboard, capacity, count)
        if collect:
            app = _collect_class_set(app, collect, key)
        if lan:
            links = _links(app, dashboard, host, collect)
            links += [
                ("Draw on your own device", page.address(host)) for page in others
            ]
            app = _show_on_projector(app, links, capacity, count)
        pages = [app, dashboard, *others]
        counter = Counter(count, capacity.visitors)
        serve(pages, lambda: _announce(pages, host, key), counter.show)
        counter.end()
    return 0


def find_network(name: str) -> str:
    """Find the file of a saved network to serve: the small one, by its absolute path.

    Each visitor has a process that loads the network. A `.keras` file would need Keras
    and ten times the memory; the `.tflite` file beside it gives the same answers.

    Args:
        name: "mlp", "tiny", "lenet" or "cnn", or the path of a `.keras` or `.tflite`
            file.

    Returns:
        The name, or the absolute path of the `.tflite` file.

    Raises:
        ModelError: there is no such file.
    """
    path = Path(name)
    if path.suffix not in manifest.SUFFIXES:
        return name
    small = path.with_suffix(".tflite").absolute()
    if not small.is_file():
        raise ModelError(
            f"There is no {small}: visitors are served from this file, which"
            " `training.export.save` writes beside the .keras file."
        )
    return str(small)


def _check(
    pages: list[Page], capacity: Capacity, network: str, host: str, lan: bool
) -> None:
    """Check all that the pages need."""
    findings = [
        checks.check_models(network),
        checks.check_data(),
        checks.check_ports(pages, EVERYWHERE if lan else HOST),
        checks.check_memory(psutil.virtual_memory().available, capacity),
    ]
    if lan:
        findings.append(checks.check_network(host))
    report(findings)


def report(findings: list[checks.Finding]) -> None:
    """Print the results of all checks; raise if a class cannot begin."""
    print(*findings, sep="\n", flush=True)
    if any(finding.state == "wrong" for finding in findings):
        raise DigitError(
            "Not ready for a class: fix what is marked !!, then start again."
        )


def _browser_page(folder: Path, port: int, lan: bool) -> Page:
    """Return the page of `digitlib web`, whose files any static server can serve."""
    if not (folder / BROWSER_PAGE).is_file():
        raise DigitError(NO_PAGE.format(folder))
    command = ["http.server", str(port), f"--bind={EVERYWHERE if lan else HOST}"]
    command.append(f"--directory={folder.absolute()}")
    return Page("browser", port, "browser-port", command, f"/{BROWSER_PAGE}")


def _limit_visitors(dashboard: Page, capacity: Capacity, count: Path) -> Page:
    """Make the dashboard respect the capacity and write the number of its visitors."""
    options = [*capacity.options(), f"--WaitingKernels.visitors_file={count}"]
    return replace(dashboard, command=[*dashboard.command, *options])


def _collect_class_set(app: Page, file: Path, key: str) -> Page:
    """Let the web app collect digits; the key opens the presenter's page of them."""
    environment = {
        "DIGITLIB_COLLECT": str(file.absolute()),
        "DIGITLIB_COLLECT_KEY": key,
    }
    return replace(app, environment=app.environment | environment)


def _links(
    app: Page, dashboard: Page, host: str, collect: Path | None
) -> list[tuple[str, str]]:
    """Return what participants open on their phones: titles and addresses."""
    links = [("Draw a digit", dashboard.address(host))]
    if collect:
        links.append(("Write for the class", f"{app.address(host)}#draw-title"))
    return links


def _show_on_projector(
    app: Page, links: list[tuple[str, str]], capacity: Capacity, count: Path
) -> Page:
    """Let the web app show the links on its page for the projector."""
    shown = {"links": links, "visitors": str(count), "capacity": capacity.visitors}
    # There is no proxy, even if the shell says so: participants could play one.
    environment = {"DIGITLIB_WORKSHOP": json.dumps(shown), "DIGITLIB_PROXIES": "0"}
    return replace(app, environment=app.environment | environment)


def _announce(pages: list[Page], host: str, key: str) -> None:
    app, dashboard, *_ = pages
    demo.announce(pages, host)
    if "DIGITLIB_WORKSHOP" in app.environment:
        demo.announce_one("Projector", f"http://{HOST}:{app.port}/workshop")
    if key:
        demo.announce_one("Class set", f"http://{host}:{app.port}/class?key={key}")
    if dashboard.token:
        print_qr_code(dashboard.address(host))
    print("Ctrl-C stops all.", flush=True)


def print_qr_code(address: str) -> None:
    """Print the address as a QR code if the terminal has the characters for it."""
    code = io.StringIO()
    segno.make(address, error="l").terminal(code, compact=True)
    text = code.getvalue()
    if sys.stdout.isatty():  # black on white, whatever the terminal's theme
        text = "".join(f"\x1b[97;40m{line}\x1b[0m\n" for line in text.splitlines())
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    print(text, end="")
