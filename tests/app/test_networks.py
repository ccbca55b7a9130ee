"""Networks that are missing, damaged or replaced: the app never gives a wrong digit.

These are the last rows of the table of bad input that concern the web app.
"""

import shutil

import numpy as np
import pytest

from app import create_app
from digitlib.errors import ModelError
from digitlib.reading import manifest
from tests.sending import SEVEN_PNG, assert_error, make_client, send, strict_json, texts

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"
DAMAGE = {
    "missing": None,
    "truncated": lambda content: content[:-1000],
    "a Git-LFS pointer": lambda _content: POINTER,
    "of another hash": lambda content: content[:-1] + b"\xff",
}


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A copy of the models' folder, to be damaged."""
    for path in manifest.MODELS.glob("*.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(manifest, "MODELS", tmp_path)
    return tmp_path


def damage(path, name):
    content = path.read_bytes()
    path.unlink()
    if DAMAGE[name]:
        path.write_bytes(DAMAGE[name](content))


@pytest.mark.parametrize("name", DAMAGE)
def test_app_does_not_start_with_a_damaged_network(models, name):
    damage(models / "cnn.tflite", name)
    with pytest.raises(ModelError, match="git checkout models"):
        create_app()


def test_app_does_not_start_with_weights_that_are_not_numbers(tmp_path):
    content = bytearray((manifest.MODELS / "mlp.tflite").read_bytes())
    middle = len(content) // 8 * 4  # of the weights, most of the file
    content[middle : middle + 4000] = np.full(1000, np.nan, np.float32).tobytes()
    path = tmp_path / "mine.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="ten probabilities"):
        create_app({"MODEL": str(path)})


def test_damaged_network_gives_no_digit(models):
    client = make_client()
    damage(models / "lenet.tflite", "truncated")
    response = send(client, SEVEN_PNG, url="/api/predict?network=lenet")
    assert_error(response, 503, "model")
    assert texts(send(client, SEVEN_PNG)) == ["7"]


def test_replacing_a_network_while_serving_changes_nothing(models):
    client = make_client()
    before = strict_json(send(client, SEVEN_PNG))
    shutil.copy(models / "mlp.tflite", models / "cnn.tflite")
    assert strict_json(send(client, SEVEN_PNG)) == before
