"""The class set: digits that people of a class wrote and gave, in one SQLite file.

Between the web app, which collects with several processes at once, and lesson 05:

    app.classset -> Store.add -> class.sqlite -> all -> export -> another file

What was added is on the disk; what was deleted is in no file of the set any more. From
the command line: `digitlib class export class.npz`.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitlib.classset.export import pack
from digitlib.classset.samples import Sample, read_lines
from digitlib.errors import DataError, DigitError, DrawingError
from digitlib.files import HOME, replacing
from digitlib.reading import ink
from digitlib.reading.predict import CLASSES

CLASS_SET = HOME / "instance" / "class.sqlite"  # where nothing else is said

# Twenty of each digit: a writer who gave more would outweigh the others.
MAX_PER_WRITER = 200
# As many as MNIST's test set. Whoever wants to fill the disk gets no further than this:
# 20 MB of usual drawings, 640 MB of the longest that the web app takes.
MAX_DRAWINGS = 10_000

VERSION = 1  # of the schema below, kept in the file as its user_version
SCHEMA = (
    # The numbers give the order in which they came; when that was is nobody's business.
    "CREATE TABLE written (id INTEGER PRIMARY KEY, writer TEXT NOT NULL,"
    " label INTEGER NOT NULL, style TEXT NOT NULL, drawing TEXT NOT NULL)",
    "CREATE INDEX by_writer ON written (writer)",
    f"PRAGMA user_version = {VERSION}",
)
COLUMNS = "writer, label, style, drawing"
VALUES = "VALUES (?, ?, ?, ?)"
PATIENCE = 10  # seconds to wait for the other processes: each takes milliseconds
PRAGMAS = (
    "journal_mode = WAL",  # those who read and those who write do not wait for another
    "synchronous = FULL",  # what is answered is on the disk, whatever is killed then
    "secure_delete = ON",  # what is deleted is overwritten
    "temp_store = MEMORY",  # nothing of it in a file elsewhere
)


class FullError(DigitError):
    """The class set takes no more, of this writer or at all."""

    code = "too_large"


@dataclass(frozen=True)
class Counts:
    """How much a class set holds.

    Attributes:
        drawings: in all.
        writers: who wrote them.
        digits: how many there are of each digit, 0 to 9.
    """

    drawings: int
    writers: int
    digits: tuple[int, ...]


class Store:
    """A class set in a file. Many threads and processes may use the same.

    Attributes:
        path: of the file; it is made by the first `add`, or by `create`.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def create(self) -> None:
        """Make the file where there is none, and see whether it can be used.

        Raises:
            DataError: it cannot; the message says why.
        """
        with self._use(create=True):
            pass

    def add(self, sample: Sample) -> int:
        """Add a digit. When this returns it is on the disk.

        Returns:
            How many there are of its writer now.

        Raises:
            DrawingError: it has no ink.
            FullError: there are enough, of this writer or in all.
            DataError: the file cannot be used.
        """
        picture = ink.draw(sample.strokes, pen_width=sample.pen_width)
        if np.asarray(picture).min() == 255:
            raise DrawingError("There is nothing on the pad: draw the digit first.")
        drawing = ink.to_json(sample.strokes, sample.pen_width)
        row = (sample.writer, sample.label, sample.style, drawing)
        with self._use(create=True) as connection:
            # Others wait: what is counted is still so when the digit is added.
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commit; if anything goes wrong, roll back
                number = _count_with_one_more(connection, sample.writer)
                connection.execute(f"INSERT INTO written ({COLUMNS}) {VALUES}", row)
        return number

    def all(self) -> list[Sample]:
        """Every digit, in the order in which they came.

        Raises:
            DataError: there is no such file, or it cannot be used.
        """
        query = f"SELECT {COLUMNS} FROM written ORDER BY id"
        with self._use() as connection:
            rows = connection.execute(query).fetchall()
        return [_to_sample(*row) for row in rows]

    def counts(self) -> Counts:
        """How many digits there are, and of how many writers.

        Raises:
            DataError: there is no such file, or it cannot be used.
        """
        query = "SELECT writer, label, count(*) FROM written GROUP BY writer, label"
        with self._use() as connection:
            rows = connection.execute(query).fetchall()
        digits = [0] * CLASSES
        for _, label, number in rows:
            digits[label] += number
        return Counts(sum(digits), len({row[0] for row in rows}), tuple(digits))

    def delete(self, writer: str) -> int:
        """Delete all that a writer gave, now and for good.

        Returns:
            How many they were.

        Raises:
            DataError: there is no such file, or it cannot be used.
        """
        return self._delete("WHERE writer = ?", writer)

    def delete_all(self) -> int:
        """Delete everything, now and for good; returns how many they were.

        Raises:
            DataError: there is no such file, or it cannot be used.
        """
        return self._delete()

    def export(self, target: str | Path) -> int:
        """Write the set into a file, of the kind that its ending says; see `export`.

        Returns:
            How many digits it holds.

        Raises:
            DataError: there is no such set, no such kind, or no place to write to.
        """
        target = Path(target)
        samples = self.all()
        content = pack(samples, target.suffix)
        try:
            with replacing(target) as beside:
                beside.write_bytes(content)
        except OSError as error:
            raise DataError(f"{target} cannot be written: {error.strerror}.") from error
        return len(samples)

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _delete(self, where: str = "", *values: str) -> int:
        with self._use() as connection:
            number = connection.execute(f"DELETE FROM written {where}", values).rowcount
            # SQLite overwrites the rows; but where it had moved one, an older copy may
            # lie in the unused part of a page. A file written anew has no such parts,
            # and what the log beside it still holds is cut off.
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return number

    @contextmanager
    def _use(self, create: bool = False) -> Iterator[sqlite3.Connection]:
        """The open file, for one thread at a time."""
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
                    f"The class set {self.path} cannot be used ({error}): see that the"
                    " disk has room, and that the file and its folder may be written."
                ) from error


def read(path: str | Path) -> list[Sample]:
    """Read a class set: a store, or a `.jsonl` file that was exported from one.

    Returns:
        The digits, in the order in which they were written.

    Raises:
        DigitError: the file cannot be read or is damaged; the message says which.
    """
    path = Path(path)
    return Store(path).all() if path.suffix == CLASS_SET.suffix else read_lines(path)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path,
        timeout=PATIENCE,
        isolation_level=None,  # transactions begin and end where we say
        check_same_thread=False,  # the store's lock is round every use
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
    """Make the table in a new file; only one of several processes gets to do it."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in SCHEMA:
                connection.execute(statement)
        elif version != VERSION:
            raise DataError(
                "This class set was made by another version of this project: open it"
                " there, or name another file."
            )


def _count_with_one_more(connection: sqlite3.Connection, writer: str) -> int:
    """How many the writer has with the one to come, which must not be too many."""
    query = "SELECT count(*), count(*) FILTER (WHERE writer = ?) FROM written"
    in_all, of_one = connection.execute(query, (writer,)).fetchone()
    if of_one >= MAX_PER_WRITER:
        raise FullError(
            f"You have given {of_one} digits: that is enough of one hand. Thank you."
        )
    if in_all >= MAX_DRAWINGS:
        raise FullError(f"The class set is full: it holds {in_all} digits.")
    return of_one + 1


def _to_sample(writer: str, label: int, style: str, drawing: str) -> Sample:
    strokes, pen_width = ink.from_json(drawing)
    return Sample(tuple(map(tuple, strokes)), label, writer, style, pen_width)
