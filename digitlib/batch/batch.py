"""Batches of scans: reads many files in parallel into one table.

    patterns.find -> run -> workers (read_content) -> Journal -> the table

`run` opens each file in this process and sends its bytes to workers, which read them
through `predict` like every other interface. The workers are processes on this machine,
or those of a Dask cluster whose scheduler's address is given. A cluster needs no shared
disk, but this project must be installed on each machine, including the scheduler's, and
a network of your own must have the same path on each. Both kinds of workers are
executors of `concurrent.futures`, so there is a single code path.

Each page of a PDF or TIFF has a row of its own. The rows are saved one by one in a file
beside the output (`.part`). A kill at any moment loses at most the files in progress,
four per worker, and memory use stays constant. The same command resumes from there. The
output itself, a table as in `tables`, is replaced in one step at the end, so it is
either absent or complete. Only one run at a time writes to it: a second is refused.

A file that is already in the table is skipped, unless it has changed since, was read by
another network, or a page could not be read; then it is read again and its rows are
replaced.
The rows of files that are no longer requested remain.
"""

import os
import stat
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from digitlib.batch import tables
from digitlib.batch.journal import Journal
from digitlib.batch.tables import Row
from digitlib.batch.workers import Workers, on_cluster, on_this_machine
from digitlib.errors import DigitError, ImageError, one_picture
from digitlib.files import locked, printable
from digitlib.reading.loading import load_model
from digitlib.reading.picture import Page, name_page, pages
from digitlib.reading.predict import Model

PENDING_PER_WORKER = 4  # pictures: no worker is idle, and few pictures are in memory
CHECK_SECONDS = 5.0  # how often to check that an answer can still arrive
MAX_FILE_BYTES = 400_000_000  # bytes; no readable picture is larger (picture.py)
MAX_LISTED = 20  # bad files to list at the end; the table has them all
BUSY = "Another run is writing {}: wait for it, or choose another name for the table."
RESUME = "The finished rows are saved: the same command resumes from there."


@dataclass(frozen=True)
class Summary:
    """The result of a batch; the three numbers add up to its files.

    Attributes:
        read: the number of files that were read now.
        skipped: the number of files that were already in the table.
        failed: the number of files with a page that cannot be read; its row says why.
    """

    read: int
    skipped: int
    failed: int

    def __str__(self) -> str:
        return f"{self.read} read now, {self.skipped} before, {self.failed} failed"


def run(
    files: list[Path],
    out: Path,
    network: str = "cnn",
    workers: int | None = None,
    cluster: str | None = None,
) -> Summary:
    """Read files in parallel into a table, with a progress bar.

    At the end it prints the summary; files that failed are listed on stderr.

    Args:
        files: the pictures; one that is listed twice is read once.
        out: the table, `.parquet`, `.jsonl` or `.csv`; an existing one is extended.
        network: the name or path of the network, as `predict.load_model` takes it.
        workers: the number of processes on this machine; None for one per core.
        cluster: the address of a Dask scheduler, such as "tcp://10.0.0.5:8786", whose
            workers read instead.

    Returns:
        How many files were read, skipped and failed.

    Raises:
        DigitError: the table, the network, a package or the cluster cannot be used,
            another run writes the table, or Ctrl-C was pressed. The rows finished until
            then are saved.
    """
    tables.check_name(out)
    with ExitStack() as stack:
        with tables.writing(out):
            stack.enter_context(locked(out, BUSY.format(out)))
        return _run(files, out, network, workers, cluster)


def _run(
    files: list[Path], out: Path, network: str, workers: int | None, cluster: str | None
) -> Summary:
    journal = Journal(out)
    load_model(network)  # so that a bad network is reported before anything starts
    known = journal.dates(_name(network))
    dated = [(path, _modified(path)) for path in dict.fromkeys(files)]
    waiting = [(path, date) for path, date in dated if known.get(_name(path)) != date]
    skipped = len(dated) - len(waiting)
    bad: list[Row] = []
    if waiting:
        bar = _progress_bar(len(dated), skipped)
        count = min(workers or os.cpu_count() or 1, len(waiting))
        pool = on_cluster(cluster) if cluster else on_this_machine(count)
        with bar, _explaining_interruptions(cluster), pool as readers:
            for row in _rows(waiting, network, readers):
                journal.add(row)
                bar.update(row["page"] == row["pages"])
                if row["error"]:
                    bad.append(row)
    journal.close()
    _list_bad(bad, out)
    failed = len({row["file"] for row in bad})
    summary = Summary(len(waiting) - failed, skipped, failed)
    print(f"{out}: {summary}")
    return summary


