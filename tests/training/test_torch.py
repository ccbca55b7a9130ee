"""The recipe runs on PyTorch, too, and both backends read each other's files alike.

Keras has one backend in a process: here it is TensorFlow, and PyTorch runs in a process
of its own.
"""

import multiprocessing
import subprocess
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import to_glyphs
from digitlib.training import data, export, recipe
from digitlib.training.backend import keras
from digitlib.training.networks import NETWORKS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),
    pytest.mark.timeout(1800),  # on a busy machine it took ten times as long
]

MAX_DIFFERENCE = 1e-5  # of a probability; measured: 4e-7
SAME_TESTS = "lenet_learns or same_seed or killed or saves_the_network_it_measured"


@pytest.fixture(scope="module")
def torch_process():
    """A process in which Keras runs on PyTorch."""
    if find_spec("torch") is None:
        pytest.skip("needs PyTorch: make test TORCH=yes")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn) as process:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KERAS_BACKEND", "torch")
            patch.setenv("OMP_NUM_THREADS", "1")  # more would wait for each other
            assert process.submit(keras.backend.backend).result() == "torch"
        yield process


def train_and_save(folder):
    (x, y), _ = data.load_sample()
    model, _ = recipe.train("lenet", x, y, epochs=3)
    return export.save(model, "lenet", to_glyphs(x[:50]), {}, folder)


def probabilities(path, glyphs):
    return load_model(path).probabilities(glyphs)


def reading(path, picture):
    return load_model(path).read(picture).to_dict()


def test_tests_of_the_recipe_pass_on_torch(torch_process):
    tests = str(Path(__file__).with_name("test_recipe.py"))
    options = ["-q", "--timeout=0", "-p", "no:cacheprovider", "-k", SAME_TESTS]
    assert torch_process.submit(pytest.main, [*options, tests]).result() == 0


def test_tensorflow_reads_what_torch_saved_alike(torch_process, tmp_path):
    entry = torch_process.submit(train_and_save, tmp_path).result()
    assert entry == manifest.read(tmp_path)["lenet"]
    assert {"torch", "tensorflow"} & set(entry["versions"]) == {"torch"}
    _, (x_test, _) = data.load_sample()
    glyphs = to_glyphs(x_test)
    saved = [tmp_path / f"lenet{suffix}" for suffix in manifest.SUFFIXES]
    there = torch_process.submit(probabilities, saved[0], glyphs).result()
    for path in saved:
        assert np.abs(probabilities(path, glyphs) - there).max() < MAX_DIFFERENCE


@pytest.mark.parametrize("network", NETWORKS)
def test_torch_reads_what_tensorflow_saved_alike(torch_process, network, seven):
    path = manifest.MODELS / f"{network}.keras"
    there = torch_process.submit(reading, path, seven).result()
    here = reading(path, seven)
    assert there["text"] == here["text"] == "7"
    for a, b in zip(there["digits"], here["digits"], strict=True):
        assert a["probabilities"] == pytest.approx(
            b["probabilities"], abs=MAX_DIFFERENCE
        )


@pytest.mark.parametrize("installed", [True, False])
def test_nothing_is_saved_where_tensorflow_cannot_export(
    installed, monkeypatch, tmp_path
):
    failed = subprocess.CompletedProcess([], 1, stderr="Traceback\nValueError: no luck")
    monkeypatch.setattr(export.keras.backend, "backend", lambda: "torch")
    monkeypatch.setattr(export, "find_spec", lambda name: installed or None)
    monkeypatch.setattr(export.subprocess, "run", lambda *args, **options: failed)
    glyphs = np.zeros((1, 28, 28, 1), np.float32)
    with pytest.raises(ModelError, match="no luck" if installed else "not installed"):
        export.save(NETWORKS["mlp"](), "mlp", glyphs, {}, tmp_path)
    assert list(tmp_path.iterdir()) == []
