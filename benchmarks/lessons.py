"""Measure what each lesson needs: memory, time, and TensorFlow or not.

    python -m benchmarks.lessons [1 2 ...]

Each notebook is run whole in a kernel of its own, which then says how much memory it
took at most (Linux). The files of libraries are left out, because all kernels share
them. `workshop.capacity` sizes a class by these figures.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from digitlib.workshop.lab import NOTEBOOKS

SECONDS = 1800  # of a cell, for what hangs
QUESTION = """\
import sys
from pathlib import Path

lines = Path("/proc/self/status").read_text().splitlines()
status = dict(line.split(":", 1) for line in lines)
most, files = (int(status[name].split()[0]) for name in ("VmHWM", "RssFile"))
print(most - files, "tensorflow" in sys.modules)
"""


def measure(path: Path) -> tuple[float, float, bool]:
    """Run a notebook.

    Returns:
        The most memory that its kernel had, in MiB; the seconds that it took; whether
        it loaded TensorFlow.
    """
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(QUESTION))
    where = {"metadata": {"path": str(path.parent)}}
    start = time.perf_counter()
    NotebookClient(notebook, timeout=SECONDS, resources=where).execute()
    seconds = time.perf_counter() - start
    said = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    kilobytes, has_tensorflow = said.split()[-2:]
    return int(kilobytes) / 1024, seconds, has_tensorflow == "True"


def main(numbers: list[str]) -> None:
    """Print a row for each lesson, or for those with these numbers."""
    print("lesson                  MiB  seconds  TensorFlow")
    for path in sorted(NOTEBOOKS.glob("0[1-9]_*.ipynb")):
        if not numbers or path.name[1] in numbers:
            memory, seconds, has_tensorflow = measure(path)
            needs = "yes" if has_tensorflow else "no"
            print(f"{path.stem:20} {memory:6.0f} {seconds:8.0f}  {needs}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