def read_content(content: bytes, network: str) -> list[Row]:
    """Read one file; this function runs in the workers.

    Args:
        content: the bytes of its file.
        network: its name or path; each process loads it once and then uses one core.

    Returns:
        For each page the columns of its row from "page" on, without those that only
        the process that opened the file knows.

    Raises:
        ModelError: the network cannot be loaded.
    """
    model = _load(network)
    return [
        {"page": page.number, "pages": page.count} | _read_page(model, page)
        for page in pages(content)
    ]


def _read_page(model: Model, page: Page) -> Row:
    try:
        with one_picture():
            reading = model.read(page.open()).to_dict()
    except DigitError as error:
        return _bad(str(error))
    digits = [
        {name: digit[name] for name in ("label", "confidence", "box")}
        for digit in reading["digits"]
    ]
    said = {name: reading[name] for name in ("text", "message")}
    return said | {"error": "", "digits": digits}


@cache
def _load(network: str) -> Model:
    import cv2

    cv2.setNumThreads(1)  # there is one worker per core
    return load_model(network)


def _bad(error: str) -> Row:
    return {"text": "", "message": "", "error": error, "digits": []}


def _progress_bar(total: int, done: int) -> Any:
    try:
        from tqdm import tqdm
    except ModuleNotFoundError as error:
        raise DigitError(tables.MISSING.format("tqdm")) from error
    return tqdm(total=total, initial=done, unit="file")


def _rows(
    waiting: list[tuple[Path, str]], network: str, readers: Workers
) -> Iterator[Row]:
    """Yield their rows in the same order, with a few files pending per worker."""
    pending: deque[tuple[Row, Future[list[Row]]]] = deque()
    for path, modified in waiting:
        if len(pending) == PENDING_PER_WORKER * readers.count:
            yield from _finish(*pending.popleft(), readers)
        about = {"file": _name(path), "network": _name(network)}
        head = about | {"modified": modified}
        pending.append((head, _send(path, network, readers.executor)))
    while pending:
        yield from _finish(*pending.popleft(), readers)


def _finish(head: Row, reading: Future[list[Row]], readers: Workers) -> Iterator[Row]:
    while not wait([reading], CHECK_SECONDS).done:
        readers.check()
    for page in reading.result():
        values = head | page
        yield {column: values[column] for column in tables.COLUMNS}


def _send(path: Path, network: str, executor: Executor) -> Future[list[Row]]:
    """Let a worker read a file; one that cannot be opened fails at once."""
    try:
        content = _content(path)
    except ImageError as error:
        done: Future[list[Row]] = Future()
        done.set_result([{"page": 1, "pages": 1, **_bad(str(error))}])
        return done
    return executor.submit(read_content, content, network)


def _content(path: Path) -> bytes:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for without end
            raise ImageError("This is no file: name one that holds a picture.")
        if about.st_size > MAX_FILE_BYTES:
            raise ImageError("The file is larger than any picture that can be read.")
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"The file cannot be opened: {error.strerror}.") from error


def _name(path: Path | str) -> str:
    r"""Return a path as text; bytes that are not text, as on Linux, become `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _modified(path: Path) -> str:
    """Return when a file was last changed, or "" if that is unknown."""
    try:
        seconds = path.stat().st_mtime
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OSError, ValueError, OverflowError):  # the last two: of no year we know
        return ""


def _list_bad(bad: list[Row], out: Path) -> None:
    for row in bad[:MAX_LISTED]:
        name = name_page(row["file"], row["page"], row["pages"])
        print(f"{printable(name)}: {row['error']}", file=sys.stderr)
    if len(bad) > MAX_LISTED:
        more = len(bad) - MAX_LISTED
        print(f"... and {more} more: see the column 'error' of {out}", file=sys.stderr)


@contextmanager
def _explaining_interruptions(cluster: str | None) -> Iterator[None]:
    """Turn whatever ends a batch early into a message; bad pictures do not end it."""
    try:
        yield
    except KeyboardInterrupt:
        raise DigitError(f"Stopped. {RESUME}") from None
    except DigitError:
        raise
    except BrokenExecutor as error:
        raise DigitError(
            "A worker was killed, most often because memory ran out: try fewer workers."
            f" {RESUME}"
        ) from error
    except Exception as error:  # Dask raises many, often of no specific type
        if not cluster:
            raise DigitError(
                f"The workers could not go on ({type(error).__name__}): check that"
                f" there is room in memory and on the disk. {RESUME}"
            ) from error
        raise DigitError(
            "The cluster failed or the connection was lost: its scheduler and workers"
            " need the same version of this project and enough memory; see their logs."
            f" {RESUME}"
        ) from error
