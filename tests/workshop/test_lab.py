"""`python -m digitlib lab --class`: a seat for each pupil, and what a seat may do."""

import asyncio
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil
import pytest
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import websocket_connect

from digitlib.dashboard import limits
from digitlib.errors import DigitError
from digitlib.workshop import capacity, lab, lab_door, lab_seat, lab_seats
from digitlib.workshop.lab_seats import Seats
from tests.apart import apart
from tests.launching import (
    HOST,
    PATIENCE,
    assert_nothing_is_left,
    free_port,
    launch,
    needs_signals,
    read_until,
    wait_for,
)

LESSON = "notebooks/02_preparation.ipynb"
TOKEN = "0123456789abcdef"
NOTE = {"type": "file", "format": "text", "content": "mine"}


@contextmanager
def entered(address):
    """A pupil's browser, in a seat whose server answers."""
    with httpx.Client(timeout=PATIENCE) as pupil:
        enter(pupil, address)
        yield pupil


def enter(pupil, address):
    """Take a seat, and talk to its server from now on."""
    assert "Take a seat" in pupil.get(address).text
    token = address.partition("=")[2]
    front = address.partition("?")[0]
    assert pupil.post(front, data={"token": token}).status_code == 303

    def look():
        answer = pupil.get(front)
        return answer.headers.get("Location")

    target = wait_for(look)
    page = pupil.get(target).raise_for_status()
    assert all("SameSite=Lax" in each for each in page.headers.get_list("Set-Cookie"))
    pupil.headers["Authorization"] = f"token {target.partition('token=')[2]}"
    pupil.base_url = target.partition("/lab")[0]


def begin(pupil, notebook):
    """Open a notebook as JupyterLab does: a session with a kernel."""
    about = {"path": notebook, "name": "", "type": "notebook", "kernel": {}}
    return pupil.post("/api/sessions", json=about)


async def hold(pupil, kernel_id, meanwhile):
    """Do something while a page has the websocket of a kernel open."""
    key = pupil.headers["Authorization"].removeprefix("token ")
    server = str(pupil.base_url).replace("http", "ws").rstrip("/")
    url = f"{server}/api/kernels/{kernel_id}/channels?token={key}"
    socket = await websocket_connect(url)
    try:
        return await asyncio.to_thread(meanwhile)
    finally:
        socket.close()
        while await socket.read_message() is not None:
            pass  # until the server has closed it, too


@pytest.mark.slow
@needs_signals
@pytest.mark.limit("LESSON_BODY_BYTES")
def test_two_pupils_work_beside_each_other(tmp_path):
    port = free_port()
    options = f"--class={tmp_path}", "--lesson=2", f"--port={port}"
    with launch("lab", *options) as process:
        output = read_until(process, "Ctrl-C")
        address = re.search(r"Lessons +(\S+)", output)[1]
        assert re.search(r"room for \d+ pupils", output)
        with entered(address) as one, entered(address) as two:
            check_work_is_ones_own(one, two)
            check_one_kernel(one)
            check_large_requests(one)
        processes = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert_nothing_is_left([port, one.base_url.port, two.base_url.port], processes)
    assert (tmp_path / "seat-01" / "mine.txt").read_text() == "mine"


def check_work_is_ones_own(one, two):
    assert one.put("/api/contents/mine.txt", json=NOTE).status_code == 201
    assert two.get("/api/contents/mine.txt").status_code == 404
    assert two.get("/api/contents/../seat-01/mine.txt").status_code == 404
    assert two.get(f"/api/contents/{LESSON}").status_code == 200
    assert two.get("/api/contents/notebooks/solutions").status_code == 404
    with httpx.Client(base_url=one.base_url, headers=two.headers) as stranger:
        assert stranger.get("/api/contents").status_code == 403
    for path in ("/api/terminals", "/terminals/websocket/1"):
        assert one.post(path).status_code in (403, 404, 405)


def check_one_kernel(pupil):
    first = begin(pupil, LESSON).json()["kernel"]["id"]
    other = "notebooks/01_data.ipynb"
    refused = apart(asyncio.run, hold(pupil, first, lambda: begin(pupil, other)))
    assert refused.json()["message"] == lab_seat.ONE
    wait_for(lambda: not pupil.get(f"/api/kernels/{first}").json()["connections"])
    second = begin(pupil, other).json()["kernel"]["id"]
    assert [each["id"] for each in pupil.get("/api/kernels").json()] == [second]


