"""What a page may send to its kernel."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from digitlib.dashboard import limits, messages
from tests.apart import apart


def run(coroutine):
    return apart(asyncio.run, coroutine)


HEADER = {"msg_type": "comm_msg", "msg_id": "1", "session": "s", "username": ""}
PARTS = [b"shell", json.dumps(HEADER).encode(), b"{}", b"{}", b"{}"]


def pack(parts, offsets=None):
    """A message as it is sent; with offsets, one that says what it wants."""
    if offsets is None:
        place = 8 * (len(parts) + 2)
        ends = [sum(map(len, parts[:i])) for i in range(len(parts) + 1)]
        offsets = [place + end for end in ends]
    numbers = [len(offsets), *offsets]
    return b"".join(n.to_bytes(8, "little") for n in numbers) + b"".join(parts)


def test_an_honest_message_is_understood():
    assert messages.parse(pack(PARTS)) == messages.Message("shell", "comm_msg", "1")
    assert messages.parse(pack([*PARTS, b"", bytes(99)])).kind == "comm_msg"


@pytest.mark.limit("MESSAGE_PARTS")
@pytest.mark.parametrize(
    "frame",
    [
        "text",
        b"",
        bytes(16),
        b"\xff" * 64,
        pack(PARTS)[:-1],
        pack(PARTS) + b"x",
        pack([*PARTS, *[b"x"] * limits.MESSAGE_PARTS]),
        pack(PARTS, [56, 61, 61, 56, 61, 61]),
        pack(PARTS, [56, 61, 2**63, 2**64 - 1, 2**40, 61]),
        pack([b"shell", b"[" * 99_999, b"{}", b"{}", b"{}"]),
        pack([b"shell", b"[]", b"{}", b"{}", b"{}"]),
        pack([b"shell", b'{"msg_type": {}, "msg_id": 1}', b"{}", b"{}", b"{}"]),
        pack([b"\xff", *PARTS[1:]]),
    ],
)
def test_a_message_that_lies_is_not(frame):
    with pytest.raises((ValueError, RecursionError)):
        messages.parse(frame)


def test_a_message_of_a_closed_socket_is_not_taken_for_one_of_another_protocol():
    closed = messages.PageSocket.__new__(messages.PageSocket)
    closed.ws_connection = None
    connection = messages.PageConnection(websocket_handler=closed)
    assert connection.subprotocol == messages.PROTOCOL
    assert closed.on_message(pack(PARTS)) is None


def test_a_page_waits_for_its_kernel():
    async def send():
        unanswered = messages.Unanswered()
        unanswered.add("first", limits.UNANSWERED_BYTES // 2)
        assert unanswered.has_room
        unanswered.add("second", limits.UNANSWERED_BYTES // 2)
        assert not unanswered.has_room
        waiting = asyncio.ensure_future(unanswered.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        unanswered.remove("unknown")
        assert not unanswered.has_room
        unanswered.remove("first")
        await waiting
        unanswered.remove("second")
        unanswered.add("large", limits.UNANSWERED_BYTES - messages.OVERHEAD)
        assert unanswered.has_room, "nothing is counted twice"

    run(send())


@pytest.mark.limit("UNANSWERED_SECONDS")
def test_a_page_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(limits, "UNANSWERED_SECONDS", 0.1)

    async def send():
        unanswered = messages.Unanswered()
        unanswered.add("lost", limits.UNANSWERED_BYTES)
        await unanswered.wait()

    run(send())


@pytest.mark.limit("UNREAD_BYTES")
def test_small_answers_that_nobody_reads_count_too(monkeypatch):
    async def write():
        closed, waiting = [], []

        def write_message(*_):
            waiting.append(asyncio.Future())
            return waiting[-1]

        monkeypatch.setattr(
            messages.VoilaKernelWebsocketHandler, "write_message", write_message
        )
        socket = messages.PageSocket.__new__(messages.PageSocket)
        stream = SimpleNamespace(close=lambda: closed.append(True))
        socket.ws_connection = SimpleNamespace(stream=stream)
        for _ in range(limits.UNREAD_BYTES // messages.OVERHEAD - 100):
            socket.write_message(b"small", binary=True)
        for each in waiting[:100]:
            each.set_result(None)  # those were read, and so there is room for others
        await asyncio.sleep(0)
        for _ in range(150):
            socket.write_message(b"small", binary=True)
        assert not closed
        for _ in range(100):
            socket.write_message(b"small", binary=True)
        assert closed

    run(write())
