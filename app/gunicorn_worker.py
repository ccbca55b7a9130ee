"""gunicorn's worker with threads, which waits for no request for ever.

A request whose head has not come completely holds a thread. Those that take too long,
or are too many, are closed; `intake` does the same for what follows the head.
"""

import socket
import threading
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

MAX_SECONDS = 10  # for the head of a request
MAX_SHARE = 0.5  # of the threads that may wait for heads
GOODBYE = 2.0  # seconds to wait until the other side has read the answer


class Worker(ThreadWorker):
    """Knows since when each of its threads has waited for the head of a request."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self._waiting: dict[TConn, float] = {}
        self._lock = threading.Lock()

    def handle(self, conn: TConn) -> Any:
        """Answer one request."""
        with self._lock:
            self._waiting[conn] = time.monotonic()
        try:
            keeps = super().handle(conn)
        finally:
            self._stop_waiting(conn)
        if not keeps:
            _say_goodbye(conn.sock)
        return keeps

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request whose head has come."""
        self._stop_waiting(conn)
        return super().handle_request(req, conn)

    def notify(self) -> None:
        """Tell gunicorn about every second that this worker lives; make room."""
        super().notify()
        with self._lock:
            now, most = time.monotonic(), int(MAX_SHARE * self.cfg.threads)
            surplus = len(self._waiting) - most
            waiting = sorted(self._waiting.items(), key=lambda pair: pair[1])
        for i, (conn, since) in enumerate(waiting):
            if i < surplus or now - since > MAX_SECONDS:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def _stop_waiting(self, conn: TConn) -> None:
        with self._lock:
            self._waiting.pop(conn, None)


def _say_goodbye(connection: socket.socket) -> None:
    """Wait, in this thread, until the other side has read its answer and hung up.

    gunicorn does so in the thread that accepts connections, and everybody waits.
    """
    end = time.monotonic() + GOODBYE
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(4096):
                break
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
