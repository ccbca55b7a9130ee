"""What libraries say while they start stays off the screen; errors do not."""

import os
import subprocess
import sys

import pytest

from digitlib.quiet import STDERR, quiet


def test_written_meanwhile_is_thrown_away_and_after_it_is_kept(capfd):
    with quiet():
        os.write(STDERR, b"greeting")
    os.write(STDERR, b"problem")
    assert capfd.readouterr().err == "problem"


def test_exceptions_get_out_and_stderr_comes_back(capfd):
    with pytest.raises(OSError, match="broken"), quiet():
        raise OSError("broken")
    os.write(STDERR, b"problem")
    assert capfd.readouterr().err == "problem"


def test_a_backend_that_is_not_here_is_named():
    code = "from digitlib.training.backend import keras"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"KERAS_BACKEND": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ModelError: Keras cannot start: none is not" in result.stderr


@pytest.mark.parametrize(
    "code",
    [
        "import digitlib.training.recipe",
        "from digitlib.reading import load_model; load_model()",
    ],
    ids=["train", "predict"],
)
def test_starting_says_nothing(code: str):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout + result.stderr == ""
