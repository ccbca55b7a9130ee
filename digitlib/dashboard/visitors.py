"""The number of visitors with an open dashboard, in a small file.

    server -> write -> the file -> read -> Counter, the projector's page

`server` writes it if its configuration names a file; `workshop.workshop` shows it in
the terminal, and the web app on the page for the projector.
"""

import sys
from pathlib import Path
from typing import TextIO

from digitlib.files import replacing


def write(path: Path, visitors: int) -> None:
    """Write the number in one step, so that readers find the old or the new one."""
    with replacing(path) as temporary:
        temporary.write_text(str(visitors), "ascii")


def read(path: Path) -> int:
    """Return the number, which is 0 before the first visitor."""
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0


class Counter:
    """Shows the number whenever it changes.

    In a terminal a single line is updated; a log file gets a line for each change.
    """

    def __init__(self, path: Path, capacity: int, out: TextIO | None = None):
        self._path, self._capacity = path, capacity
        self._out = out or sys.stdout
        self._shown = -1
        self._most = 0

    def show(self) -> None:
        """Write the number if it has changed."""
        now = read(self._path)
        if now != self._shown:
            self._shown, self._most = now, max(now, self._most)
            counts = (
                f"{now} now, {self._most} at the busiest, room for {self._capacity}"
            )
            line = f"Visitors: {counts}"
            self._write(f"\r{line:<60}" if self._out.isatty() else f"{line}\n")

    def end(self) -> None:
        """End the line, so that further output starts on a new one."""
        if self._shown >= 0 and self._out.isatty():
            self._write("\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
