"""Several processes at once, for whatever writes files that they share."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 120
HOLD = """
import sys, time
from pathlib import Path
from digitlib.files import locked, replacing
path, left = map(Path, sys.argv[1:])
with locked(path, "busy"), replacing(path) as beside:
    beside.write_text("half")
    left.write_text("half")
    print("locked", flush=True)
    time.sleep(60)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a Python program of the project, whose output can be read."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, text=True, **pipes)


def run_together(code: str, arguments: Sequence[Sequence[object]]) -> list[str]:
    """Run a program in several processes at once; each must end well.

    Args:
        code: the program.
        arguments: those of each process.

    Returns:
        What each of them printed.
    """
    processes = [start(code, *each) for each in arguments]
    said = [process.communicate(timeout=SECONDS) for process in processes]
    for process, (_, errors) in zip(processes, said, strict=True):
        assert process.returncode == 0, errors
    return [out for out, _ in said]


@contextmanager
def hold_lock(path: Path, left: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process lock a file and begin to replace it; `left` says when."""
    with start(HOLD, path, left) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()
