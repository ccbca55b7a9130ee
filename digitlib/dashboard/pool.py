"""The kernels of all pages, and the pool of those that wait for a visitor.

    waiting kernel -> give_page -> the page of a visitor -> culled once nobody uses it

`room` keeps the book of who has which kernel, and `kernel` is the process itself.
`server` uses this module as part of voila.
"""

import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakSet

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from tornado.ioloop import IOLoop
from tornado.web import HTTPError
from traitlets import Instance, Integer, Unicode, default

from digitlib.dashboard import visitors
from digitlib.dashboard.messages import Missed
from digitlib.dashboard.room import Room, Visit

MAX_TEMP = 40  # characters of the temporary folder's name
ATTEMPTS = 3  # to give a visitor a kernel that is alive
PLACEHOLDER = "KERNEL-OF-THIS-PAGE"  # in the template, above where voila has the id
REFILL_SECONDS = 3.0  # before a waiting kernel that has died is replaced


class LocalKernel(ServerKernelManager):
    """One kernel, reached through files where the system can do that.

    The numbers of ports are chosen before the kernel takes them. If a browser or
    another server takes one in between, the kernel ends, and its visitor gets another.

    Attributes:
        sockets: the connections of pages to this kernel, also those being opened.
    """

    sockets = Instance(WeakSet, ())

    @property
    def traceback_replacement_message(self) -> str:
        """What a page is told of an error; the web server looks for it here."""
        kernels: Any = self.parent
        return str(kernels.traceback_replacement_message)

    @default("transport")
    def _choose_transport(self) -> str:
        short = len(tempfile.gettempdir()) <= MAX_TEMP  # of a socket's path, all in all
        return "ipc" if sys.platform == "linux" and short else "tcp"


class LeanKernelSpecs(KernelSpecManager):
    """Starts kernels without the parts that no visitor can use: see `kernel`."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Describe how to start a kernel with few threads and no history file."""
        spec = super().get_kernel_spec(kernel_name)
        module = ["-m", "digitlib.dashboard.kernel", "--HistoryManager.enabled=False"]
        spec.argv = [sys.executable, *module, "-f", "{connection_file}"]
        spec.env = {"OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
        return spec


class WaitingKernels(AsyncMappingKernelManager):
    """All kernels: those of visitors, and those that wait for one.

    Voila would cull a waiting kernel like any other idle one and start no new one, so
    that after two quiet minutes the next visitor would wait as if there were no pool.
    It would also give a visitor a waiting kernel that has died, whose page shows
    nothing that works.

    Attributes:
        room: who has a kernel; the server says how large it is.
    """

    most_visitors = Integer(
        32, config=True, help="how many visitors may have a kernel at once"
    )
    visitors_file = Unicode(
        "", config=True, help="a file for the number of open pages; empty: none"
    )

    room = Instance(Room, (0,))

    async def give_page(self, notebook: str, visit: Visit) -> str | None:
        """Give a visitor one of the kernels that wait, or the next that is ready.

        Args:
            notebook: the notebook to show, as voila names it.
            visit: gets the kernel's id, once its page is ready.

        Returns:
            The page as HTML; None if several kernels died or could not be started.
        """
        kernels: Any = self  # voila's subclass has the pool
        for _ in range(ATTEMPTS):
            self._refill()
            kernel_id = ""
            try:
                task, _, kernel_id = await kernels.get_rendered_notebook(notebook)
                rendered, rest = await task
                page = "".join([*rendered, *[html async for html, _ in rest]])
                if await self._lives(kernel_id):
                    visit.kernel_id = kernel_id
                    return page.replace(PLACEHOLDER, kernel_id)
            except Exception:  # of whatever kind: the next kernel may do better
                self.log.exception("No page could be made with kernel %r", kernel_id)
            await self.end_kernel(kernel_id)
        return None

    async def tidy(self) -> None:
        """End what nobody comes for, and replace what has died; once a second."""
        for visit in self.room.ended(set(self.list_kernel_ids())):
            self.room.end(visit)
        for visit in self.room.overdue():
            await self.end_visit(visit)
        for kernel_id in self._waiting():
            if not await self._lives(kernel_id):
                await self.end_kernel(kernel_id)
        self._refill()
        if self.visitors_file:
            self.write_visitors()

    async def end_visit(self, visit: Visit) -> None:
        """End a visit and its kernel."""
        self.room.end(visit)
        await self.end_kernel(visit.kernel_id)

    async def end_kernel(self, kernel_id: str) -> None:
        """End a kernel without asking it; also release what is left of a dead one."""
        kernels: Any = self
        with suppress(HTTPError, KeyError):  # nothing is left of it
            await kernels.shutdown_kernel(kernel_id, now=True)

    async def cull_kernels(self) -> None:
        """End the kernels that nobody uses, but none that waits for a visitor.

        While it waits, its idle time does not begin: a page that was just given a
        kernel needs a moment to reach it, however long that kernel has waited.
        """
        for kernel_id in self._waiting():
            kernel: Any = self.get_kernel(kernel_id)
            kernel.last_activity = datetime.now(UTC)
        await super().cull_kernels()

    def notify_connect(self, kernel_id: str) -> None:
        """Note that a page has reached its kernel."""
        super().notify_connect(kernel_id)
        self.room.connect(kernel_id)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page has gone."""
        super().notify_disconnect(kernel_id)
        self.room.disconnect(kernel_id)

    def start_buffering(
        self, kernel_id: str, session_key: str, channels: dict[str, Any]
    ) -> None:
        """Keep what a kernel says while its page is away, but not without end."""
        super().start_buffering(kernel_id, session_key, channels)
        self._kernel_buffers[kernel_id]["buffer"] = Missed()

    def write_visitors(self) -> None:
        """Write the number of open pages; if that fails, no visitor is affected."""
        path = Path(self.visitors_file)
        if self.room.pages != visitors.read(path):
            with suppress(OSError):
                visitors.write(path, self.room.pages)

    def _waiting(self) -> set[str]:
        """Return the ids of the kernels that wait for a visitor."""
        pools = getattr(self, "_pools", {})  # voila's subclass has them
        ready = [task for pool in pools.values() for task in pool if task.done()]
        ids = {task.result()["kernel_id"] for task in ready if not task.exception()}
        return ids & set(self.list_kernel_ids())

    async def _lives(self, kernel_id: str) -> bool:
        """Return whether a kernel's process runs: Jupyter itself notices later."""
        return kernel_id in self and await ensure_async(self.is_alive(kernel_id))

    def _handle_kernel_died(self, kernel_id: str) -> None:
        """Release what a dead kernel leaves; Jupyter would keep its open files."""
        IOLoop.current().add_callback(self.end_kernel, kernel_id)

    def _refill(self) -> None:
        """Let as many kernels wait as should, besides those that have failed."""
        waiting = self._waiting()
        kernels: Any = self
        for notebook, pool in getattr(self, "_pools", {}).items():
            for task in [task for task in pool if task.done()]:
                if task.exception() or task.result()["kernel_id"] not in waiting:
                    pool.remove(task)
            kernels.fill_if_needed(REFILL_SECONDS, notebook)