def check_large_requests(pupil):
    large = NOTE | {"content": "x" * limits.MEBIBYTE}
    assert pupil.put("/api/contents/large.txt", json=large).status_code == 201
    key = pupil.headers["Authorization"]
    for sent, size in [("", limits.BODY_BYTES), (key, limits.LESSON_BODY_BYTES)]:
        assert is_too_large(pupil, sent, size + 1)


def is_too_large(pupil, key, size):
    """Whether so many bytes are refused from who gives such a key."""
    address = str(pupil.base_url)
    with httpx.Client(base_url=address, timeout=PATIENCE) as stranger:
        about = {"Authorization": key}
        try:
            put = stranger.put("/api/contents/a", content=b"x" * size, headers=about)
        except httpx.TransportError:  # the connection is closed while it still sends
            return True
    return put.status_code == 400


# --- The front page ------------------------------------------------------------------


@asynccontextmanager
async def front_page(folder, size=1):
    """A client of the front page, whose seats never start a server."""
    listening, port = bind_unused_port()
    seats = Seats(folder, folder, size, HOST, port)
    options = {"seats": seats, "token": TOKEN, "notebook": LESSON}
    application = Application([("/", lab_door.FrontPage, options)], port=str(port))
    server = lab_door.DoorServer(application, 10)
    server.add_socket(listening)
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.stop()
        await server.close_all_connections()


async def take_two_seats(folder):
    async with front_page(folder) as address:
        answers = []
        for _ in range(2):
            async with httpx.AsyncClient() as pupil:
                answers.append(await pupil.post(address, data={"token": TOKEN}))
        return answers


def test_without_a_seat_left_there_is_a_sentence(tmp_path):
    first, second = apart(asyncio.run, take_two_seats(tmp_path))
    assert first.status_code == 303
    assert {"HttpOnly", "SameSite=Lax"} <= {*first.headers["Set-Cookie"].split("; ")}
    assert second.status_code == 503
    assert "No seat is free" in second.text
    assert not second.cookies


async def ask_without_the_token(folder):
    async with front_page(folder) as address, httpx.AsyncClient() as stranger:
        return [
            await stranger.get(address),
            await stranger.get(f"{address}/?token=wrong"),
            await stranger.post(address, data={"token": "wrong"}),
        ]


def test_without_the_token_there_is_no_seat(tmp_path):
    for answer in apart(asyncio.run, ask_without_the_token(tmp_path)):
        assert answer.status_code == 403
        assert "This address is not complete" in answer.text
        assert TOKEN not in answer.text
    assert not (tmp_path / lab_seats.KEYS).exists()


# --- Seats ---------------------------------------------------------------------------


class FakeServer:
    """A server that is only noted down, and can end."""

    def __init__(self, page):
        self.page, self.status = page, None
        self.process = SimpleNamespace(poll=lambda: self.status, terminate=self.end)

    def end(self):
        self.status = 0

    def check(self):
        raise DigitError("it ended")


@pytest.fixture
def seats(tmp_path, monkeypatch):
    monkeypatch.setattr(lab_seats, "Server", FakeServer)
    return Seats(tmp_path / "class", tmp_path, 20, HOST, free_port())


def test_a_seat_is_found_again_in_the_next_hour(seats, tmp_path):
    seat = seats.add("one")
    assert seats.enter(seat, "one")
    lesson = seat.folder / LESSON
    lesson.write_text("my work")
    assert os.stat(tmp_path / "class" / lab_seats.KEYS).st_mode & 0o77 == 0
    again = Seats(tmp_path / "class", tmp_path, 20, HOST, free_port())
    found = again.find(seat.key)
    assert found.folder == seat.folder
    assert again.enter(found, "another")
    assert lesson.read_text() == "my work"
    assert again.find("wrong") is again.find("ä") is again.find("") is None


