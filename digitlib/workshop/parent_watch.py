"""Run a module as a program that ends when the process that started it does.

    python -m digitlib.workshop.parent_watch MODULE [its arguments]

Whoever starts it holds the other end of its standard input, and sends nothing. When
that process ends, however it does, the input ends, and so does the program.
"""

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    """Run the module that the first argument names."""
    threading.Thread(target=_await_the_end, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _await_the_end() -> None:
    while os.read(0, 1):  # sys.stdin would be locked when the program ends by itself
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
