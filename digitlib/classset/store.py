"""The store of the class set: one SQLite file that holds everybody's samples.

The web app writes to it from several processes at once; lesson 7 reads what it exports:

    app.classset -> Store.add -> class.sqlite -> all -> export -> another file

An added sample is on the disk. A deleted one is in none of the store's files any more,
as soon as no other program reads them. In exports each writer has another name, from
which nobody can compute the id, as the id is what deletes. The command `digitlib class
export class.npz` exports the set.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digitlib.classset import database
from digitlib.classset.export import serialise
from digitlib.classset.samples import Sample, make_line, read_lines
from digitlib.errors import DataError, DigitError, DrawingError
from digitlib.files import HOME, replacing
from digitlib.reading import ink
from digitlib.reading.predict import CLASSES

CLASS_SET = HOME / "instance" / "class.sqlite"  # the default path

# Twenty of each digit; a writer with more would outweigh the others.
MAX_PER_WRITER = 200
MAX_DRAWINGS = 10_000  # as many as MNIST's test set has: 20 MB of usual drawings
MAX_BYTES = 64_000_000  # of the longest drawings; SQLite deletes with as much memory

COLUMNS = "writer, label, style, drawing"
VALUES = "VALUES (?, ?, ?, ?)"
CHUNK = 20  # rows in memory at once


class FullError(DigitError):
    """The class set accepts no more samples, from this writer or from anybody."""

    code = "too_large"


class Given(NamedTuple):
    """What one writer gave.

    Attributes:
        name: the writer's name in exports.
        digits: how many.
    """

    name: str
    digits: int


@dataclass(frozen=True)
class Counts:
    """How many samples a class set contains.

    Attributes:
        drawings: the number of samples.
        writers: the number of their writers.
        digits: the number of samples of each digit, 0 to 9.
    """

    drawings: int
    writers: int
    digits: tuple[int, ...]


class Store:
    """A class set in a file, which many threads and processes may use at once.

    Attributes:
        path: the path of the file; `create` or the first `add` creates it.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # which one is open
        self._lock = threading.Lock()

    def create(self) -> None:
        """Create the file if it is missing, and check that it can be used.

        Raises:
            DataError: it cannot be used; the message says why.
        """
        with self._use(create=True) as connection:
            # What a kill kept from being erased.
            database.erase(connection, database.READERS_TIMEOUT)

    def add(self, sample: Sample) -> int:
        """Add a sample. It is on the disk when this returns.

        Returns:
            How many samples the set now has by its writer.

        Raises:
            DrawingError: the sample has no ink.
            FullError: there are enough samples, by this writer or in total.
            DataError: the file cannot be used.
        """
        picture = ink.draw(sample.strokes, pen_width=sample.pen_width)
        if np.asarray(picture).min() == 255:
            raise DrawingError("There is nothing on the pad: draw the digit first.")
        drawing = ink.to_json(sample.strokes, sample.pen_width)
        row = (sample.writer, sample.label, sample.style, drawing)
        with self._use(create=True) as connection:
            # Other processes wait, so the count is still right when the row is added.
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commits, or rolls back on an error
                number = _count_with_one_more(connection, sample.writer)
                connection.execute(f"INSERT INTO written ({COLUMNS}) {VALUES}", row)
            with suppress(sqlite3.Error):  # the sample is kept all the same
                database.erase(connection, 0)  # what was deleted while somebody read
        return number

    def all(self) -> list[Sample]:
        """Return every sample, in the order in which they were added.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        query = f"SELECT {COLUMNS} FROM written ORDER BY id"
        with self._use() as connection:
            rows = connection.execute(query).fetchall()
        return [_to_sample(*row) for row in rows]

    def lines(self) -> Iterator[str]:
        """Return every sample as a line of an export, in the order of adding.

        A writer's name in it is always the same, and is not the id that deletes. No
        other use of the set waits meanwhile.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        query = f"SELECT id, {COLUMNS} FROM written WHERE id > ? ORDER BY id LIMIT ?"
        last = 0
        while True:
            with self._use() as connection:
                key = database.name_key(connection)
                rows = connection.execute(query, (last, CHUNK)).fetchall()
            if not rows:
                return
            for last, writer, *others in rows:  # noqa: B007
                yield make_line(database.name(writer, key), *others)

    def counts(self) -> Counts:
        """Count the samples and their writers.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        query = "SELECT writer, label, count(*) FROM written GROUP BY writer, label"
        with self._use() as connection:
            rows = connection.execute(query).fetchall()
        digits = [0] * CLASSES
        for _, label, number in rows:
            digits[label] += number
        return Counts(sum(digits), len({row[0] for row in rows}), tuple(digits))

    def newest(self) -> int:
        """Return the number of the sample that was added last, or 0.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        with self._use() as connection:
            query = "SELECT max(id) FROM written"
            return connection.execute(query).fetchone()[0] or 0

    def count_since(self, number: int) -> int:
        """Return how many samples were added after the one with this number.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        query = "SELECT count(*) FROM written WHERE id > ?"
        with self._use() as connection:
            return connection.execute(query, (number,)).fetchone()[0]

    def writers(self) -> list[Given]:
        """Return what each writer gave, by their names in exports; the newest first.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        query = (
            "SELECT writer, count(*) FROM written GROUP BY writer ORDER BY max(id) DESC"
        )
        with self._use() as connection:
            key = database.name_key(connection)
            rows = connection.execute(query).fetchall()
        return [Given(database.name(each, key), digits) for each, digits in rows]

    def delete(self, writer: str) -> int:
        """Delete all samples of a writer, immediately and for good.

        What is left of them in the file while another program reads it, `erase` and
        `add` overwrite later.

        Returns:
            How many samples were deleted.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        return self._delete("WHERE writer = ?", writer)

    def delete_named(self, name: str) -> int:
        """Delete all samples of the writer of this name in exports, as `delete` does.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        with self._use() as connection:
            key = database.name_key(connection)
            ids = connection.execute("SELECT DISTINCT writer FROM written").fetchall()
        return sum(
            self.delete(each) for (each,) in ids if database.name(each, key) == name
        )

    def delete_since(self, number: int) -> int:
        """Delete all samples added after the one with this number, as `delete` does.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        return self._delete("WHERE id > ?", number)

    def delete_all(self) -> int:
        """Delete everything, immediately and for good; return how many samples.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        return self._delete()

    def erase(self) -> bool:
        """Overwrite what deletions left in the file because another program read it.

        Returns:
            Whether nothing of what was deleted is in the file any more.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        with self._use() as connection:
            return database.erase(connection, database.READERS_TIMEOUT)

    def serialise(self, suffix: str) -> Iterator[bytes]:
        """Return the pieces of a file in the format of this suffix, see `export`.

        Raises:
            DataError: the set does not exist or the format is unknown; later, if digits
                that would be in an array were deleted meanwhile.
        """
        return serialise(self.lines(), self.counts().drawings, suffix)

    def export(self, target: str | Path) -> int:
        """Export the set to a file; its suffix chooses the format, see `export`.

        Returns:
            How many samples were exported.

        Raises:
            DataError: the set does not exist, the format is unknown, digits were
                deleted meanwhile, or the file cannot be written.
        """
        target = Path(target)
        number = self.counts().drawings
        pieces = serialise(self.lines(), number, target.suffix)
        try:
            with replacing(target) as temporary, temporary.open("wb") as file:
                file.writelines(pieces)
        except OSError as error:
            raise DataError(f"{target} cannot be written: {error.strerror}.") from error
        return number

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _delete(self, where: str = "", *values: str | int) -> int:
        with self._use() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                query = f"DELETE FROM written {where}"
                number = connection.execute(query, values).rowcount
                if number:
                    connection.execute("UPDATE state SET deletions = deletions + 1")
            with suppress(sqlite3.Error):  # on a full disk: it is tried again later
                database.erase(connection, database.READERS_TIMEOUT)
        return number

    @contextmanager
    def _use(self, create: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file for one thread at a time."""
        with self._lock:
            if self._connection and self._file != database.identify(self.path):
                self._connection.close()  # the file was deleted, or is another one
                self._connection = None
            if not (create or self._connection or self.path.exists()):
                raise DataError(f"There is no class set {self.path}: check its name.")
            try:
                if self._connection is None:
                    self._connection = database.open_file(self.path, create)
                    self._file = database.identify(self.path)
                    weakref.finalize(self, self._connection.close)
                yield self._connection
            except (sqlite3.Error, OSError) as error:
                reason = getattr(error, "strerror", None) or error
                raise DataError(
                    f"The class set {self.path} cannot be used ({reason}): check that"
                    " the disk has room and that the file and its folder are writable."
                ) from error
            if self._file != database.identify(self.path):
                raise DataError(
                    f"The class set {self.path} was moved or deleted while it was in"
                    " use: try again."
                )


def read(path: str | Path) -> list[Sample]:
    """Read a class set from a store or from a `.jsonl` file exported from one.

    Returns:
        The samples, in the order in which they were written.

    Raises:
        DigitError: the file cannot be read or is damaged; the message says which.
    """
    path = Path(path)
    return Store(path).all() if path.suffix == CLASS_SET.suffix else read_lines(path)


def _count_with_one_more(connection: sqlite3.Connection, writer: str) -> int:
    """Count the writer's samples including the next; raise if that is too many."""
    query = "SELECT count(*), count(*) FILTER (WHERE writer = ?) FROM written"
    in_total, by_writer = connection.execute(query, (writer,)).fetchone()
    if by_writer >= MAX_PER_WRITER:
        raise FullError(
            f"You have given {by_writer} digits: that is enough from one writer."
            " Thank you."
        )
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    if in_total >= MAX_DRAWINGS or pages * page_size >= MAX_BYTES:
        raise FullError(f"The class set is full: it holds {in_total} digits.")
    return by_writer + 1


def _to_sample(writer: str, label: int, style: str, drawing: str) -> Sample:
    strokes, pen_width = ink.from_json(drawing)
    return Sample(tuple(map(tuple, strokes)), label, writer, style, pen_width)
