"""The dashboard's server: voila, with what it lacks for a room full of visitors.

    python -m digitlib.dashboard.server notebooks/dashboard.ipynb [options of voila]

The numbers (how many kernels wait, when one is ended) are in `notebooks/voila.json`,
which names the classes below; `workshop.workshop` gives others, as the memory allows. A
visitor gets a page, a kernel of their own behind it, and nothing else.
"""

import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError, authenticated
from traitlets import Integer, Unicode
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from digitlib.dashboard import visitors
from digitlib.files import SHIPPED

PROTOCOL = "v1.kernel.websocket.jupyter.org"
TEMPLATE = SHIPPED / "notebooks" / "template"
OPEN_FILES = 4096
LOOK_SECONDS = 0.1  # between two looks whether there is room


class PageConnection(ZMQChannelsWebsocketConnection):
    """The connection of a page and its kernel: prompt, and not to be choked.

    The web server leaves Nagle's algorithm on, which holds small messages back until
    the page has confirmed the last one; while one draws, that triples the time to a new
    answer.

    It believes a message that says it has 2^60 parts, and lists them until the memory
    is full. Voila does the same with each message of pixels in the older protocol, and
    the web server speaks that one to a page that it has just cut off.
    """

    async def prepare(self) -> None:
        """Refuse the older protocol.

        Raises:
            HTTPError: 400, the page does not offer to speak the newer.
        """
        headers = self.websocket_handler.request.headers
        if PROTOCOL not in headers.get("Sec-WebSocket-Protocol", ""):
            raise HTTPError(400, f"Only {PROTOCOL} is spoken here.")
        await super().prepare()

    def connect(self) -> Any:
        """Switch the algorithm off, then connect as ever: the socket is open by now."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass on what may be a message; whoever sends anything else is cut off."""
        is_text = isinstance(incoming_msg, str)
        parts = (
            len(incoming_msg) if is_text else int.from_bytes(incoming_msg[:8], "little")
        )
        if 8 * parts < len(incoming_msg):
            super().handle_incoming_message(incoming_msg)
        else:
            self.websocket_handler.close()

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass on what the kernel says, unless the connection was cut."""
        if self.websocket_handler.ws_connection is not None:
            super().handle_outgoing_message(stream, outgoing_msg)


class WaitingKernels(AsyncMappingKernelManager):
    """The kernels of all pages, and those that wait for a visitor.

    Voila ends a waiting kernel like any other that nobody uses, and starts no new one:
    after two quiet minutes the next visitor would wait as if there were no pool.
    """

    most_visitors = Integer(
        0, config=True, help="how many may have a kernel at once; 0: as many as come"
    )
    visitors_file = Unicode(
        "", config=True, help="where to write how many pages are open; empty: nowhere"
    )

    async def cull_kernels(self) -> None:
        """End the kernels that nobody uses, but none that waits for a visitor.

        While it waits, its idle time does not begin: a page that was just given a
        kernel needs a moment to reach it, however long that kernel has waited.
        """
        for kernel_id in self._waiting():
            kernel: Any = self.get_kernel(kernel_id)
            kernel.last_activity = datetime.now(UTC)
        await super().cull_kernels()

    def room(self) -> int:
        """For how many more visitors there is a kernel."""
        used = set(self.list_kernel_ids()) - self._waiting()
        return self.most_visitors - len(used) if self.most_visitors else sys.maxsize

    def tell_visitors(self) -> None:
        """Write how many pages are open; no visitor suffers where that fails."""
        pages = sum(map(bool, self._kernel_connections.values()))
        path = Path(self.visitors_file)
        if pages != visitors.read(path):
            with suppress(OSError):
                visitors.write(path, pages)

    def _waiting(self) -> set[str]:
        """The kernels that wait for a visitor."""
        pools = getattr(self, "_pools", {})  # voila's subclass has them
        ready = [task for pool in pools.values() for task in pool if task.done()]
        return {task.result()["kernel_id"] for task in ready if not task.exception()}


class LeanKernelSpecs(KernelSpecManager):
    """Starts kernels without what no visitor can reach: see `kernel`."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Describe how to start a kernel, in few threads and with no history file."""
        spec = super().get_kernel_spec(kernel_name)
        module = ["-m", "digitlib.dashboard.kernel", "--HistoryManager.enabled=False"]
        spec.argv = [sys.executable, *module, "-f", "{connection_file}"]
        spec.env = {"OPENBLAS_NUM_THREADS": "1"}
        return spec


class Queue:
    """Those who asked for a page and do not have it yet.

    Attributes:
        turns: let a few at a time be served.
        served: how many are; each is given a kernel before the page is sent.
    """

    def __init__(self, pages_at_once: int):
        self.turns = asyncio.Semaphore(pages_at_once)
        self.served = 0


class PageHandler(TornadoVoilaHandler):
    """Answers with the page, to a few visitors at once; the others wait in a queue.

    Thirty kernels that start at once on two cores are all ready at the end of a minute;
    a few at a time, half of them are in half of it. Where there is no room for another
    kernel, a visitor gets a page that asks to wait, and asks again by itself.
    """

    def initialize(self, queue: Queue, **settings: Any) -> None:
        """Take the queue that all visitors share."""
        super().initialize(**settings)
        self._queue = queue

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Answer when it is this visitor's turn."""
        async with self._queue.turns:
            kernels = self.kernel_manager
            while 0 < kernels.room() <= self._queue.served:  # who is served may fill it
                await asyncio.sleep(LOOK_SECONDS)
            if kernels.room() <= 0:
                self.set_header("Cache-Control", "no-store")
                self.finish(self.render_template("wait.html"))
                return
            self._queue.served += 1
            try:
                await super().get(path)
            finally:
                self._queue.served -= 1


class Server(Voila):
    """Voila for one page, for this machine alone or for all who have the token."""

    pages_at_once = Integer(
        4, config=True, help="how many visitors' pages are prepared"
    )

    def setup_template_dirs(self) -> None:
        """Prefer our template to voila's, which links fonts on other sites."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(TEMPLATE))

    def init_settings(self) -> dict[str, Any]:
        """Answer to this machine's own names only, unless a token is asked for.

        Otherwise a page elsewhere, under a name that leads here, could open ours. Where
        a token is asked for, there is a network between: 5 MB of page become 1.5.
        """
        settings = super().init_settings()
        lan = bool(self.identity_provider.token)
        if self.kernel_manager.visitors_file:
            PeriodicCallback(self.kernel_manager.tell_visitors, 1000).start()
        return settings | {"allow_remote_access": lan, "compress_response": lan}

    def init_handlers(self) -> list[Any]:
        """Leave out a route that asks for no token; a malformed address is no fault."""
        queue = {"queue": Queue(self.pages_at_once)}
        routes: list[Any] = [
            (r"/voila/templates/(lab/static/\w[\w.-]*)", TemplateStaticFileHandler)
        ]
        for path, handler, *settings in super().init_handlers():
            if handler is TornadoVoilaHandler:
                routes.append((path, PageHandler, settings[0] | queue))
            elif handler not in (RequestInfoSocketHandler, TemplateStaticFileHandler):
                routes.append((path, handler, *settings))
        return routes


def _allow_files() -> None:
    """Ask for as many open files as a class needs: ten a visitor.

    Elsewhere this is enough for 90 of them, on a Mac for 20; Windows has no such limit.
    """
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    _allow_files()
    Server.launch_instance()
