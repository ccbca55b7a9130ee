"""The process behind each open dashboard: a Jupyter kernel without a debugger.

`server` starts one for each visitor. The debugger would take 8 MB in each of thirty
kernels, and no visitor can use it.
"""

import os
import sys
import threading
import time
import traceback

sys.modules["debugpy"] = None  # type: ignore[assignment]  # makes its import fail

from ipykernel import kernelapp  # noqa: E402


def _end_with_parent() -> None:
    """End this process soon after its parent process, `server`, has ended.

    The kernel does so too, but only once it has started.
    """
    while str(os.getppid()) == os.environ["JPY_PARENT_PID"]:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    if os.name == "posix":  # elsewhere the variable holds a handle, not a number
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        kernelapp.launch_new_instance()
    except BaseException:
        # A usual exit would wait forever for the sockets that are open by now, and the
        # server would wait a minute for the kernel, instead of starting another one.
        traceback.print_exc()
        os._exit(1)
