"""The journal of a batch: its finished rows, until the table is written.

    batch -> Journal.add -> table.part -> Journal.close -> the table

`batch` adds each row as soon as it is finished, as a line of JSON in a file beside the
table that has the table's name plus `.part`. A kill at any moment leaves this file, and
the table unchanged; a later run finds the rows of both here. A file that is read again
begins with its first page again, and from there on its earlier rows count no longer; a
file of which a kill left only some pages counts as not read. The first line of the file
tells it from others of that name, which are left alone.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from digitlib.batch import tables
from digitlib.batch.tables import Row
from digitlib.errors import DigitError

HEADER = b'{"digitlib": "rows of a batch, not yet in its table"}\n'


class Journal:
    """The rows of a table, and those still to be added to it.

    Raises:
        DigitError: the table's name is not one that `tables` allows, or the file beside
            it belongs to somebody else.
    """

    def __init__(self, table: Path):
        tables.check_name(table)
        self._table = Path(os.path.realpath(table))  # a link stays one
        self._part = self._table.with_name(self._table.name + ".part")
        self._recover()

    def dates(self, network: str) -> dict[str, str]:
        """Return the files that this network has read, and when each was last changed.

        A file is left out if a page is missing or could not be read.

        Raises:
            DigitError: the table, or the file beside it, contains something else.
        """
        dates: dict[str, str] = {}
        next_pages: dict[str, int] = {}  # of the files whose pages are good so far
        for row in self._rows():
            file, page = row["file"], row["page"]
            dates.pop(file, None)  # the last rows of a file count
            follows = page == 1 or next_pages.pop(file, 0) == page
            if not follows or row["network"] != network or row["error"]:
                continue
            if page == row["pages"]:
                dates[file] = row["modified"]
            else:
                next_pages[file] = page + 1
        return dates

    def add(self, row: Row) -> None:
        """Save a row.

        Raises:
            DigitError: the row cannot be written; the message says why.
        """
        with tables.writing(self._part):
            if not self._part.exists():
                with self._part.open("xb") as part:
                    part.write(HEADER)
            with self._part.open("a", encoding="utf-8") as part:
                part.write(tables.to_json(row))

    def close(self) -> None:
        """Write the table, with the rows of the last reading of each file.

        Raises:
            DigitError: the table cannot be written; the saved rows remain.
        """
        if self._part.exists() or not self._table.exists():
            rows = enumerate(self._rows())
            last = {row["file"]: i for i, row in rows if row["page"] == 1}
            rows = enumerate(self._rows())
            tables.write(
                self._table, (row for i, row in rows if i >= last.get(row["file"], 0))
            )
            self._part.unlink(missing_ok=True)

    def _rows(self) -> Iterator[Row]:
        if self._table.exists():
            yield from tables.read(self._table)
        if self._part.exists():
            with self._part.open(encoding="utf-8") as part:
                next(part)  # the header
                yield from map(tables.from_json, part)

    def _recover(self) -> None:
        """Cut off a row that a kill left incomplete."""
        if not os.path.lexists(self._part):
            return
        with tables.writing(self._part):
            is_ours = self._part.is_file() and not self._part.is_symlink()
            begin = b""
            if is_ours:
                with self._part.open("rb") as part:
                    begin = part.read(len(HEADER))
            if not (is_ours and HEADER.startswith(begin)):
                raise DigitError(
                    f"{self._part} is in the way, and is not from this command: move it"
                    " away, or choose another name for the table."
                )
            if begin != HEADER:
                self._part.unlink()  # a kill while it was begun
                return
            with self._part.open("rb+") as part:
                part.truncate(sum(len(line) for line in part if line.endswith(b"\n")))
