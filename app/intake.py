"""How many uploads a server takes in at once, so that slow senders lock nobody out.

    connections -> (waitress: serving; gunicorn: gunicorn_worker) -> Intake -> the app

Whoever is slowest gives way: when there is no more room, the connection is closed that
has waited longest for the rest of its upload.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from werkzeug.exceptions import BadRequest

MAX_UPLOADS = 100  # that one process receives or reads at once
MAX_BODIES = 150_000_000  # bytes of all uploads of one process, as far as declared
MAX_HALF = 60_000_000  # bytes of all unfinished uploads of one process
STALLED = 1.0  # seconds without a byte after which an upload may have to give way
MAX_IDLE = 20  # seconds without a byte, after which a connection is closed
MAX_SENDING = 120  # seconds for a request, from its first byte to its last
CHUNK = 64 * 1024  # bytes that are read at once

Environ = dict[str, Any]


class Upload:
    """The body of a request, while it comes in; it replaces `wsgi.input`."""

    def __init__(self, environ: Environ):
        self._input = environ["wsgi.input"]
        self._socket: socket.socket | None = environ.get("gunicorn.socket")
        self._left = int(environ.get("CONTENT_LENGTH") or 0)
        self._is_chunked = (
            "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        )
        self.length = self._left
        self.received = 0
        self.began = self.last = time.monotonic()

    @property
    def is_unfinished(self) -> bool:
        """Whether more is to come, as far as can be told."""
        return self._is_chunked or self._left > 0

    def read(self, size: int = -1) -> bytes:
        """Read as a file does.

        Raises:
            BadRequest: the sender has stopped, or sends no chunks that can be read.
        """
        wanted = CHUNK if size < 0 else min(size, CHUNK)
        try:
            data = self._input.read(wanted)
        except Exception as error:  # each server has errors of its own
            raise BadRequest from error
        self.last = time.monotonic()
        self.received += len(data)
        self._left -= len(data)
        if not data:
            self._is_chunked, self._left = False, 0
        return data if size >= 0 or not data else data + self.read()

    def give_up(self) -> None:
        """Close the connection; whoever reads from it gets nothing more."""
        self._shut(socket.SHUT_RDWR)

    def read_no_more(self) -> None:
        """Let the connection be answered, but wait for nothing that comes on it."""
        self._shut(socket.SHUT_RD)

    def _shut(self, how: int) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(how)


class Intake:
    """WSGI middleware that knows all uploads of a process, and makes room."""

    def __init__(self, app: Callable[..., Iterable[bytes]]):
        self._app = app
        self._uploads: set[Upload] = set()
        self._lock = threading.Lock()
        self._watching = False

    def __call__(
        self, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request."""
        upload = Upload(environ)
        if not upload.is_unfinished:
            return self._app(environ, start_response)
        with self._lock:
            is_full = self._is_full_with(upload.length) and not self._make_room()
            if is_full:
                upload.read_no_more()
            else:
                self._uploads.add(upload)
        environ["wsgi.input"] = upload
        environ["digitlib.is_full"] = is_full
        if "gunicorn.socket" in environ:
            self._watch()
        try:
            return self._app(environ, start_response)
        finally:
            with self._lock:
                self._uploads.discard(upload)

    def _is_full_with(self, length: int) -> bool:
        taken = sum(each.length for each in self._uploads)
        too_long = bool(taken) and taken + length > MAX_BODIES
        return too_long or len(self._uploads) >= MAX_UPLOADS

    def _make_room(self) -> bool:
        """Close the upload that has stalled longest; return whether there was one."""
        now = time.monotonic()
        stalled = [
            upload
            for upload in self._uploads
            if upload.is_unfinished and now - upload.last > STALLED
        ]
        if not stalled:
            return False
        oldest = min(stalled, key=lambda upload: upload.last)
        self._uploads.discard(oldest)
        oldest.give_up()
        return True

    def _watch(self) -> None:
        """Start the thread that gives up what takes too long, in a gunicorn worker."""
        with self._lock:
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._give_up_forever, daemon=True).start()

    def _give_up_forever(self) -> None:
        while True:
            time.sleep(STALLED)
            with self._lock:
                self.give_up_slow_ones(time.monotonic())

    def give_up_slow_ones(self, now: float) -> None:
        """Close the uploads that take too long, or for which there is no room."""
        unfinished = [upload for upload in self._uploads if upload.is_unfinished]
        for upload in unfinished:
            if now - upload.last > MAX_IDLE or now - upload.began > MAX_SENDING:
                upload.give_up()
        while sum(upload.received for upload in unfinished) > MAX_HALF:
            oldest = min(unfinished, key=lambda upload: upload.last)
            unfinished.remove(oldest)
            oldest.give_up()
