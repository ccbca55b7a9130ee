"""The store of the class set: one SQLite file that holds everybody's samples.

The web app writes to it from several processes at once; lesson 7 reads what it exports:

    app.classset -> Store.add -> class.sqlite -> all -> export -> another file

An added sample is on the disk, and a deleted one is in none of the store's files any
more. The command `digitlib class export class.npz` exports it.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitlib.classset.export import serialise
from digitlib.classset.samples import Sample, read_lines
from digitlib.errors import DataError, DigitError, DrawingError
from digitlib.files import HOME, replacing
from digitlib.reading import ink
from digitlib.reading.predict import CLASSES

CLASS_SET = HOME / "instance" / "class.sqlite"  # the default path

# Twenty of each digit; a writer with more would outweigh the others.
MAX_PER_WRITER = 200
# As many as MNIST's test set has. This also bounds what somebody who tries to fill the
# disk can do: 20 MB of usual drawings, 640 MB of the longest that the web app accepts.
MAX_DRAWINGS = 10_000

VERSION = 1  # of the schema below, kept in the file as its user_version
SCHEMA = (
    # The ids give the order in which samples were added; no time is stored.
    "CREATE TABLE written (id INTEGER PRIMARY KEY, writer TEXT NOT NULL,"
    " label INTEGER NOT NULL, style TEXT NOT NULL, drawing TEXT NOT NULL)",
    "CREATE INDEX by_writer ON written (writer)",
    f"PRAGMA user_version = {VERSION}",
)
COLUMNS = "writer, label, style, drawing"
VALUES = "VALUES (?, ?, ?, ?)"
TIMEOUT = 10  # seconds to wait for other processes, each of which takes milliseconds
PRAGMAS = (
    "journal_mode = WAL",  # readers and writers do not wait for each other
    "synchronous = FULL",  # a confirmed sample survives any crash
    "secure_delete = ON",  # deleted content is overwritten
    "temp_store = MEMORY",  # no temporary files elsewhere
)


class FullError(DigitError):
    """The class set accepts no more samples, from this writer or from anybody."""

    code = "too_large"


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
        self._lock = threading.Lock()

    def create(self) -> None:
        """Create the file if it is missing, and check that it can be used.

        Raises:
            DataError: it cannot be used; the message says why.
        """
        with self._use(create=True):
            pass

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

    def delete(self, writer: str) -> int:
        """Delete all samples of a writer, immediately and for good.

        Returns:
            How many samples were deleted.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        return self._delete("WHERE writer = ?", writer)

    def delete_all(self) -> int:
        """Delete everything, immediately and for good; return how many samples.

        Raises:
            DataError: the file does not exist or cannot be used.
        """
        return self._delete()

    def export(self, target: str | Path) -> int:
        """Export the set to a file; its suffix chooses the format, see `export`.

        Returns:
            How many samples were exported.

        Raises:
            DataError: the set does not exist, the format is unknown, or the file cannot
                be written.
        """
        target = Path(target)
        samples = self.all()
        content = serialise(samples, target.suffix)
        try:
            with replacing(target) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            raise DataError(f"{target} cannot be written: {error.strerror}.") from error
        return len(samples)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _delete(self, where: str = "", *values: str) -> int:
        with self._use() as connection:
            number = connection.execute(f"DELETE FROM written {where}", values).rowcount
            # SQLite overwrites the rows, but if it had moved a row, an older copy may
            # remain in the unused part of a page. VACUUM writes the file again without
            # such parts; the checkpoint empties the write-ahead log.
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return number

    @contextmanager
    def _use(self, create: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file for one thread at a time."""
        with self._lock:
            if not (create or self._connection or self.path.exists()):
                raise DataError(f"There is no class set {self.path}: check its name.")
            try:
                if self._connection is None:
                    self._connection = _open(self.path)
                    weakref.finalize(self, self._connection.close)
                yield self._connection
            except (sqlite3.Error, OSError) as error:
                raise DataError(
                    f"The class set {self.path} cannot be used ({error}): check that"
                    " the disk has room and that the file and its folder are writable."
                ) from error


def read(path: str | Path) -> list[Sample]:
    """Read a class set from a store or from a `.jsonl` file exported from one.

    Returns:
        The samples, in the order in which they were written.

    Raises:
        DigitError: the file cannot be read or is damaged; the message says which.
    """
    path = Path(path)
    return Store(path).all() if path.suffix == CLASS_SET.suffix else read_lines(path)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path,
        timeout=TIMEOUT,
        isolation_level=None,  # transactions begin and end explicitly
        check_same_thread=False,  # the store's lock protects every use
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Create the table in a new file; only one of several processes does so."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in SCHEMA:
                connection.execute(statement)
        elif version != VERSION:
            raise DataError(
                "This class set was made by another version of this project: open it"
                " with that version, or choose another file."
            )


def _count_with_one_more(connection: sqlite3.Connection, writer: str) -> int:
    """Count the writer's samples including the next; raise if that is too many."""
    query = "SELECT count(*), count(*) FILTER (WHERE writer = ?) FROM written"
    in_total, by_writer = connection.execute(query, (writer,)).fetchone()
    if by_writer >= MAX_PER_WRITER:
        raise FullError(
            f"You have given {by_writer} digits: that is enough from one writer."
            " Thank you."
        )
    if in_total >= MAX_DRAWINGS:
        raise FullError(f"The class set is full: it holds {in_total} digits.")
    return by_writer + 1


def _to_sample(writer: str, label: int, style: str, drawing: str) -> Sample:
    strokes, pen_width = ink.from_json(drawing)
    return Sample(tuple(map(tuple, strokes)), label, writer, style, pen_width)
