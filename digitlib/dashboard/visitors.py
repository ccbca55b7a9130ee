"""How many visitors have a dashboard open: one number in a small file.

`server` writes it where its configuration names a file; the terminal of
`workshop.workshop` and the page on the projector show it.
"""

import sys
from pathlib import Path
from typing import TextIO

from digitlib.files import replacing


def write(path: Path, visitors: int) -> None:
    """Put the number there in one step: who looks finds the old one or the new one."""
    with replacing(path) as beside:
        beside.write_text(str(visitors), "ascii")


def read(path: Path) -> int:
    """The number; 0 before anybody came."""
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0


class Counter:
    """Shows the number as it changes.

    In a terminal one line is written anew; a file gets a line for each change.
    """

    def __init__(self, path: Path, room: int, out: TextIO | None = None):
        self._path, self._room = path, room
        self._out = out or sys.stdout
        self._shown = -1
        self._most = 0

    def show(self) -> None:
        """Write the number if it is another than before."""
        now = read(self._path)
        if now != self._shown:
            self._shown, self._most = now, max(now, self._most)
            counts = f"{now} now, {self._most} at the busiest, room for {self._room}"
            line = f"Visitors: {counts}"
            self._write(f"\r{line:<60}" if self._out.isatty() else f"{line}\n")

    def end(self) -> None:
        """Leave the line, so that what comes next has its own."""
        if self._shown >= 0 and self._out.isatty():
            self._write("\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
