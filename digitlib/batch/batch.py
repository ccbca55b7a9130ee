"""Piles of scans: many files read in parallel into one table, on one machine or many.

`run` opens each file here and sends its bytes to workers, which read them through
`predict` as every other face does. The workers are processes of this machine, or those
of a Dask cluster whose scheduler's address is given; they need no disk in common, only
this project installed on each machine, the scheduler's too (and a network of your own
at the same path on each). Both are executors of `concurrent.futures`: one code path.

What was read is kept, row by row, in a file beside the output (`.part`), so that a kill
at any moment loses at most the pictures under way, four to a worker; memory stays flat.
The same command goes on from there. The output itself, a table as `tables` says, is
replaced in one step at the end: it is absent or whole. Only one run may write to it at
a time.

A file that the table has already is left out, but it is read again if it was changed
since, if another network read it, or if it could not be read; its row is replaced. Rows
of files that are no longer asked for stay.
"""

import glob
import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from digitlib.batch import tables
from digitlib.batch.journal import Journal
from digitlib.batch.tables import Row
from digitlib.batch.workers import Workers, on_cluster, on_this_machine
from digitlib.errors import DigitError, ImageError
from digitlib.reading.loading import load_model
from digitlib.reading.predict import Model

UNDER_WAY = 4  # pictures to a worker: none waits for work, few lie in memory
CHECK_SECONDS = 5.0  # how often it is seen to that an answer can still come
MAX_FILE_BYTES = (
    400_000_000  # bytes; no picture that can be read is larger (picture.py)
)
SHOWN = 20  # bad files that are listed at the end; the table has them all
KEPT = "What was read is kept: the same command goes on from there."
FAULT = "A fault of this program: please report it, with the picture."


@dataclass(frozen=True)
class Summary:
    """What came of a pile; together they are its files.

    Attributes:
        read: files that were read now.
        skipped: files that the table had already.
        failed: files that cannot be read; their rows say why.
    """

    read: int
    skipped: int
    failed: int

    def __str__(self) -> str:
        return f"{self.read} read now, {self.skipped} before, {self.failed} bad"


def find(pattern: str) -> list[Path]:
    """Find the files whose path is like a pattern.

    Args:
        pattern: a path with `*`, `?` or `[...]` in it; `**` is any depth of folders.

    Returns:
        The files, sorted; folders and hidden files are left out.

    Raises:
        DigitError: there are none.

    Example:
        >>> find("scans/**/*.png")
        [PosixPath('scans/page1.png'), PosixPath('scans/monday/page2.png')]
    """
    found = set(glob.glob(os.path.expanduser(pattern), recursive=True))
    files = sorted(path for path in map(Path, found) if path.is_file())
    if not files:
        raise DigitError(
            f"No file is like {pattern}: name the pictures of a folder, and of those"
            " within it, as 'folder/**/*.png', in quotes."
        )
    return files


def run(
    files: list[Path],
    out: Path,
    network: str = "cnn",
    workers: int | None = None,
    cluster: str | None = None,
) -> Summary:
    """Read files in parallel into a table, with a bar of progress.

    At the end it prints what came of it; bad files are listed on stderr.

    Args:
        files: pictures; one that is named twice is read once.
        out: the table: `.parquet`, `.jsonl` or `.csv`; one that is there is added to.
        network: as `predict.load_model` takes it.
        workers: processes on this machine, None for one to a core.
        cluster: the address of a Dask scheduler, such as "tcp://10.0.0.5:8786", whose
            workers read instead.

    Returns:
        How many were read, skipped, and failed.

    Raises:
        DigitError: the table, the network, a package or the cluster cannot be used, or
            Ctrl-C was pressed. What was read until then is kept.
    """
    journal = Journal(out)
    load_model(network)  # what is wrong with it is said before anything starts
    known = journal.dates(network)
    dated = [(path, _modified(path)) for path in dict.fromkeys(files)]
    waiting = [(path, date) for path, date in dated if known.get(_name(path)) != date]
    skipped = len(dated) - len(waiting)
    bad = []
    if waiting:
        bar = _progress_bar(len(dated), skipped)
        count = min(workers or os.cpu_count() or 1, len(waiting))
        pool = on_cluster(cluster) if cluster else on_this_machine(count)
        with bar, _saying_what_stopped(), pool as readers:
            for row in _rows(waiting, network, readers):
                journal.add(row)
                bar.update()
                if row["error"]:
                    bad.append(f"{row['file']}: {row['error']}")
    journal.close()
    _list_bad(bad, out)
    summary = Summary(len(waiting) - len(bad), skipped, len(bad))
    print(f"{out}: {summary}")
    return summary


