"""Print one table that compares this project with a baseline for the same tasks.

    python -m benchmarks [--train]

Both are measured in the same run: import and start, memory, one reading, many readings,
the dashboard, and with `--train` the seconds of a training, too. Nothing here passes or
fails: the tests never depend on time.
"""

import argparse
import os
import platform
import sys

from benchmarks import reading, start, throughput
from benchmarks.table import HEAD


def main(arguments: list[str] | None = None) -> None:
    """Measure everything, and print a row for each measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--train", action="store_true", help="measure training too, some minutes"
    )
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python"
        f" {platform.python_version()}, {platform.system()}; load {load:.1f} before\n"
        "medians, in brackets the least and the most; better: 2 x is half the time or"
        " memory, or twice as much read\n"
    )
    print(HEAD)
    for rows in (start.rows, reading.rows, throughput.rows):
        for row in rows():
            print(row, flush=True)
    if options.train:
        from benchmarks import training  # it loads TensorFlow

        for row in training.rows():
            print(row, flush=True)


if __name__ == "__main__":
    sys.exit(main())
