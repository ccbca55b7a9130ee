"""The commands for the API in README.md do what it says."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.test_serving import COMMANDS, server
from tests.sending import SEVEN_JPEG

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.fixture(scope="module")
def port():
    with server(*COMMANDS["waitress"]) as port:
        yield port


@pytest.fixture
def run(port, tmp_path):
    """Run a command next to a photo.jpg of a 7; returns its output."""
    (tmp_path / "photo.jpg").write_bytes(SEVEN_JPEG)

    def run(*command):
        ours = [part.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for part in command]
        return subprocess.check_output(ours, cwd=tmp_path, text=True)

    return run


def test_curl_line_reads_a_picture(run):
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    (line,) = re.findall(r"(?m)^ +(curl .*)", README)
    assert '"text":"7"' in run(*shlex.split(line), "--silent")


def test_client_of_ten_lines_reads_a_picture(run):
    blocks = re.findall(r"(?s)```python\n(.*?)```", README)
    (code,) = (block for block in blocks if "/api/predict" in block)
    assert len(code.splitlines()) <= 10
    assert run(sys.executable, "-c", code).startswith("7 [")
