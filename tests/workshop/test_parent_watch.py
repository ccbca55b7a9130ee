"""A watched program ends with its parent, and otherwise exits as usual."""

import subprocess
import sys

from tests.launching import PATIENCE

PARENT_WATCH = [sys.executable, "-m", "digitlib.workshop.parent_watch"]


def start(*command):
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*PARENT_WATCH, *command], **pipes)


def test_it_ends_with_its_parent():
    with start("http.server", "0", "--bind=127.0.0.1") as program:
        assert program.stdout.readline().startswith(b"Serving")
        assert program.poll() is None
        program.stdin.close()
        assert program.wait(PATIENCE) != 0


def test_it_ends_by_itself():
    for arguments, status in ((["--help"], 0), (["--no-such-option"], 2)):
        with start("http.server", *arguments) as program:
            output, errors = program.stdout.read(), program.stderr.read()
            assert program.wait(PATIENCE) == status
            assert b"usage: " in output + errors
            assert b"Fatal" not in errors
