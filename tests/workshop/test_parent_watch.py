"""A program on the leash ends with its owner, and otherwise as it would without."""

import subprocess
import sys

from tests.launching import PATIENCE

LEASH = [sys.executable, "-m", "digitlib.workshop.parent_watch"]


def start(*command):
    pipe = subprocess.PIPE
    return subprocess.Popen([*LEASH, *command], stdin=pipe, stdout=pipe, stderr=pipe)


def test_it_ends_with_its_owner():
    with start("http.server", "0", "--bind=127.0.0.1") as program:
        assert program.stdout.readline().startswith(b"Serving")
        assert program.poll() is None
        program.stdin.close()
        assert program.wait(PATIENCE) != 0


def test_it_ends_by_itself():
    for arguments, status in ((["--help"], 0), (["--no-such-option"], 2)):
        with start("http.server", *arguments) as program:
            said, errors = program.stdout.read(), program.stderr.read()
            assert program.wait(PATIENCE) == status
            assert b"usage: " in said + errors
            assert b"Fatal" not in errors
