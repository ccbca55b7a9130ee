"""How many pictures a second all cores read: `python -m benchmarks.throughput`.

A folder of files is read by `digitlib.batch`, on one worker and on one to a core. Told
beside it are a plain loop in one process, which is what one core can do, and the share
of cores x one core that is reached. What a run takes to start its processes is taken
off: as much as it takes for one picture to a worker.
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

COUNTS = {"drawing": 1500, "photo": 100}
RUNS = 3
LOOP = "a loop in one process"


def main() -> None:
    """Measure, and print a row for each kind of picture."""
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
    """All cores against one."""
    cores = os.cpu_count() or 1
    for kind, count in COUNTS.items():
        ours, plain = (measure(kind, count, workers) for workers in (cores, 0))
        yield Row(f"{kind}s, {cores} workers", "a second", ours, plain, LOOP)


def measure(kind: str, count: int, workers: int, runs: int = RUNS) -> list[float]:
    """Pictures a second, run by run.

    Args:
        kind: a key of `COUNTS`.
        count: files to read.
        workers: processes; 0 for a loop in this one.
        runs: how often.
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
    """Put so many pictures into a folder: drawings in every style, or one photo."""
    contents = [samples.photo()] * count
    if kind == "drawing":
        each = 1 + count // len(STYLES)
        contents = [content for content, _ in samples.drawings(each)][:count]
    files = [folder / f"{i:05}" for i in range(count)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return files


def _batch(files: list[Path], workers: int) -> float:
    """The seconds of a run whose table is not there yet, without its messages."""
    out = files[0].with_name("readings.parquet")
    out.unlink(missing_ok=True)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        return seconds(lambda: batch.run(files, out, workers=workers))


if __name__ == "__main__":
    main()
