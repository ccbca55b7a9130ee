"""What was read of a pile so far, row by row, until its table is written.

`batch` keeps each row here as soon as it is there: a line of JSON in a file beside the
table, which has its name and `.part`. A kill at any moment leaves that file, and the
table as it was; whoever goes on finds both here as one.
"""

from collections.abc import Iterator
from pathlib import Path

from digitlib.batch import tables
from digitlib.batch.tables import Row


class Journal:
    """The rows of a table, and those that are to be added to it.

    Raises:
        DigitError: the table's name has another ending than those of `tables`.
    """

    def __init__(self, table: Path):
        tables.check_name(table)
        self._table = table
        self._part = table.with_name(table.name + ".part")
        self._mend()

    def dates(self, network: str) -> dict[str, str]:
        """The files that this network has read, and when each had been changed.

        Raises:
            DigitError: the table, or what lies beside it, is none of readings.
        """
        dates: dict[str, str] = {}
        for row in self._rows():
            dates.pop(row["file"], None)  # a later row counts
            if row["network"] == network and not row["error"]:
                dates[row["file"]] = row["modified"]
        return dates

    def add(self, row: Row) -> None:
        """Keep a row.

        Raises:
            DigitError: it cannot be written; the message says why.
        """
        with tables.writing(self._part), self._part.open("a", encoding="utf-8") as part:
            part.write(tables.to_json(row))

    def close(self) -> None:
        """Write the table, with the last row of each file.

        Raises:
            DigitError: it cannot be written; what was kept stays.
        """
        if self._part.exists() or not self._table.exists():
            last = {row["file"]: i for i, row in enumerate(self._rows())}
            rows = enumerate(self._rows())
            tables.write(
                self._table, (row for i, row in rows if last[row["file"]] == i)
            )
            self._part.unlink(missing_ok=True)

    def _rows(self) -> Iterator[Row]:
        if self._table.exists():
            yield from tables.read(self._table)
        if self._part.exists():
            yield from tables.read(self._part, ".jsonl")

    def _mend(self) -> None:
        """Cut off a row that a kill left half-written."""
        if self._part.exists():
            with tables.writing(self._part), self._part.open("rb+") as part:
                part.truncate(sum(len(line) for line in part if line.endswith(b"\n")))
