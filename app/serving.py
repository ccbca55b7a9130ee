"""Serve the app with waitress, in one process, to whoever connects.

waitress takes requests in, whole, before the app sees them. Left as it is, it writes
long ones to a temporary file, waits for slow senders as long as a byte comes now and
then, and drops what it is reading when it is asked to end.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import waitress
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

from app import intake

CONNECTIONS = 1000 if sys.platform != "win32" else 400  # which `select` can count there
THREADS = intake.MAX_UPLOADS + 28  # so that other requests never wait behind uploads
ALL_IN_MEMORY = 2**40  # bytes: no request and no answer is written to a file
LAST_SECONDS = 15  # to finish what is being read when the server is asked to end
BETWEEN_CHECKS = 0.05  # seconds


class _Channel(HTTPChannel):
    """A connection that knows since when it has waited for the rest of a request."""

    began: float | None = None

    def received(self, data: bytes) -> bool:
        """Take in what has come."""
        if self.request is None:
            self.began = time.time()
        taken = super().received(data)
        if self.request is None:
            self.began = None
        return taken

    @property
    def bytes_received(self) -> int:
        """The length of the request that is not complete yet."""
        return self.request.body_bytes_received if self.request else 0


class Serving:
    """A server that listens, perhaps on several sockets.

    Raises:
        OSError, OverflowError, ValueError: the address cannot be used.
    """

    def __init__(self, app: Flask, host: str, port: int):
        self._sockets: dict[int, Any] = {}
        self._is_ending = False
        self._next_check = 0.0
        _allow_many_connections()
        waitress.create_server(
            app,
            map=self._sockets,
            host=host,
            port=port,
            threads=THREADS,
            # Above this limit waitress refuses with a bare line. The app's own limit is
            # lower, and its message explains.
            max_request_body_size=2 * app.config["MAX_CONTENT_LENGTH"],
            inbuf_overflow=ALL_IN_MEMORY,
            outbuf_overflow=ALL_IN_MEMORY,
            # Clients that send slowly, or stop half-way, must not lock others out.
            connection_limit=2 * CONNECTIONS,
            channel_timeout=intake.MAX_IDLE,
            cleanup_interval=2,
            # The app itself decides whom to believe: see PROXIES.
            clear_untrusted_proxy_headers=False,
        )
        for server in self._listening():
            server.channel_class = _Channel

    def run(self) -> None:
        """Serve until Ctrl-C or SIGTERM; what is being read then is still answered."""
        signal.signal(signal.SIGTERM, self._end)
        with suppress(KeyboardInterrupt):
            self._serve_while(lambda: not self._is_ending)
        for server in self._listening():
            wasyncore.dispatcher.close(server)  # it listens no more, but still sends
        end = time.monotonic() + LAST_SECONDS
        self._serve_while(lambda: time.monotonic() < end and self._is_busy())

    def _end(self, *_signal: Any) -> None:
        self._is_ending = True

    def _serve_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            wasyncore.loop(0.5, use_poll=True, map=self._sockets, count=1)
            now = time.time()
            if now > self._next_check:
                self._next_check = now + BETWEEN_CHECKS
                self._make_room(now)

    def _make_room(self, now: float) -> None:
        """Close connections that are too many, too slow, or hold too much memory.

        Those that have been silent for longest come first.
        """
        channels = [each for each in self._channels() if not each.requests]
        channels.sort(key=lambda channel: channel.last_activity)
        surplus = len(self._sockets) - CONNECTIONS
        held = sum(channel.bytes_received for channel in channels)
        for i, channel in enumerate(channels):
            sends_long = channel.began and now - channel.began > intake.MAX_SENDING
            if i < surplus or held > intake.MAX_HALF or sends_long:
                held -= channel.bytes_received
                channel.handle_close()

    def _is_busy(self) -> bool:
        return any(each.requests or each.total_outbufs_len for each in self._channels())

    def _channels(self) -> Iterator[_Channel]:
        sockets = list(self._sockets.values())
        return (each for each in sockets if isinstance(each, _Channel))

    def _listening(self) -> list[Any]:
        sockets = self._sockets.values()
        return [each for each in sockets if isinstance(each, BaseWSGIServer)]


def _allow_many_connections() -> None:
    """Ask for as many open files as the system lets this process have."""
    if sys.platform != "win32":
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        wanted = 2 * CONNECTIONS + 500
        if most != resource.RLIM_INFINITY:
            wanted = min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
