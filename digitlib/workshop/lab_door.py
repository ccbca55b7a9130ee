"""The class's front page: it gives each pupil a seat, and leads them to it.

    python -m digitlib.workshop.lab_door FOLDER TEMPORARY PORT HOST SEATS NOTEBOOK

    the class's address, with its token -> a seat -> the seat's own JupyterLab

The token comes in the environment, `JUPYTER_TOKEN`, so that `ps` does not show it. A
pupil's browser keeps the key of the seat in a cookie, and comes back to the same work.
"""

import asyncio
import hmac
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.ioloop import PeriodicCallback
from tornado.web import Application, RequestHandler

from digitlib.dashboard import visitors
from digitlib.dashboard.door import DoorServer
from digitlib.workshop.lab_seats import Seat, Seats

TEMPLATE = Path(__file__).with_name("lab.html")
DAYS = 200  # for which a browser keeps the key: half a school year
COUNT = "visitors"  # in the temporary folder: how many seats are used
CONNECTIONS = 1024
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}


class FrontPage(RequestHandler):
    """Leads a pupil to their seat, or offers one, or asks them to wait."""

    def initialize(self, seats: Seats, token: str, notebook: str) -> None:
        """Take the seats, what opens this page, and the notebook to begin with."""
        self._seats, self._token, self._notebook = seats, token, notebook

    def set_default_headers(self) -> None:
        """Let nothing but this page's own style be loaded."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def head(self) -> None:
        """Say that this server is there, which needs no token."""

    async def get(self) -> None:
        """Lead to the seat of this browser, if it has one."""
        seat = self._seats.find(self.get_cookie(self._cookie, "") or "")
        if seat:
            await self._lead(seat)
        elif self._has_token():
            self._show("welcome")
        else:
            self.set_status(403)
            self._show("token")

    def post(self) -> None:
        """Give this browser a seat."""
        seat = self._seats.find(self.get_cookie(self._cookie, "") or "")
        if not seat and not self._has_token():
            self.set_status(403)
            self._show("token")
            return
        seat = seat or self._seats.add(str(self.request.remote_ip))
        if seat is None:
            self.set_status(503)
            self._show("full")
            return
        self.set_cookie(
            self._cookie, seat.key, expires_days=DAYS, httponly=True, samesite="Lax"
        )
        self.redirect("/", status=303)

    async def _lead(self, seat: Seat) -> None:
        """Send the browser to its seat's server, once that answers."""
        if not self._seats.enter(seat, str(self.request.remote_ip)):
            self._show("full", seat)
            return
        server = seat.server
        if server and not seat.is_ready and await asyncio.to_thread(server.answers):
            self._seats.arrive(seat)
        if server and seat.is_ready:
            host = urlsplit(f"//{self.request.host}").hostname or "127.0.0.1"
            page = f"/lab/tree/{self._notebook}?reset&token={seat.key}"
            self.redirect(f"http://{host}:{server.page.port}{page}")
        else:
            self._show("wait", seat)

    @property
    def _cookie(self) -> str:
        """The cookie's name: browsers send it to all ports of a host."""
        return f"digitlib-seat-{self.application.settings['port']}"

    def _has_token(self) -> bool:
        given = self.get_argument("token", "")
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _show(self, what: str, seat: Seat | None = None) -> None:
        token = self.get_argument("token", "") if what == "welcome" else ""
        self.render(str(TEMPLATE), what=what, seat=seat, token=token)


async def main(  # noqa: PLR0917 (as they stand in the command)
    folder: str, temporary: str, port: str, host: str, size: str, notebook: str
) -> None:
    """Serve the front page until the process is ended."""
    seats = Seats(Path(folder), Path(temporary), int(size), host, int(port))
    count = Path(temporary) / COUNT
    options: Any = {
        "seats": seats,
        "token": os.environ["JUPYTER_TOKEN"],
        "notebook": notebook,
    }
    application = Application([("/", FrontPage, options)], port=port)
    DoorServer(application, CONNECTIONS).listen(int(port), host)

    def tidy() -> None:
        seats.tidy()
        if visitors.read(count) != seats.room.pages:
            visitors.write(count, seats.room.pages)

    PeriodicCallback(tidy, 1000).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
