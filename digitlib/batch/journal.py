"""The journal of a batch: its finished rows, until the table is written.

    batch -> Journal.add -> table.part -> Journal.close -> the table

`batch` adds each row as soon as it is finished, as a line of JSON in a file beside the
table that has the table's name plus `.part`. A kill at any moment leaves this file, and
the table unchanged; a later run finds the rows of both here. A file that is read again
begins with its first page again, and from there on its earlier rows count no longer; a
file of which a kill left only some pages counts as not read.
"""

from collections.abc import Iterator
from pathlib import Path

from digitlib.batch import tables
from digitlib.batch.tables import Row


class Journal:
    """The rows of a table, and those still to be added to it.

    Raises:
        DigitError: the suffix of the table's name is not one of those in `tables`.
    """

    def __init__(self, table: Path):
        tables.check_name(table)
        self._table = table
        self._part = table.with_name(table.name + ".part")
        self._remove_partial_row()

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
        with tables.writing(self._part), self._part.open("a", encoding="utf-8") as part:
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
            yield from tables.read(self._part, ".jsonl")

    def _remove_partial_row(self) -> None:
        """Cut off a row that a kill left incomplete."""
        if self._part.exists():
            with tables.writing(self._part), self._part.open("rb+") as part:
                part.truncate(sum(len(line) for line in part if line.endswith(b"\n")))
