"""The dashboard's server: voila, with additions that a whole class of visitors needs.

    python -m digitlib.dashboard.server notebooks/dashboard.ipynb [options of voila]

    visitor -> PageHandler (waits in the Queue) -> a waiting kernel -> the page

The settings, such as how many kernels wait and when one is culled, are in
`notebooks/voila.json`, which also names the classes below. `workshop.workshop` chooses
other numbers, depending on the memory. Visitors get a page with a kernel of their own
behind it, and nothing else.
"""

import asyncio
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError, authenticated
from traitlets import Integer, Unicode, default
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from digitlib.dashboard import visitors
from digitlib.files import SHIPPED

PROTOCOL = "v1.kernel.websocket.jupyter.org"
TEMPLATE = SHIPPED / "notebooks" / "template"
OPEN_FILES = 4096
MAX_TEMP = 40  # characters of the temporary folder's name
POLL_SECONDS = 0.1  # between two checks whether a visitor can have a kernel


class PageConnection(ZMQChannelsWebsocketConnection):
    """The connection between a page and its kernel: fast, and safe from bad messages.

    The web server leaves Nagle's algorithm on, which holds small messages back until
    the page has confirmed the last one; during drawing that triples the time to a new
    answer.

    The web server also trusts a message that claims to have 2^60 parts, and lists them
    until the memory is full. Voila does the same with every message of pixels in the
    older protocol, which the web server uses for a page that it has just cut off.
    """

    async def prepare(self) -> None:
        """Refuse the older protocol.

        Raises:
            HTTPError: 400, because the page does not offer the newer protocol.
        """
        headers = self.websocket_handler.request.headers
        if PROTOCOL not in headers.get("Sec-WebSocket-Protocol", ""):
            raise HTTPError(400, f"This server only supports {PROTOCOL}.")
        await super().prepare()

    def connect(self) -> Any:
        """Switch Nagle's algorithm off, as the socket is open by now, and connect."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass on a plausible message; cut the connection if it is anything else."""
        is_text = isinstance(incoming_msg, str)
        parts = (
            len(incoming_msg) if is_text else int.from_bytes(incoming_msg[:8], "little")
        )
        if 8 * parts < len(incoming_msg):
            super().handle_incoming_message(incoming_msg)
        else:
            self.websocket_handler.close()

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass on a message of the kernel, unless the connection was cut."""
        if self.websocket_handler.ws_connection is not None:
            super().handle_outgoing_message(stream, outgoing_msg)


class LocalKernel(ServerKernelManager):
    """One kernel, reached through files where the system can do that.

    The numbers of ports are chosen before the kernel takes them. If a browser or
    another server takes one in between, the kernel ends, and its visitor waits for it.
    """

    @default("transport")
    def _choose_transport(self) -> str:
        short = len(tempfile.gettempdir()) <= MAX_TEMP  # of a socket's path, all in all
        return "ipc" if sys.platform == "linux" and short else "tcp"


class WaitingKernels(AsyncMappingKernelManager):
    """The kernels of all pages, and the pool of those that wait for a visitor.

    Voila would cull a waiting kernel like any other idle one and start no new one, so
    that after two quiet minutes the next visitor would wait as if there were no pool.
    """

    most_visitors = Integer(
        0, config=True, help="how many visitors may have a kernel at once; 0: no limit"
    )
    visitors_file = Unicode(
        "", config=True, help="a file for the number of open pages; empty: none"
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

    def free_capacity(self) -> int:
        """Return how many more visitors may have a kernel."""
        used = set(self.list_kernel_ids()) - self._waiting()
        return self.most_visitors - len(used) if self.most_visitors else sys.maxsize

    def write_visitors(self) -> None:
        """Write the number of open pages; if that fails, no visitor is affected."""
        pages = sum(map(bool, self._kernel_connections.values()))
        path = Path(self.visitors_file)
        if pages != visitors.read(path):
            with suppress(OSError):
                visitors.write(path, pages)

    def _waiting(self) -> set[str]:
        """Return the ids of the kernels that wait for a visitor."""
        pools = getattr(self, "_pools", {})  # voila's subclass has them
        ready = [task for pool in pools.values() for task in pool if task.done()]
        return {task.result()["kernel_id"] for task in ready if not task.exception()}


class LeanKernelSpecs(KernelSpecManager):
    """Starts kernels without the parts that no visitor can use: see `kernel`."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Describe how to start a kernel with few threads and no history file."""
        spec = super().get_kernel_spec(kernel_name)
        module = ["-m", "digitlib.dashboard.kernel", "--HistoryManager.enabled=False"]
        spec.argv = [sys.executable, *module, "-f", "{connection_file}"]
        spec.env = {"OPENBLAS_NUM_THREADS": "1"}
        return spec


class Queue:
    """The requests for a page that are not answered yet.

    Attributes:
        slots: limits how many pages are prepared at the same time.
        in_progress: how many are; each gets a kernel before its page is sent.
    """

    def __init__(self, pages_at_once: int):
        self.slots = asyncio.Semaphore(pages_at_once)
        self.in_progress = 0


class PageHandler(TornadoVoilaHandler):
    """Prepares the page for a few visitors at a time; the others wait in a queue.

    If thirty kernels start at once on two cores, all are ready only after a minute; if
    a few start at a time, half of them are ready in half that time. If there is no
    capacity for another kernel, the visitor gets a page that asks them to wait and
    tries again by itself.
    """

    def initialize(self, queue: Queue, **settings: Any) -> None:
        """Take the queue that all visitors share."""
        super().initialize(**settings)
        self._queue = queue

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Answer as soon as the queue has a free slot."""
        async with self._queue.slots:
            kernels = self.kernel_manager
            while 0 < kernels.free_capacity() <= self._queue.in_progress:  # may be full
                await asyncio.sleep(POLL_SECONDS)
            if kernels.free_capacity() <= 0:
                self.set_header("Cache-Control", "no-store")
                self.finish(self.render_template("wait.html"))
                return
            self._queue.in_progress += 1
            try:
                await super().get(path)
            finally:
                self._queue.in_progress -= 1


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
        if self.kernel_manager.visitors_file:
            PeriodicCallback(self.kernel_manager.write_visitors, 1000).start()
        return settings | {"allow_remote_access": lan, "compress_response": lan}

    def init_handlers(self) -> list[Any]:
        """Leave out a route that requires no token, and handle malformed addresses."""
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


def _raise_file_limit() -> None:
    """Raise the limit of open files to what a class needs: ten for each visitor.

    The usual limit is enough for 90 visitors, on a Mac for 20; Windows has none.
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
    _raise_file_limit()
    Server.launch_instance()
