"""Runs a module as a program that ends when its parent process ends.

    python -m digitlib.workshop.parent_watch MODULE [its arguments]

`serving` starts every page this way. The parent process holds the other end of the
program's standard input and sends nothing. When the parent ends, for whatever reason,
the input ends, and so does the program.
"""

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    """Run the module named by the first argument, and watch the parent process."""
    threading.Thread(target=_await_parent, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _await_parent() -> None:
    while os.read(0, 1):  # not sys.stdin, which would be locked at a normal exit
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
