"""Opens the lessons in JupyterLab, for one or for a class: what `digitlib lab` runs.

    checks -> lab_door until Ctrl-C -> a process of lab_seat for each pupil

A class works on one machine. Each pupil has a JupyterLab of their own, on a copy of the
lessons of their own, in a folder that stays.
"""

import secrets
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psutil

from digitlib.dashboard.visitors import Counter
from digitlib.errors import DigitError
from digitlib.files import IS_INSTALLED, SHIPPED
from digitlib.workshop import checks, demo, workshop
from digitlib.workshop.capacity import SEAT_MEMORY, count_seats, lesson_memory
from digitlib.workshop.lab_seat import EXTENSIONS
from digitlib.workshop.serving import EVERYWHERE, HOST, Page, find_address, serve

NOTEBOOKS = SHIPPED / "notebooks"
INDEX = "00_index.ipynb"
CHECKOUT = (
    "The lessons are in the project's own folder, which this installed package does not"
    " have: download that folder, too, and run this command in it."
)
NOT_HERE = (
    "JupyterLab is not installed: in the project's folder, `make lab` installs it, and"
    ' so does `python -m pip install -c requirements.txt -e ".[learn]"`.'
)


def open_alone(lesson: int | None, port: int) -> int:
    """Open the lessons for whoever sits at this machine.

    Args:
        lesson: the number of the lesson to open; None for the index.
        port: of JupyterLab on this machine.

    Returns:
        The exit status of JupyterLab.

    Raises:
        DigitError: there are no lessons here, or no JupyterLab.
    """
    notebook = find_lesson(lesson)
    lab = [sys.executable, "-m", "jupyterlab", str(NOTEBOOKS / notebook)]
    lab += [f"--port={port}", f"--LabApp.extra_labextensions_path={EXTENSIONS}"]
    return subprocess.run(lab, check=False).returncode


def serve_class(folder: Path, lesson: int | None, port: int, lan: bool = False) -> int:
    """Check this machine, then serve the lessons to a class until Ctrl-C.

    Args:
        folder: the class's folder; made if it is not there.
        lesson: the number of the lesson to open; None for the index, with room for the
            lesson that needs most.
        port: of the page on which pupils get their seats, which have the next ones.
        lan: whether other machines may connect.

    Returns:
        The exit status, 0.

    Raises:
        DigitError: something that the class needs is missing, or the page ended.
        OSError: the folder cannot be used.
    """
    notebook = find_lesson(lesson)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # if not, it is said at once
    host = find_address() if lan else HOST
    available = psutil.virtual_memory().available
    seats = count_seats(available, notebook)
    token = secrets.token_hex(8)  # short enough to be typed
    with tempfile.TemporaryDirectory(prefix="digitlib-") as temporary:
        listen = EVERYWHERE if lan else HOST
        command = ["digitlib.workshop.lab_door", str(folder), temporary, str(port)]
        command += [listen, str(seats), f"notebooks/{notebook}"]
        page = Page("lessons", port, "port", command, "/", token)
        findings = [
            checks.check_lessons(),
            checks.check_data(),
            checks.check_people(),
            checks.check_ports([page], listen),
            checks.check_seats(available, seats, SEAT_MEMORY + lesson_memory(notebook)),
        ]
        findings += [checks.check_network(host)] if lan else []
        workshop.report(findings)
        counter = Counter(Path(temporary) / "visitors", seats)
        serve([page], lambda: _announce(page, host, folder, lan), counter.show)
        counter.end()
    return 0


def find_lesson(number: int | None) -> str:
    """Return the file name of a lesson, or of the index.

    Raises:
        DigitError: there are no lessons here, or no JupyterLab.
    """
    if IS_INSTALLED:
        raise DigitError(CHECKOUT)
    if find_spec("jupyterlab") is None:
        raise DigitError(NOT_HERE)
    found = NOTEBOOKS.glob(f"{number:02}_*.ipynb") if number else []
    return next((path.name for path in found), INDEX)


def _announce(page: Page, host: str, folder: Path, lan: bool) -> None:
    demo.announce([page], host)
    demo.announce_one("Work in", str(folder.absolute()))
    if lan:
        workshop.print_qr_code(page.address(host))
    print("Ctrl-C stops all.", flush=True)
