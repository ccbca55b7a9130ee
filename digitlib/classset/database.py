"""The SQLite file of a class set: how it is opened, and how deleted rows leave it.

`store` says what is in it.
"""

import hashlib
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from digitlib.errors import DataError

VERSION = 2  # of the schema below, kept in the file as its user_version
SCHEMA = {  # what was added to it in each version
    1: (
        # The ids give the order in which samples were added; no time is stored.
        "CREATE TABLE written (id INTEGER PRIMARY KEY, writer TEXT NOT NULL,"
        " label INTEGER NOT NULL, style TEXT NOT NULL, drawing TEXT NOT NULL)",
        "CREATE INDEX by_writer ON written (writer)",
    ),
    2: (
        # The key of the exported names; how often something was deleted, and how many
        # of these deletions have left no traces in the file, and in its log.
        "CREATE TABLE state (name_key BLOB NOT NULL, deletions INTEGER NOT NULL,"
        " rewritten INTEGER NOT NULL, erased INTEGER NOT NULL)",
        "INSERT INTO state VALUES (randomblob(32), 0, 0, 0)",
    ),
}
TIMEOUT = 10  # seconds to wait for other processes, each of which takes milliseconds
READERS_TIMEOUT = 1  # seconds to wait for who reads what was deleted
PRAGMAS = (
    "journal_mode = WAL",  # readers and writers do not wait for each other
    "synchronous = FULL",  # a confirmed sample survives any crash
    "secure_delete = ON",  # deleted content is overwritten
    "temp_store = MEMORY",  # no temporary files elsewhere
)


def open_file(path: Path, create: bool) -> sqlite3.Connection:
    """Open a class set's file, which many threads may use, but only one at a time.

    Raises:
        DataError: it was made by another version, or by another program.
        OSError, sqlite3.Error: it cannot be opened.
    """
    if create:  # for its owner alone, and so are the log and the index beside it
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with suppress(OSError):  # somebody else's
            path.chmod(0o600)
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


def identify(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from all others, or None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare(connection: sqlite3.Connection) -> None:
    """Create what a new or older file lacks; only one of several processes does so."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not 0 <= version <= VERSION:
            raise DataError(
                "This class set was made by another version of this project: open it"
                " with that version, or choose another file."
            )
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version == 0 and tables:
            raise DataError("This file belongs to another program: choose another.")
        for number in range(version + 1, VERSION + 1):
            for statement in SCHEMA[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def erase(connection: sqlite3.Connection, seconds: float) -> bool:
    """Overwrite what deletions left behind; return whether nothing is left.

    SQLite overwrites deleted rows, but if it had moved a row, an older copy may remain
    in the unused part of a page. VACUUM writes the file again without such parts. The
    checkpoint moves that from the write-ahead log into the file, and empties the log;
    it cannot while somebody still reads the file of before.
    """
    query = "SELECT deletions, rewritten, erased FROM state"
    deletions, rewritten, erased = connection.execute(query).fetchone()
    if erased >= deletions:
        return True
    if rewritten < deletions:
        connection.execute("VACUUM")
        update = "UPDATE state SET rewritten = max(rewritten, ?)"
        connection.execute(update, (deletions,))
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")
    try:
        checkpoint = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (is_busy, *_) = checkpoint.fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {1000 * TIMEOUT}")
    if is_busy:
        return False
    connection.execute("UPDATE state SET erased = max(erased, ?)", (deletions,))
    return True


def name_key(connection: sqlite3.Connection) -> bytes:
    """Return the key with which this set names its writers."""
    return connection.execute("SELECT name_key FROM state").fetchone()[0]


def name(writer: str, key: bytes) -> str:
    """Return a writer's name in exports, 32 hexadecimal digits.

    Without the key, nobody can tell whose it is, and with it nobody can find the id.
    """
    return hashlib.blake2b(writer.encode(), key=key, digest_size=16).hexdigest()