@pytest.mark.limit("SEATS_AT_ONCE")
def test_a_few_servers_start_at_a_time(seats):
    taken = [seats.add("one") for _ in range(limits.SEATS_AT_ONCE + 1)]
    assert all(seats.enter(seat, "one") for seat in taken)
    assert [bool(seat.server) for seat in taken] == [True] * 4 + [False]
    seats.arrive(taken[0])
    assert seats.enter(taken[-1], "one")
    assert taken[-1].server


def test_a_server_that_ended_leaves_room_and_its_reason(seats):
    seat = seats.add("one")
    seats.enter(seat, "one")
    seat.server.end()
    seats.tidy()
    assert (seat.server, seat.problem) == (None, "it ended")
    seats.enter(seat, "one")
    seats.arrive(seat)
    assert seats.room.pages == 1
    seat.server.end()
    seats.tidy()
    assert (seat.server, seat.problem, seats.room.pages) == (None, "", 0)


def test_a_pupil_who_does_not_come_gives_the_seat_up(seats):
    seat = seats.add("one")
    seats.enter(seat, "one")
    server = seat.server
    seat.visit.heard -= limits.JOIN_SECONDS + 1
    seats.tidy()
    assert (server.status, seat.server) == (0, None)


def test_pupils_get_no_answers():
    names = [str(each) for pattern in lab_seats.LESSONS for each in [pattern]]
    assert not any("solutions" in name for name in names)
    assert all(any(lab.SHIPPED.glob(pattern)) for pattern in names)


# --- Memory and time -----------------------------------------------------------------


def test_who_needs_more_memory_leaves_room_for_fewer():
    available = 16 * 2**30
    seats = [capacity.count_seats(available, f"0{i}_") for i in range(1, 8)]
    assert capacity.count_seats(available, "00_index.ipynb") == min(seats) > 0
    assert max(seats) > 2 * min(seats)
    assert capacity.count_seats(0) == 0


def test_the_readme_says_for_how_many_there_is_room():
    seats = [capacity.count_seats(12 * 2**30, f"0{i}_") for i in (1, 3)]
    said = "room for {} pupils in lesson 1 and for {} in".format(*seats)
    assert said in " ".join((lab.SHIPPED / "README.md").read_text("utf-8").split())


def test_without_memory_no_kernel_starts(monkeypatch):
    free = SimpleNamespace(available=capacity.lesson_memory(Path(LESSON).name) - 1)
    monkeypatch.setattr(lab_seat.psutil, "virtual_memory", lambda: free)
    start = lab_seat.OneKernel().start_kernel(env={lab_seat.SESSION: LESSON})
    with pytest.raises(DigitError, match="no memory"):
        apart(asyncio.run, start)


@pytest.mark.limit("LEFT_SECONDS")
def test_a_closed_lesson_ends_and_an_open_one_does_not(tmp_path):
    config = lab_seat.settings(tmp_path)
    server = lab_seat.SeatServer(config=config)
    assert server.shutdown_no_activity_timeout == limits.LEFT_SECONDS
    kernels = lab_seat.OneKernel(config=config, parent=server)
    assert kernels.cull_idle_timeout == limits.LEFT_SECONDS
    assert not kernels.cull_connected


@pytest.mark.limit("LESSON_KERNEL_BYTES")
@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts a process's data")
def test_a_lessons_kernel_cannot_take_all_the_memory():
    """Not `LESSON_KERNEL_BYTES` itself, which a small machine does not have."""
    specs = lab_seat.LessonKernelSpecs()
    given = specs.get_kernel_spec("python3").env["DIGITLIB_KERNEL_DATA"]
    assert int(given) == limits.LESSON_KERNEL_BYTES
    code = "from digitlib.dashboard.kernel import _limit_memory as f; f(); bytes(2**30)"
    environment = os.environ | {"DIGITLIB_KERNEL_DATA": str(2**29)}
    result = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert "MemoryError" in result.stderr


def test_a_lesson_is_found_by_its_number():
    assert lab.find_lesson(4) == "04_how_good.ipynb"
    assert lab.find_lesson(None) == lab.INDEX


def test_an_installed_package_has_no_lessons(monkeypatch):
    monkeypatch.setattr(lab, "IS_INSTALLED", True)
    with pytest.raises(DigitError, match="the project's own folder"):
        lab.find_lesson(1)
