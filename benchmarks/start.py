"""Start-up time and memory: the import, the first reading, and both pages."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from benchmarks import load, samples, visitors
from benchmarks.page import Page
from benchmarks.table import Row, seconds
from digitlib.workshop.demo import NOTEBOOKS, dashboard_command

RUNS = 5
PLAIN_RUNS = 3  # fewer, as each takes seconds
PAGES = 5
BREAK = 6.0  # s between two pages, to refill the pool of waiting kernels
FIRST = """
import sys
from digitlib.reading import load_model
load_model().read(sys.argv[1])
import psutil
print(psutil.Process().memory_info().rss // 2**20)
"""


def rows() -> Iterator[Row]:
    """Measure this project and the plain way, each time in a new process."""
    ours = [seconds(lambda: run("-c", "import digitlib.reading")) for _ in range(RUNS)]
    plain = [seconds(lambda: run("-c", "import keras")) for _ in range(PLAIN_RUNS)]
    yield Row("import", "s", ours, plain, "import keras, with TensorFlow")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "drawing.png"
        file.write_bytes(samples.drawing())
        light, light_memory = first(RUNS, "-c", FIRST, str(file))
        heavy, heavy_memory = first(
            PLAIN_RUNS, "-m", "benchmarks.plain", "first", str(file)
        )
    yield Row("start to the first reading", "s", light, heavy, "Keras predict")
    yield Row("memory then", "MiB", light_memory, heavy_memory, "Keras predict")
    ours = [web_app("waitress") for _ in range(RUNS)]
    plain = [web_app("plain") for _ in range(PLAIN_RUNS)]
    yield Row("web app: start to the first answer", "s", ours, plain, "Flask and Keras")
    ours, plain = pads(dashboard_command), pads(plain_voila, "is running at")
    yield Row(
        "dashboard: page to pad (no browser)", "s", ours, plain, "voila as it comes"
    )


def run(*arguments: str) -> str:
    """Run a new Python process, and return what it prints."""
    command = [sys.executable, *arguments]
    return subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True)


def first(runs: int, *arguments: str) -> tuple[list[float], list[float]]:
    """Return the seconds and MiB of processes that each read one picture."""
    taken, memory = [], []
    for _ in range(runs):
        start = time.perf_counter()
        memory.append(float(run(*arguments).split()[-1]))
        taken.append(time.perf_counter() - start)
    return taken, memory


def web_app(name: str) -> float:
    """Return the seconds from the start of a web app to its first answer."""
    start = time.perf_counter()
    with load.serve(name), httpx.Client(timeout=30) as client:
        assert load.send(client, samples.drawing()), "nothing was read"
        return time.perf_counter() - start


def plain_voila(port: int) -> list[str]:
    """Return the command for the same dashboard in voila, without our settings."""
    dashboard = str(NOTEBOOKS / "dashboard.ipynb")
    return ["-m", "voila", dashboard, "--no-browser", f"--port={port}"]


def pads(
    command: Callable[[int], list[str]], ready: str = "is filled", count: int = PAGES
) -> list[float]:
    """Return the seconds until each of several visitors, in turn, can draw on a pad."""
    with visitors.serve(command, ready) as (address, _):
        return [asyncio.run(_pad(address)) for _ in range(count)]


async def _pad(address: str) -> float:
    page = Page(address)
    start = time.perf_counter()
    await page.open()
    taken = time.perf_counter() - start
    await page.leave()
    await asyncio.sleep(BREAK)
    return taken
