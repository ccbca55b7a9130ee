"""What a page may send to its kernel through a websocket, and how much at a time.

    page -> PageSocket -> PageConnection -> parse -> the kernel, and its answers back

The web server would trust whatever a message claims about itself, keep any number of
messages for a kernel that is busy, and of answers for a page that does not fetch them.
Here each of these has a limit, and a page beyond it is cut off or waits.
"""

import asyncio
import json
from asyncio import Future
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakSet

from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)
from tornado.web import HTTPError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from digitlib.dashboard import limits

PROTOCOL = "v1.kernel.websocket.jupyter.org"
CHANNEL = "shell"  # the only one on which a page sends anything
OVERHEAD = 4096  # bytes that a message takes besides its own, for as long as it waits
WORD = 8  # bytes of a number in a message
SWITCHING_PROTOCOLS, TOO_MANY = 101, 429


@dataclass(frozen=True)
class Message:
    """What the server has to know about a message of a page.

    Attributes:
        channel: the channel of the kernel that it is for.
        kind: the message type of Jupyter's protocol.
        id: the id that the kernel's answers refer to.
    """

    channel: str
    kind: str
    id: str


def parse(frame: Any) -> Message:
    """Check a message of protocol v1, and return what it is.

    Args:
        frame: the number of parts and one more, as 8 bytes; as many offsets, at which a
            part begins and the one before it ends; the parts. The first is the channel,
            the second the header.

    Raises:
        ValueError: it is not such a message. Parts that overlap are not, because the
            server would copy the same bytes for each of them.
    """
    if not isinstance(frame, bytes):
        raise ValueError("text")
    count = int.from_bytes(frame[:WORD], "little")
    if not 3 <= count <= limits.MESSAGE_PARTS:  # a channel and a header at least
        raise ValueError(f"{count} offsets")
    words = memoryview(frame)[WORD : WORD * (count + 1)]
    if len(words) != WORD * count:
        raise ValueError("cut off")
    offsets = words.cast("Q").tolist()
    if offsets != sorted(offsets) or offsets[0] != WORD * (count + 1):
        raise ValueError("parts that overlap")
    if offsets[-1] != len(frame):
        raise ValueError("a wrong length")
    header = json.loads(frame[offsets[1] : offsets[2]])
    if not isinstance(header, dict):
        raise ValueError("no header")
    kind, identity = header.get("msg_type"), header.get("msg_id")
    if not (isinstance(kind, str) and isinstance(identity, str)):
        raise ValueError("no type or no id")
    return Message(frame[offsets[0] : offsets[1]].decode(), kind, identity)


class Unanswered:
    """The messages that a kernel has not handled yet, oldest first, and their size.

    Attributes:
        is_awaited: whether nothing is read from the page until the kernel keeps up.
    """

    def __init__(self) -> None:
        self._messages: deque[tuple[str, int]] = deque()
        self._size = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.is_awaited = False

    def add(self, identity: str, size: int) -> None:
        """Note a message that was passed on."""
        self._messages.append((identity, size + OVERHEAD))
        self._update(size + OVERHEAD)

    def remove(self, identity: str) -> None:
        """Note that a message was handled, and so all before it."""
        if any(identity == waiting for waiting, _ in self._messages):
            handled = ""
            while handled != identity:
                handled, size = self._messages.popleft()
                self._update(-size)

    @property
    def has_room(self) -> bool:
        """Whether the next message may be passed on at once."""
        return self._has_room.is_set()

    async def wait(self) -> None:
        """Wait until there is room, or until the kernel had its time."""
        self.is_awaited = True
        try:
            await asyncio.wait_for(self._has_room.wait(), limits.UNANSWERED_SECONDS)
        except TimeoutError:
            return  # the next message is passed on, and waits as long if it is in vain
        finally:
            self.is_awaited = False

    def _update(self, size: int) -> None:
        self._size += size
        if self._size > limits.UNANSWERED_BYTES:
            self._has_room.clear()
        else:
            self._has_room.set()


