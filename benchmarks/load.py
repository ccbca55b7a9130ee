"""The web app under load: its latency, its throughput and its memory.

`python -m benchmarks.load [SECONDS]` sends requests to waitress and gunicorn on this
machine. 1, 8 and 30 clients send drawings or photos of 12 megapixels, each kind for so
many seconds. Then 200 uploads stop half-way, and workers are killed under load.

The clients share the cores with the server and need about as much time, so this is the
worst case: a server and all of its visitors on one machine.
"""

import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from benchmarks import samples

ROOT = Path(__file__).parents[1]
SECONDS = 10.0  # per row
PORT = 8590
ADDRESS = f"http://127.0.0.1:{PORT}"
COMMANDS = {
    "waitress": ["app", "--port", str(PORT)],
    "gunicorn": ["gunicorn", "--bind", f"127.0.0.1:{PORT}"],
    "plain": ["benchmarks.plain", "serve", str(PORT)],  # used only by `start`
}
CLIENTS = (1, 8, 30)
STALLED = 200
KILLS = 3
HEAD = "{:34} {:>7} {:>8} {:>8} {:>8} {:>7} {:>7}"
ROW = "{:34} {:7} {:8.1f} {:8.1f} {:8.1f} {:7} {:7}"


@dataclass
class Tally:
    """The results of the clients in one row.

    Attributes:
        seconds: how long each correct answer took.
        errors: the number of requests without a correct answer.
        megabytes: the most memory that the server used.
    """

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    megabytes: int = 0


def main(seconds: float) -> None:
    """Measure, and print a row for each case."""
    files = {"canvas PNG": samples.drawing(), "12 MP photo": samples.photo()}
    print(HEAD.format("", "clients", "p50 ms", "p95 ms", "per s", "errors", "MB"))
    for name in ("waitress", "gunicorn"):
        with serve(name) as server:
            print(f"{name}: starts in {server.seconds:.2f} s, {memory(server)} MB")
            for kind, content in files.items():
                for clients in CLIENTS:
                    tally = drive(server, content, clients, seconds)
                    show(f"{name}, {kind}", clients, tally, seconds)
            stall_uploads(name)
    with serve("gunicorn") as server:
        killer = threading.Thread(target=kill_workers, args=(server, seconds))
        killer.start()
        tally = drive(server, files["canvas PNG"], CLIENTS[-1], seconds)
        killer.join()
        show(f"gunicorn, {KILLS} workers killed", CLIENTS[-1], tally, seconds)


class Server(psutil.Popen):
    """A server's process; `seconds` is the time until its first answer."""

    seconds: float


@contextmanager
def serve(name: str) -> Iterator[Server]:
    """Serve the app while the context lasts."""
    start = time.perf_counter()
    command = [sys.executable, "-m", *COMMANDS[name]]
    no_output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = Server(command, cwd=ROOT, **no_output)
    try:
        while not answers():
            if server.poll() is not None:
                sys.exit(f"{name} has ended: is port {PORT} taken?")
            time.sleep(0.01)
        server.seconds = time.perf_counter() - start
        yield server
    finally:
        server.terminate()
        server.wait(30)


def answers() -> bool:
    """Return whether the health page answers."""
    try:
        return httpx.get(f"{ADDRESS}/healthz", timeout=20).is_success
    except httpx.TransportError:
        return False


def drive(server: Server, content: bytes, clients: int, seconds: float) -> Tally:
    """Run several clients, each of which sends a request after every answer."""
    tally = Tally()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        for _ in range(clients):
            pool.submit(ask, content, until, tally)
        while time.monotonic() < until:
            tally.megabytes = max(tally.megabytes, memory(server))
            time.sleep(0.1)
    return tally


def ask(content: bytes, until: float, tally: Tally) -> None:
    """Run one client until this moment."""
    with httpx.Client(timeout=30) as client:
        while time.monotonic() < until:
            start = time.perf_counter()
            try:
                good = send(client, content) == "7"
            except (httpx.TransportError, ValueError, KeyError):
                good = False
            if good:
                tally.seconds.append(time.perf_counter() - start)
            else:
                tally.errors += 1


def send(client: httpx.Client, content: bytes) -> str:
    """Let the app read a picture, and return the text in it."""
    files = {"image": ("picture", content)}
    response = client.post(f"{ADDRESS}/api/predict", files=files)
    return response.json()["results"][0]["text"]


def memory(server: Server) -> int:
    """Return the memory of a server and its workers in MB; shared parts count once."""
    total = 0
    for process in [server, *server.children(recursive=True)]:
        try:
            held = process.memory_full_info()
        except psutil.NoSuchProcess:  # a worker that was killed
            continue
        total += getattr(held, "pss", held.rss)
    return total // 10**6


def show(what: str, clients: int, tally: Tally, seconds: float) -> None:
    """Print a row."""
    if len(tally.seconds) < 2:
        print(f"{what:34} {clients:7} no answers, {tally.errors} errors")
        return
    cuts = statistics.quantiles(tally.seconds, n=20)
    figures = 1000 * cuts[9], 1000 * cuts[18], len(tally.seconds) / seconds
    row = ROW.format(what, clients, *figures, tally.errors, tally.megabytes)
    print(row, flush=True)


def stall_uploads(name: str) -> None:
    """Stop uploads half-way, and measure how long the health page takes meanwhile."""
    start = (
        b"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100000\r\n\r\nhalf"
    )
    with ExitStack() as connections:
        for _ in range(STALLED):
            connection = socket.create_connection(("127.0.0.1", PORT), timeout=10)
            connections.enter_context(connection)
            connection.sendall(start)
        begin = time.perf_counter()
        well = answers()
        took = 1000 * (time.perf_counter() - begin)
    word = "answers" if well else "DOES NOT ANSWER"
    print(f"{name}, {STALLED} half-sent uploads: health {word}, {took:.0f} ms")


def kill_workers(server: Server, seconds: float) -> None:
    """Kill one worker after another."""
    for _ in range(KILLS):
        time.sleep(seconds / (KILLS + 1))
        workers = server.children()
        if workers:
            workers[0].kill()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
