"""Measure how many pictures a second all cores read: `python -m benchmarks.throughput`.

`digitlib.batch` reads a folder of files with one worker, and with one worker per core.
The baseline is a loop in one process, which shows what one core can do; the share is
the throughput relative to that of the loop times the cores. The time to start the
processes is subtracted: it is measured with one picture per worker.
"""

import contextlib
import io
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import samples
from benchmarks.table import Row, seconds
from digitlib.batch import batch
from digitlib.reading import load_model
from digitlib.reading.ink import STYLES

COUNTS = {"drawing": 1500, "photo": 100}  # pictures
RUNS = 3
LOOP = "a loop in one process"


def main() -> None:
    """Measure each kind of picture, and print a row for it."""
    cores = os.cpu_count() or 1
    workers = f"{cores} workers"
    print(f"{'pictures a second':18} {'loop':>8} {'1 worker':>9} {workers:>10}  share")
    for kind, count in COUNTS.items():
        loop, one, every = (
            statistics.median(measure(kind, count, workers))
            for workers in (0, 1, cores)
        )
        share = every / (cores * loop)
        print(
            f"{kind:18} {loop:8.1f} {one:9.1f} {every:10.1f}  {share:4.0%}", flush=True
        )


def rows() -> Iterator[Row]:
    """Measure all cores against a loop on one core."""
    cores = os.cpu_count() or 1
    for kind, count in COUNTS.items():
        ours, plain = (measure(kind, count, workers) for workers in (cores, 0))
        yield Row(f"{kind}s, {cores} workers", "a second", ours, plain, LOOP)


def measure(kind: str, count: int, workers: int, runs: int = RUNS) -> list[float]:
    """Measure the pictures read per second in each run.

    Args:
        kind: a key of `COUNTS`.
        count: the number of files to read.
        workers: the number of processes; 0 for a loop in this one.
        runs: the number of runs.
    """
    with tempfile.TemporaryDirectory() as name:
        files = write(kind, count, Path(name))
        if not workers:
            model = load_model()
            return [
                count / seconds(lambda: [model.read(file) for file in files])
                for _ in range(runs)
            ]
        return [
            (count - workers)
            / (_batch(files, workers) - _batch(files[:workers], workers))
            for _ in range(runs)
        ]


def write(kind: str, count: int, folder: Path) -> list[Path]:
    """Write `count` pictures to a folder: drawings in every style, or one photo."""
    contents = [samples.photo()] * count
    if kind == "drawing":
        each = 1 + count // len(STYLES)
        contents = [content for content, _ in samples.drawings(each)][:count]
    files = [folder / f"{i:05}" for i in range(count)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return files


def _batch(files: list[Path], workers: int) -> float:
    """Measure the seconds of a run that starts a new table, without its messages."""
    out = files[0].with_name("readings.parquet")
    out.unlink(missing_ok=True)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        return seconds(lambda: batch.run(files, out, workers=workers))


if __name__ == "__main__":
    main()
