"""The dashboard's server: voila, with what it lacks for a room full of visitors.

    python -m digitlib.server notebooks/dashboard.ipynb [options of voila]

The numbers (how many kernels wait, when one is ended) are in `notebooks/voila.json`,
which names the classes below. A visitor gets a page, a kernel of their own behind it,
and nothing else.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Integer
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

PROTOCOL = "v1.kernel.websocket.jupyter.org"
TEMPLATE = Path(__file__).parents[1] / "notebooks" / "template"


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

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End the kernel if nobody uses it, unless it waits for a visitor."""
        pools = getattr(self, "_pools", {})  # voila's subclass has them
        ready = [task for pool in pools.values() for task in pool if task.done()]
        waiting = [task.result()["kernel_id"] for task in ready if not task.exception()]
        if kernel_id not in waiting:
            await super().cull_kernel_if_idle(kernel_id)


class LeanKernelSpecs(KernelSpecManager):
    """Starts kernels without what no visitor can reach: see `digitlib.kernel`."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Describe how to start a kernel, in few threads and with no history file."""
        spec = super().get_kernel_spec(kernel_name)
        module = ["-m", "digitlib.kernel", "--HistoryManager.enabled=False"]
        spec.argv = [sys.executable, *module, "-f", "{connection_file}"]
        spec.env = {"OPENBLAS_NUM_THREADS": "1"}
        return spec


class PageHandler(TornadoVoilaHandler):
    """Answers with the page, to a few visitors at once; the others wait in a queue.

    Thirty kernels that start at once on two cores are all ready at the end of a minute;
    a few at a time, half of them are in half of it.
    """

    def initialize(self, turns: asyncio.Semaphore, **settings: Any) -> None:
        """Take the turns that all visitors share."""
        super().initialize(**settings)
        self._turns = turns

    async def get(self, path: str | None = None) -> None:
        """Answer when it is this visitor's turn."""
        async with self._turns:
            await super().get(path)


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
        return settings | {"allow_remote_access": lan, "compress_response": lan}

    def init_handlers(self) -> list[Any]:
        """Leave out a route that asks for no token; a malformed address is no fault."""
        queue = {"turns": asyncio.Semaphore(self.pages_at_once)}
        routes: list[Any] = [
            (r"/voila/templates/(lab/static/\w[\w.-]*)", TemplateStaticFileHandler)
        ]
        for path, handler, *settings in super().init_handlers():
            if handler is TornadoVoilaHandler:
                routes.append((path, PageHandler, settings[0] | queue))
            elif handler not in (RequestInfoSocketHandler, TemplateStaticFileHandler):
                routes.append((path, handler, *settings))
        return routes


if __name__ == "__main__":
    Server.launch_instance()
