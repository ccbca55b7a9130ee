"""The process behind each open dashboard: a Jupyter kernel without a debugger.

`server` starts one for each visitor. The debugger would take 8 MB in each of thirty
kernels, and no visitor can use it.
"""

import sys

sys.modules["debugpy"] = None  # type: ignore[assignment]  # makes its import fail

from ipykernel import kernelapp  # noqa: E402

if __name__ == "__main__":
    kernelapp.launch_new_instance()
