"""The process behind each open dashboard: a Jupyter kernel without a debugger.

`pool` starts one for each visitor. The debugger would take 8 MB in each of thirty
kernels, and no visitor can use it.
"""

import os
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from digitlib.dashboard import limits

sys.modules["debugpy"] = None  # type: ignore[assignment]  # makes its import fail

from ipykernel import kernelapp  # noqa: E402

FOLDER = "voila_"  # how the folder begins in which a server keeps its kernels' files


def _end_with_parent() -> None:
    """End this process soon after its parent process, `server`, has ended.

    A server that was killed could not remove the folder with its kernels' connection
    files, so they do it. The kernel's own watch, which would end it before that, is
    switched off below.
    """
    while str(os.getppid()) == os.environ["JPY_PARENT_PID"]:
        time.sleep(1)
    folder = Path(sys.argv[-1]).parent  # of the connection file
    tries = 20 if folder.name.startswith(FOLDER) else 0
    while tries and folder.exists():  # the kernel may be writing into it
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)
        tries -= 1
    os._exit(1)


def _limit_memory() -> None:
    """Let what one visitor does cost this process's memory, not the machine's.

    The kernel of a lesson, whose libraries reserve addresses that they never use, has
    a limit for its data instead.
    """
    try:
        import resource

        data = os.environ.get("DIGITLIB_KERNEL_DATA")
        kind = resource.RLIMIT_DATA if data else resource.RLIMIT_AS
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (int(data or limits.KERNEL_BYTES), hard))
    except (ImportError, ValueError, OSError):  # Windows and macOS have no such limit
        pass


if __name__ == "__main__":
    _limit_memory()
    settings: dict[str, Any] = {}
    if os.name == "posix":  # elsewhere the variable holds a handle, not a number
        threading.Thread(target=_end_with_parent, daemon=True).start()
        settings = {"parent_handle": 1}  # a parent that never ends: no watch of its own
    try:
        kernelapp.launch_new_instance(**settings)
    except BaseException:
        # A usual exit would wait forever for the sockets that are open by now, and the
        # server would wait a minute for the kernel, instead of starting another one.
        traceback.print_exc()
        os._exit(1)