def read_content(content: bytes, network: str) -> Row:
    """Read one picture; this is what workers do, wherever they are.

    Args:
        content: of its file.
        network: loaded once in each process, which then uses one core.

    Returns:
        The columns "text", "message", "error" and "digits" of its row.

    Raises:
        ModelError: the network cannot be loaded.
    """
    model = _load(network)
    try:
        reading = model.read(content).to_dict()
    except ImageError as error:
        return _bad(str(error))
    except Exception:  # one picture must not stop a pile
        return _bad(FAULT)
    digits = [
        {name: digit[name] for name in ("label", "confidence", "box")}
        for digit in reading["digits"]
    ]
    return reading | {"error": "", "digits": digits}


@cache
def _load(network: str) -> Model:
    import cv2

    cv2.setNumThreads(1)  # there is a worker to each core
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
    """Their rows, in the same order; a few to each worker are under way."""
    under_way: deque[tuple[Row, Future[Row]]] = deque()
    for path, modified in waiting:
        if len(under_way) == UNDER_WAY * readers.count:
            yield _row(*under_way.popleft(), readers)
        head = {"file": _name(path), "modified": modified, "network": network}
        under_way.append((head, _send(path, network, readers.executor)))
    while under_way:
        yield _row(*under_way.popleft(), readers)


def _row(head: Row, reading: Future[Row], readers: Workers) -> Row:
    while not wait([reading], CHECK_SECONDS).done:
        readers.check()
    values = head | reading.result()
    return {column: values[column] for column in tables.COLUMNS}


def _send(path: Path, network: str, executor: Executor) -> Future[Row]:
    """Have a worker read a file; one that cannot be opened is bad at once."""
    try:
        content = _content(path)
    except ImageError as error:
        done: Future[Row] = Future()
        done.set_result(_bad(str(error)))
        return done
    return executor.submit(read_content, content, network)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ImageError("The file is larger than any picture that can be read.")
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"The file cannot be opened: {error.strerror}.") from error


def _name(path: Path) -> str:
    """A file's name as text; what is no text in it (on Linux it may) as "?"."""
    return str(path).encode("utf-8", "replace").decode()


def _modified(path: Path) -> str:
    """When a file was last changed; nothing where that cannot be told."""
    try:
        seconds = path.stat().st_mtime
    except OSError:
        return ""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _list_bad(errors: list[str], out: Path) -> None:
    for line in errors[:SHOWN]:
        print(line, file=sys.stderr)
    if len(errors) > SHOWN:
        more = len(errors) - SHOWN
        print(f"... and {more} more: see the column error of {out}", file=sys.stderr)


@contextmanager
def _saying_what_stopped() -> Iterator[None]:
    """Whatever ends a pile early is said in a sentence; bad pictures do not end it."""
    try:
        yield
    except KeyboardInterrupt:
        raise DigitError(f"Stopped. {KEPT}") from None
    except DigitError:
        raise
    except BrokenExecutor as error:
        raise DigitError(
            "A worker was ended from outside, most often for want of memory: try fewer."
            f" {KEPT}"
        ) from error
    except Exception as error:  # Dask has many, few of them named
        raise DigitError(
            "The cluster failed or was lost: its scheduler and workers need this"
            f" project, in the same version, and memory; their logs say more. {KEPT}"
        ) from error
