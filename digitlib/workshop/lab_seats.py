"""The seats of a class: each has a folder, a key and, while it is used, a server.

    add -> a folder with the lessons -> enter -> a process of `lab_seat` -> tidy

A folder stays when its server ends, so whoever comes back finds their work. `room`
keeps the book of who has a server now, as it does for the dashboard's kernels.
"""

import hmac
import json
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from digitlib.dashboard import limits
from digitlib.dashboard.room import Room, Visit
from digitlib.errors import DigitError
from digitlib.files import SHIPPED, replacing
from digitlib.workshop.serving import Page, Server, check_port

PROBE = "/static/favicon.ico"
KEYS = "seats.json"  # which key opens which seat
OWN = ".jupyter"  # in a seat's folder, not shown there: what JupyterLab remembers
# Parts of the page that a class cannot use: news from a site elsewhere, and a debugger.
UNUSED = [
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/debugger-extension",
    "@jupyterlab/extensionmanager-extension",
]
LESSONS = (  # what each pupil gets a copy of; no answers
    *("notebooks/[0-9][0-9]_*.ipynb", "notebooks/facts.json", "docs/LICENSE-course.md"),
    *("LICENSE", "README.md", "models/README.md", "teaching/glossary.md"),
)
ELSEWHERE = 200, 400  # ports after the first, if that of a seat is taken


@dataclass(eq=False)
class Seat:
    """A pupil's place.

    Attributes:
        number: from 1 on, in the order in which they came.
        key: opens it; its pupil's browser keeps it.
        folder: the pupil's lessons.
        server: the process that serves them, if it is used.
        visit: its entry in the room's book.
        is_ready: whether the server has answered.
        problem: why the last server ended of itself; empty if it did not.
    """

    number: int
    key: str = field(repr=False)
    folder: Path
    server: Server | None = None
    visit: Visit | None = None
    is_ready: bool = False
    problem: str = ""


class Seats:
    """All seats of a class, and its folder.

    Attributes:
        room: who has a server.
    """

    def __init__(self, folder: Path, temporary: Path, size: int, host: str, port: int):
        """Find the seats of an earlier hour.

        Args:
            folder: of the class; made if it is not there.
            temporary: for what the servers need only while they run.
            size: how many may be used at once.
            host: the address to listen on.
            port: seat 1 has the next one, and so on.
        """
        self.room = Room(size)
        self._folder, self._temporary = folder.absolute(), temporary
        self._host, self._port = host, port
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = self._folder / KEYS
        known = json.loads(keys.read_text("ascii")) if keys.exists() else []
        self._seats = [self._seat(i, key) for i, key in enumerate(known, 1)]

    def find(self, key: str) -> Seat | None:
        """Return the seat that a key opens."""
        found = (s for s in self._seats if hmac.compare_digest(s.key, key))
        return next(found, None) if key.isascii() else None

    def add(self, address: str) -> Seat | None:
        """Give a new pupil a seat; None if there is no room for one of this address."""
        visit = self.room.admit(address)
        if visit is None:
            return None
        seat = self._seat(len(self._seats) + 1, secrets.token_hex(16))
        self._seats.append(seat)
        self._begin(seat, visit)
        with replacing(self._folder / KEYS) as beside:
            beside.chmod(0o600)
            beside.write_text(json.dumps([each.key for each in self._seats]), "ascii")
        return seat

    def enter(self, seat: Seat, address: str) -> bool:
        """Start a seat's server if there is room for it and its turn has come.

        Returns:
            Whether there is room; the server may still be starting, or waiting to.
        """
        visit = seat.visit or self.room.admit(address)
        if visit is None:
            return False
        self._begin(seat, visit)
        if seat.server:
            return True
        starting = sum(bool(s.server) and not s.is_ready for s in self._seats)
        if starting < limits.SEATS_AT_ONCE:
            try:
                seat.server = self._start(seat)
            except DigitError as error:
                seat.problem = str(error)
        return True

    def arrive(self, seat: Seat) -> None:
        """Note that a seat's server has answered, and that its pupil goes there."""
        if not seat.is_ready:
            seat.is_ready = True
            self.room.connect(seat.folder.name)

    def tidy(self) -> None:
        """Give up the places of servers that have ended, and of pupils who left."""
        overdue = self.room.overdue()
        for seat in self._seats:
            if seat.server and seat.server.process.poll() is not None:
                seat.problem = "" if seat.is_ready else _why(seat.server)
                self._leave(seat)
            elif seat.visit in overdue:
                if seat.server:
                    seat.server.process.terminate()
                self._leave(seat)

    def _begin(self, seat: Seat, visit: Visit) -> None:
        seat.visit, visit.kernel_id = visit, seat.folder.name
        self.room.hear(visit.kernel_id)

    def _leave(self, seat: Seat) -> None:
        if seat.visit:
            self.room.end(seat.visit)
        seat.server, seat.visit, seat.is_ready = None, None, False

    def _seat(self, number: int, key: str) -> Seat:
        return Seat(number, key, self._folder / f"seat-{number:02}")

    def _start(self, seat: Seat) -> Server:
        give_lessons(seat.folder)
        own, running = seat.folder / OWN, self._temporary / seat.folder.name
        (own / "labconfig").mkdir(parents=True, exist_ok=True)
        unused = json.dumps({"disabledExtensions": dict.fromkeys(UNUSED, True)})
        (own / "labconfig" / "page_config.json").write_text(unused, "ascii")
        running.mkdir(mode=0o700, exist_ok=True)
        environment = {
            "JUPYTER_CONFIG_DIR": str(own),
            "JUPYTER_DATA_DIR": str(own),
            "JUPYTER_RUNTIME_DIR": str(running),  # short: sockets have short names
            "JUPYTERLAB_SETTINGS_DIR": f"{own}/settings",
            "JUPYTERLAB_WORKSPACES_DIR": f"{own}/workspaces",
            "DIGITLIB_DIGITS": str(seat.folder / "my-digits"),
        }
        port = self._find_port(seat)
        command = ["digitlib.workshop.lab_seat", str(seat.folder)]
        command += [f"--port={port}", f"--ip={self._host}"]
        if self._host == "0.0.0.0":
            command.append("--ServerApp.allow_remote_access=True")
        name = f"server of seat {seat.number}"
        page = Page(name, port, "port", command, PROBE, seat.key, environment)
        return Server(page)

    def _find_port(self, seat: Seat) -> int:
        """Return the port of a seat, so that its page can be loaded again, or another.

        Raises:
            DigitError: none of them can be had.
        """
        own = self._port + seat.number
        others = range(*(self._port + each for each in ELSEWHERE))
        for port in (own, *others):
            page = Page("lessons", port, "port", [], "")
            try:
                check_port(page, self._host)
            except DigitError as error:
                last = error
            else:
                return port
        raise last


def _why(server: Server) -> str:
    """Return why a server has ended of itself."""
    try:
        server.check()
    except DigitError as error:
        return str(error)
    return ""


def give_lessons(folder: Path) -> None:
    """Copy the lessons into a folder; a file that is there already stays as it is."""
    for pattern in LESSONS:
        for source in SHIPPED.glob(pattern):
            target = folder / source.relative_to(SHIPPED)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
