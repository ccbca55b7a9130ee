"""How a class on one machine is served: pupils who take a seat and run a lesson.

    python -m benchmarks.seats [PUPILS] [LESSON]

`digitlib lab --class` runs as it does for a class. All pupils come at once, each from
an address of their own, and run the cells of the lesson without a pause, which is more
than a class ever does. They talk to the servers as JupyterLab does; no browser is
involved. One pupil alone comes first, to compare with.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import httpx
import nbformat
import psutil
import websocket

from digitlib.workshop.lab import NOTEBOOKS, find_lesson

PUPILS, LESSON = 25, 1
PORT = 8700
TIMEOUT = 900  # seconds, for what hangs


@dataclass(frozen=True)
class Hour:
    """What one pupil had to wait for.

    Attributes:
        seat: seconds from the front page to a JupyterLab that answers.
        cells: seconds of each of the lesson's cells, from Shift-Enter to its end.
        failed: how many cells ended with an error.
    """

    seat: float
    cells: list[float]
    failed: int


@contextmanager
def a_class(lesson: int) -> Iterator[tuple[str, psutil.Process]]:
    """Run a class; yield the address of its front page, and its process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "digitlib", "lab", f"--class={folder}"]
        command += [f"--lesson={lesson}", f"--port={PORT}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            said = iter(process.stdout.readline, "")
            found = (re.search(r"Lessons +(http\S+)", line) for line in said)
            yield next(each[1] for each in found if each), psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()


def attend(address: str, lesson: int, number: int) -> Hour:
    """Take a seat and run a lesson, as pupil number so-and-so."""
    own = httpx.HTTPTransport(local_address=f"127.0.0.{number + 1}")
    start = time.perf_counter()
    with httpx.Client(transport=own, timeout=TIMEOUT) as pupil:
        server = _take_seat(pupil, address)
        seat = time.perf_counter() - start
        name = f"notebooks/{find_lesson(lesson)}"
        about = {"path": name, "name": "", "type": "notebook", "kernel": {}}
        session = pupil.post(f"{server}/api/sessions", json=about)
        kernel = session.raise_for_status().json()["kernel"]["id"]
        key = pupil.headers["Authorization"].removeprefix("token ")
    url = f"{server.replace('http', 'ws')}/api/kernels/{kernel}/channels?token={key}"
    notebook = nbformat.read(NOTEBOOKS / find_lesson(lesson), 4)
    cells, failed = [], 0
    socket = websocket.create_connection(url, timeout=TIMEOUT)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            start = time.perf_counter()
            failed += not _run(socket, cell.source)
            cells.append(time.perf_counter() - start)
    return Hour(seat, cells, failed)  # the websocket stays open, as a pupil's page does


def _take_seat(pupil: httpx.Client, address: str) -> str:
    """Do as a browser does on the front page; return the address of the seat."""
    front, _, token = address.partition("?token=")
    pupil.get(address).raise_for_status()
    assert pupil.post(front, data={"token": token}).status_code == 303, "no room"
    while True:
        target = pupil.get(front).headers.get("Location", "")
        if target:
            break
        time.sleep(2)  # as the page does
    pupil.headers["Authorization"] = f"token {target.partition('token=')[2]}"
    return target.partition("/lab")[0]


def _run(socket: websocket.WebSocket, source: str) -> bool:
    """Run a cell; return whether it ended well."""
    asked = uuid4().hex
    header = {"msg_id": asked, "msg_type": "execute_request", "username": ""}
    header |= {"session": asked, "version": "5.3", "date": ""}
    content = {"code": source, "silent": False, "store_history": True}
    content |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": False}
    message = {"header": header, "parent_header": {}, "metadata": {}}
    socket.send(json.dumps(message | {"content": content, "channel": "shell"}))
    is_well = True
    while True:
        answer = socket.recv()
        if not isinstance(answer, str):
            continue  # an array of a widget
        told = json.loads(answer)
        if told["parent_header"].get("msg_id") != asked:
            continue
        is_well &= told["msg_type"] != "error"
        if (
            told["msg_type"] == "status"
            and told["content"]["execution_state"] == "idle"
        ):
            return is_well


def measure(pupils: int, lesson: int) -> None:
    """Print a row for a class of so many pupils."""
    with a_class(lesson) as (address, process), ThreadPoolExecutor(pupils) as class_:
        start = time.perf_counter()
        hours = list(class_.map(partial(attend, address, lesson), range(pupils)))
        seconds = time.perf_counter() - start
        held = [child.memory_full_info() for child in process.children(recursive=True)]
        memory = sum(getattr(each, "pss", each.rss) for each in held) / 2**30
    waits = sorted(second for hour in hours for second in hour.cells)
    late = waits[round(0.95 * (len(waits) - 1))]
    print(
        f"{pupils:6} {max(hour.seat for hour in hours):8.1f} {seconds:10.1f}"
        f" {statistics.median(waits):10.2f} {late:8.1f} {waits[-1]:8.1f}"
        f" {memory:9.1f} {sum(hour.failed for hour in hours):7}",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    """Print a row for one pupil, and one for the class."""
    pupils = int(arguments[0]) if arguments else PUPILS
    lesson = int(arguments[1]) if len(arguments) > 1 else LESSON
    print(f"lesson {lesson}; seconds, and the memory of all servers and kernels")
    print(
        f"{'pupils':>6} {'all sit':>8} {'all done':>10} {'a cell':>10} {'95 %':>8}"
        f" {'longest':>8} {'GB':>9} {'errors':>7}"
    )
    for n in (1, pupils):
        measure(n, lesson)


if __name__ == "__main__":
    main(sys.argv[1:])
