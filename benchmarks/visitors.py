"""How a class is served: visitors who open the dashboard and draw a 7.

    python -m benchmarks.visitors [VISITORS] [SECONDS] [--wait]

They arrive at random moments of that time, stay until the last one is served, and then
disconnect without closing their kernels, as phones do; `--wait` counts the kernels that
remain afterwards. Each visitor talks to the server as the page does. No browser is
involved, so the time that a phone needs to build the page is not included.
"""

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.page import Page
from benchmarks.samples import SEVEN
from digitlib.workshop.demo import HOST, dashboard_command

PARENT_WATCH = (sys.executable, "-m", "digitlib.workshop.parent_watch")
CULLED = 210  # seconds after which no kernel of a visitor who left may be running


@dataclass(frozen=True)
class Visit:
    """The waiting times of one visitor.

    Attributes:
        pad: seconds from the request for the page to a pad that can be drawn on.
        answer: seconds from the last point of a drawn 7 until the page shows "7".
    """

    pad: float
    answer: float


async def visit(page: Page, delay: float) -> Visit:
    """After a delay open the dashboard, draw and see the answer; stay connected."""
    await asyncio.sleep(delay)
    start = time.perf_counter()
    await page.open()
    pad = time.perf_counter() - start
    start = time.perf_counter()
    page.draw(SEVEN)
    await page.see("7")
    return Visit(pad, time.perf_counter() - start)


async def send_visitors(address: str, count: int, seconds: float, server: int) -> None:
    """Send all visitors, and print their waiting times and the server's memory."""
    rng = random.Random(0)
    pages = [Page(address) for _ in range(count)]
    visits = [visit(page, rng.uniform(0, seconds)) for page in pages]
    results = await asyncio.gather(*visits, return_exceptions=True)
    served = [result for result in results if isinstance(result, Visit)]
    for failure in (result for result in results if not isinstance(result, Visit)):
        print(f"not served: {failure!r}")
    print(f"{count} visitors in {seconds:g} s: {len(served)} served")
    if served:
        print(f"{'':24} {'median':>9} {'p95':>9} {'worst':>9}   s")
        row("page to pad", [result.pad for result in served])
        row("a 7 drawn to a 7 read", [result.answer for result in served])
    print_memory(server)
    for page in pages:
        await page.leave()


def row(what: str, seconds: list[float]) -> None:
    """Print the median, the 95th percentile and the worst."""
    ordered = sorted(seconds)
    late = ordered[int(0.95 * (len(ordered) - 1) + 0.5)]
    figures = (statistics.median(ordered), late, ordered[-1])
    print(f"{what:24}", *(f"{figure:9.2f}" for figure in figures))


def print_memory(server: int) -> None:
    """Print the memory of the server's process and of its kernels."""
    kernels = kernels_of(server)
    for what, processes in (("server", [psutil.Process(server)]), ("kernels", kernels)):
        memory = [process.memory_full_info() for process in processes]
        own, resident = (
            [getattr(each, kind) / 2**20 for each in memory] for kind in ("uss", "rss")
        )
        print(
            f"{len(processes)} {what}: {sum(own):.0f} MiB of their own, the largest"
            f" {max(own, default=0):.0f} (resident {max(resident, default=0):.0f})"
        )


def kernels_of(server: int) -> list[psutil.Process]:
    """Return the kernels that are running."""
    return [
        process
        for process in psutil.Process(server).children()
        if "digitlib.dashboard.kernel" in process.cmdline()
    ]


def main() -> None:
    """Start the dashboard, send the visitors, and end it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visitors")
    parser.add_argument("visitors", nargs="?", type=int, default=30)
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument(
        "--wait", action="store_true", help="wait until kernels are culled"
    )
    options = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{os.cpu_count()} cores, load {load:.1f} before")
    room = (
        f"--WaitingKernels.most_visitors={2 * options.visitors}"  # half for one address
    )
    with serve(lambda port: [*dashboard_command(port), room]) as (address, server):
        size = (options.visitors, options.seconds)
        asyncio.run(send_visitors(address, *size, server))
        if options.wait:
            time.sleep(CULLED)
            print(f"{CULLED} s later: {len(kernels_of(server))} kernels")


@contextmanager
def serve(
    command: Callable[[int], list[str]], ready: str = "is filled"
) -> Iterator[tuple[str, int]]:
    """Serve a dashboard while the context lasts.

    Args:
        command: returns Python's arguments for a port: -m, a module, its arguments.
        ready: a text that the log contains once the server waits for visitors.

    Yields:
        The server's address and the id of its process.
    """
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            pipe = subprocess.PIPE
            watched = [*PARENT_WATCH, *command(port)[1:]]
            server = subprocess.Popen(watched, stdin=pipe, stdout=output, stderr=output)
        try:
            await_line(server, log, ready)
            yield f"http://{HOST}:{port}", server.pid
        finally:
            server.communicate()  # closes its input, which ends it


def await_line(server: subprocess.Popen[bytes], log: Path, ready: str) -> None:
    """Wait until the log says that the server is ready."""
    while ready not in log.read_text():
        assert server.poll() is None, log.read_text()
        time.sleep(0.1)


if __name__ == "__main__":
    main()
