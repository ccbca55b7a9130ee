"""The dashboard's server: voila, with additions that a whole class of visitors needs.

    python -m digitlib.dashboard.server notebooks/dashboard.ipynb [options of voila]

    visitor -> door -> PageHandler (room) -> a kernel that waits (pool) -> the page
    page -> its websocket (messages) -> its kernel

The settings, such as how many kernels wait and when one is culled, are in
`notebooks/voila.json`, which also names the classes to use; what nobody needs to change
is in `limits`. `workshop` chooses other numbers, depending on the memory. Visitors get
a page with a kernel of their own behind it, and nothing else.
"""

import asyncio
from typing import Any

from jupyter_server.auth.logout import LogoutHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError, authenticated
from traitlets import Integer
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from digitlib.dashboard import limits
from digitlib.dashboard.door import DoorServer
from digitlib.dashboard.messages import PageSocket
from digitlib.dashboard.room import Room, Visit
from digitlib.files import SHIPPED

TEMPLATE = SHIPPED / "notebooks" / "template"
NOT_SERVED = (RequestInfoSocketHandler, TemplateStaticFileHandler, LogoutHandler)


class PageHandler(TornadoVoilaHandler):
    """Prepares the page for a few visitors at a time; the others wait in a queue.

    If thirty kernels start at once on two cores, all are ready only after a minute; if
    a few start at a time, half of them are ready in half that time. If there is no
    capacity for another kernel, the visitor gets a page that asks them to wait and
    tries again by itself.
    """

    def initialize(self, slots: asyncio.Semaphore, **settings: Any) -> None:
        """Take what limits how many pages are prepared at the same time."""
        super().initialize(**settings)
        self._slots = slots

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Answer as soon as there is a free slot.

        Raises:
            HTTPError: 404, because the address is not that of the page.
        """
        if path:
            raise HTTPError(404)
        async with self._slots:
            page = await self._prepare_page()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/html")
        self.finish(page or self.render_template("wait.html"))

    async def _prepare_page(self) -> str | None:
        """Return a page with a kernel behind it, or None if there is none to be had."""
        visit = await self._admit()
        if visit is None:
            return None
        page = None
        try:
            page = await self.kernel_manager.give_page(self.notebook_path, visit)
        finally:
            if page is None:
                self.kernel_manager.room.end(visit)
        self.kernel_manager.room.hear(visit.kernel_id)
        return page

    async def _admit(self) -> Visit | None:
        """Begin a visit, if need be in place of one that the same address has left."""
        kernels, address = self.kernel_manager, self.request.remote_ip
        while (visit := kernels.room.admit(address)) is None:
            left = kernels.room.replaceable(address)
            if left is None:
                return None
            await kernels.end_visit(left)
        return visit


class PageKernelHandler(KernelHandler):
    """Tells a page whether its kernel is there, and the room that the page is."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Note that the page was heard of: it asks while it is still loading."""
        await super().prepare()
        kernels: Any = self.kernel_manager
        kernels.room.hear(self.path_kwargs["kernel_id"])


class Server(Voila):
    """Voila for a single page, for this machine only or for everyone with the token."""

    pages_at_once = Integer(
        4, config=True, help="how many pages are prepared at the same time"
    )

    def setup_template_dirs(self) -> None:
        """Prefer our template to voila's, which loads fonts from other sites."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(TEMPLATE))

    def init_settings(self) -> dict[str, Any]:
        """Answer only to this machine's own host names, unless a token is required.

        Otherwise a page of another site, under a name that resolves to this machine,
        could open ours. If a token is required, the page goes through a network, so it
        is compressed from 5 MB to 1.5 MB.
        """
        settings = super().init_settings()
        lan = bool(self.identity_provider.token)
        kernels = self.kernel_manager
        _, visitors = divide(_count_files())
        kernels.room = Room(min(kernels.most_visitors, visitors))
        PeriodicCallback(kernels.tidy, 1000).start()
        return settings | {
            "allow_remote_access": lan,
            "compress_response": lan,
            "websocket_max_message_size": limits.MESSAGE_BYTES,
        }

    def init_handlers(self) -> list[Any]:
        """Replace some of voila's handlers, and leave out what no visitor needs."""
        slots = {"slots": asyncio.Semaphore(self.pages_at_once)}
        ours = {
            VoilaKernelWebsocketHandler: PageSocket,
            KernelHandler: PageKernelHandler,
        }
        routes: list[Any] = [
            (r"/voila/templates/(lab/static/\w[\w.-]*)", TemplateStaticFileHandler)
        ]
        for path, handler, *settings in super().init_handlers():
            if handler is TornadoVoilaHandler:
                routes.append((path, PageHandler, settings[0] | slots))
            elif handler not in NOT_SERVED:
                routes.append((path, ours.get(handler, handler), *settings))
        return routes

    def listen(self) -> None:
        """Listen with the limits of `door`."""
        connections, _ = divide(_count_files())
        server = DoorServer(self.app, connections)
        self.app.listen = server.listen
        super().listen()


def divide(files: int) -> tuple[int, int]:
    """Divide the open files; return how many connections and visitors there may be."""
    connections = int(files * limits.CONNECTIONS)
    return connections, (files - connections) // limits.FILES_PER_VISITOR


def _count_files() -> int:
    """Return how many files may be open, after asking for what a class needs.

    The usual limit is enough for 90 visitors, on a Mac for 20; Windows has none.
    """
    try:
        import resource
    except ImportError:
        return limits.OPEN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    infinite = resource.RLIM_INFINITY
    wanted = limits.OPEN_FILES if hard == infinite else min(limits.OPEN_FILES, hard)
    if soft != infinite and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return limits.OPEN_FILES if soft == infinite else soft


if __name__ == "__main__":
    Server.launch_instance()
