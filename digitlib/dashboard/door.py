"""The door of the dashboard's server: what is refused before anything looks at it.

    connection -> DoorServer (how many, how large, how slow) -> Door -> voila's handlers

All of it applies to everybody, with the token or without. The numbers are in `limits`.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.iostream import IOStream
from tornado.routing import Router
from tornado.web import Application, ErrorHandler

from digitlib.dashboard import limits

BAD_REQUEST, FORBIDDEN = 400, 403
OWN_SITES = ("same-origin", "none")  # our page; an address that somebody typed
CONTROL = frozenset([*range(0x20), 0x7F])  # bytes that no path of ours contains


class Door(Router):
    """Passes on the requests that this server is there for, and refuses the others."""

    def __init__(
        self, application: Application, body_bytes: Callable[[HTTPServerRequest], int]
    ):
        self._application = application
        self._body_bytes = body_bytes

    def find_handler(
        self, request: HTTPServerRequest, **options: Any
    ) -> HTTPMessageDelegate | None:
        """Return what handles a request: the application, or a refusal."""
        connection: Any = request.connection
        connection.set_max_body_size(self._body_bytes(request))
        status = refusal(request)
        if status:
            return self._application.get_handler_delegate(
                request, ErrorHandler, {"status_code": status}
            )
        return self._application.find_handler(request, **options)


def refusal(request: HTTPServerRequest) -> int:
    """Return the status with which a request is refused, or 0."""
    if not is_plain(request.path):
        return BAD_REQUEST
    return FORBIDDEN if is_foreign(request) else 0


def is_plain(path: str) -> bool:
    """Return whether a path is UTF-8 without control characters once it is decoded."""
    content = unquote_to_bytes(path)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not CONTROL.intersection(content)


def is_foreign(request: HTTPServerRequest) -> bool:
    """Return whether the page of another site sends this, without anyone noticing.

    A link on another site may lead here; its picture, frame or script may not, because
    each such request for the page would start a kernel. Browsers tell which is which,
    https://www.w3.org/TR/fetch-metadata/, and programs that are no browser do not.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    mode, target = map(request.headers.get, ("Sec-Fetch-Mode", "Sec-Fetch-Dest"))
    is_link = (request.method, mode, target) == ("GET", "navigate", "document")
    return site not in OWN_SITES and not is_link


class DoorServer(HTTPServer):
    """A web server with limits for each request, and for connections.

    A connection above the limit is closed at once: it may be one of thousands, so an
    answer would cost more than it helps.
    """

    def initialize(  # type: ignore[override]
        self,
        application: Application,
        connections: int,
        body_bytes: Callable[[HTTPServerRequest], int] = lambda _: limits.BODY_BYTES,
    ) -> None:
        """Take how many connections may be open, and how large a body may be."""
        super().initialize(
            Door(application, body_bytes),
            max_body_size=limits.BODY_BYTES,
            body_timeout=limits.BODY_SECONDS,
            idle_connection_timeout=limits.HEADER_SECONDS,
        )
        self._most = connections
        self._streams: list[tuple[str, IOStream]] = []

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serve a new connection, unless there are too many."""
        host = str(address[0])
        self._streams = [each for each in self._streams if not each[1].closed()]
        own = sum(other == host for other, _ in self._streams)
        if (
            len(self._streams) >= self._most
            or own >= self._most * limits.CONNECTIONS_OF_ONE
        ):
            stream.close()
            return
        self._streams.append((host, stream))
        super().handle_stream(stream, address)