class Missed(list[tuple[str, list[bytes]]]):
    """A kernel's messages while its page is away; if they are too many, none is kept.

    The page is sent them when it comes back, and does without them otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self._size = 0

    def append(self, message: tuple[str, list[bytes]]) -> None:
        """Keep a message, which is a channel and the parts that came through it."""
        super().append(message)
        self._size += OVERHEAD + sum(map(len, message[1]))
        if self._size > limits.UNREAD_BYTES:
            self.clear()


class PageSocket(VoilaKernelWebsocketHandler):
    """The server's end of a websocket: it reads on once the kernel keeps up."""

    _unread = 0  # bytes that the page has not fetched yet

    def on_message(self, ws_message: Any) -> Awaitable[None] | None:
        """Pass a message on; what is returned is awaited before the next is read."""
        if self.ws_connection is None:  # the page was cut off, and still sends
            return None
        self.on_pong(b"")  # whatever comes shows that the page is there
        return self.connection.handle_incoming_message(ws_message)

    def send_ping(self) -> None:
        """Ask whether the page is there, unless its answer could not be read now."""
        if self.connection and self.connection.is_waiting:
            self.on_pong(b"")
        super().send_ping()

    def write_message(  # type: ignore[override]
        self, message: Any, binary: bool = False
    ) -> Future[None] | None:
        """Send a message to the page, and cut it off if it does not fetch them."""
        written: Any = super().write_message(message, binary)
        if written is None:
            return None
        size = OVERHEAD + len(message)
        self._unread += size
        written.add_done_callback(partial(self._note_written, size))
        if self._unread > limits.UNREAD_BYTES and self.ws_connection:
            self.ws_connection.stream.close()
        return written

    def _note_written(self, size: int, written: Future[None]) -> None:
        self._unread -= size
        if not written.cancelled():
            written.exception()  # that the page has gone is known without it

    def on_finish(self) -> None:
        """Make room for another socket if this request did not become one."""
        connection = getattr(self, "connection", None)
        if connection and self.get_status() != SWITCHING_PROTOCOLS:
            connection.release()


class PageConnection(ZMQChannelsWebsocketConnection):
    """The connection between a page and its kernel: fast, and safe from bad messages.

    The web server leaves Nagle's algorithm on, which holds small messages back until
    the page has confirmed the last one; during drawing that triples the time to a new
    answer.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._unanswered = Unanswered()

    @property
    def subprotocol(self) -> str:
        """The only protocol, which `parse` has checked each message by.

        The web server reads messages by the older one if the newer was not agreed on,
        or once the socket is closed. There the number of parts comes first, so that a
        message of the newer one seems to have 117 million, and takes gigabytes.
        """
        return PROTOCOL

    async def prepare(self) -> None:
        """Refuse the older protocol, and another socket for a kernel that has enough.

        Raises:
            HTTPError: 400 without the newer protocol, 429 if there are too many.
        """
        headers = self.websocket_handler.request.headers
        offered = headers.get("Sec-WebSocket-Protocol", "").split(",")
        if PROTOCOL not in map(str.strip, offered):
            raise HTTPError(400, f"This server only supports {PROTOCOL}.")
        sockets: WeakSet[Any] = self.kernel_manager.sockets
        if len(sockets) >= limits.SOCKETS_OF_A_KERNEL:
            raise HTTPError(TOO_MANY, "This kernel has a page already.")
        sockets.add(self)
        await super().prepare()

    def connect(self) -> Any:
        """Switch Nagle's algorithm off, as the socket is open by now, and connect."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is read from the page because its kernel is busy."""
        return self._unanswered.is_awaited

    def disconnect(self) -> None:  # type: ignore[override]
        """Make room for another socket, and disconnect."""
        self.release()
        super().disconnect()

    def release(self) -> None:
        """Make room for another socket."""
        self.kernel_manager.sockets.discard(self)

    def handle_incoming_message(  # type: ignore[override]
        self, incoming_msg: Any
    ) -> Awaitable[None] | None:
        """Pass on a message that widgets need; cut the page off if it is malformed."""
        try:
            message = parse(incoming_msg)
        except (ValueError, RecursionError):
            self.websocket_handler.close()
            return None
        allowed = self.multi_kernel_manager.allowed_message_types
        if message.channel != CHANNEL or message.kind not in allowed:
            return None
        self._unanswered.add(message.id, len(incoming_msg))
        super().handle_incoming_message(incoming_msg)
        return None if self._unanswered.has_room else self._unanswered.wait()

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass on a message of the kernel, unless the page was cut off."""
        self._note_handled(outgoing_msg)
        socket: Any = self.websocket_handler.ws_connection
        if socket and not socket.is_closing():
            super().handle_outgoing_message(stream, outgoing_msg)

    def _note_handled(self, parts: list[Any]) -> None:
        """Note the message that the kernel says it has finished with, if it does."""
        signed: Any = self.session.feed_identities(parts)[1]
        header, parent, _, content = signed[1:5]
        if b'"status"' in header and b'"idle"' in content:
            self._unanswered.remove(json.loads(parent).get("msg_id", ""))
