"""One pupil's place in a class: JupyterLab on a folder of their own, with one kernel.

    python -m digitlib.workshop.lab_seat FOLDER [options of the Jupyter server]

It is Jupyter's own server and JupyterLab's own page. What is added are limits: those of
the dashboard's door, one kernel at a time, and none for which there is no memory.
`lab_door` starts a process of this for each pupil; `JUPYTER_TOKEN` opens it.
"""

import hmac
import sys
from pathlib import Path
from typing import Any

import psutil
from jupyter_core.utils import ensure_async
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.httputil import HTTPServerRequest
from traitlets.config import Config

from digitlib.dashboard import limits
from digitlib.dashboard.door import DoorServer
from digitlib.dashboard.pool import LeanKernelSpecs
from digitlib.errors import DigitError
from digitlib.workshop.capacity import lesson_memory

CONNECTIONS = 64  # a page has some ten, and a second one while it is loaded again
SAME_SITE = {"samesite": "Lax"}  # of cookies: other sites' requests bring none along
SESSION = "JPY_SESSION_NAME"  # in a kernel's environment: the notebook it is for
# An extension of the page that tells those who cannot see a figure what it shows.
EXTENSIONS = str(Path(__file__).with_name("labextension"))
KERNEL = "digitlib.dashboard.pool.LocalKernel"
ONE = (
    "One lesson can run at a time, and another one is open. Close its tab. Then close"
    " this one too, and open it again."
)
NO_MEMORY = (
    "The class's computer has no memory for this lesson just now. Wait until somebody"
    " closes a lesson, or read on without running the cells."
)


class LessonKernelSpecs(LeanKernelSpecs):
    """Starts kernels that may take what a lesson needs, and no more."""

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """Describe how to start a kernel for a lesson."""
        spec = super().get_kernel_spec(kernel_name)
        spec.env |= {"DIGITLIB_KERNEL_DATA": str(limits.LESSON_KERNEL_BYTES)}
        return spec


class OneKernel(AsyncMappingKernelManager):
    """Runs one kernel: a lesson whose tab was closed gives way to the next one."""

    async def start_kernel(self, **options: Any) -> str:  # type: ignore[override]
        """Start a kernel, in place of one that no page uses.

        Raises:
            DigitError: a page uses one, or there is no memory for another; JupyterLab
                shows the sentence.
        """
        for kernel_id in self.list_kernel_ids():
            if self.kernel_model(kernel_id)["connections"]:
                raise DigitError(ONE)
            await ensure_async(self.shutdown_kernel(kernel_id, now=True))
        notebook = Path((options.get("env") or {}).get(SESSION, "")).name
        if psutil.virtual_memory().available < lesson_memory(notebook):
            raise DigitError(NO_MEMORY)
        return await ensure_async(super().start_kernel(**options))


class SeatServer(ServerApp):
    """Jupyter's server with the door of the dashboard, and larger bodies for its pupil.

    A notebook is saved as one request. Without the token nobody can send that much.
    """

    def init_httpserver(self) -> None:
        """Listen with the limits of `door`."""
        super().init_httpserver()
        self._http_server = DoorServer(self.web_app, CONNECTIONS, self._body_bytes)

    def _body_bytes(self, request: HTTPServerRequest) -> int:
        """Return how large the body of a request may be."""
        given = request.headers.get("Authorization", "").removeprefix("token ")
        token = self.identity_provider.token
        known = hmac.compare_digest(given.encode(), token.encode())
        return limits.LESSON_BODY_BYTES if known else limits.BODY_BYTES


def settings(folder: Path) -> Config:
    """Return the settings of a pupil's server, apart from port and address."""
    config = Config()
    config.ServerApp.root_dir = str(folder)
    config.ServerApp.jpserver_extensions = {"jupyterlab": True}  # and no terminals
    config.ServerApp.open_browser = False
    config.ServerApp.port_retries = 0
    config.ServerApp.allow_root = True
    config.ServerApp.quit_button = False
    config.ServerApp.kernel_manager_class = f"{__name__}.OneKernel"
    config.ServerApp.kernel_spec_manager_class = f"{__name__}.LessonKernelSpecs"
    config.ServerApp.shutdown_no_activity_timeout = limits.LEFT_SECONDS
    config.ServerApp.tornado_settings = {
        "websocket_max_message_size": limits.MESSAGE_BYTES,
        "xsrf_cookie_kwargs": SAME_SITE | {"path": "/"},
    }
    config.IdentityProvider.cookie_options = SAME_SITE
    config.OneKernel.kernel_manager_class = KERNEL
    config.OneKernel.cull_idle_timeout = limits.LEFT_SECONDS
    config.OneKernel.cull_interval = 60
    config.AsyncLargeFileManager.delete_to_trash = False
    config.LabApp.extra_labextensions_path = [EXTENSIONS]
    config.LabApp.extension_manager = "readonly"
    config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    return config


def main(folder: str, *options: str) -> None:
    """Serve a folder until the process is ended, or nobody has come for a while."""
    server = SeatServer.instance(config=settings(Path(folder)))
    server.initialize([*options], find_extensions=False)
    server.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
