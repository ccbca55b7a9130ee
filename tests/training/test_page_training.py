"""The page network takes any size, learns, resumes after a kill, and is exported."""

import json

import keras
import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import manifest
from digitlib.reading.page_cleaner import OTHER, RULING, STEP, load_page
from digitlib.training import hands, page_training, pages
from digitlib.training.export import save_page
from digitlib.training.networks import build_page
from digitlib.training.page_training import PageBatches
from digitlib.training.pages import UNKNOWN, WRITING
from tests.training.killed import KeepStates

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)
TINY = {"epochs": 2, "steps": 2, "seed": 3}


@pytest.fixture(scope="module")
def material():
    random = np.random.default_rng(0)
    made = {"made": hands.make_hands(random)[:2], "printed": hands.print_hands()[:1]}
    return hands.make_material(made, random)


@pytest.fixture
def small(monkeypatch):
    batches = (64, 64, 2, 0.5), (256, 64, 1, 0.5)
    monkeypatch.setattr(page_training, "BATCHES", batches)


def test_network_is_small_and_takes_any_size():
    network = build_page()
    assert network.count_params() < 50_000
    for height, width in ((STEP, 3 * STEP), (2 * STEP, STEP)):
        logits = network(np.zeros((1, height, width, 1), np.float32))
        assert tuple(logits.shape) == (1, height, width, 2)


def test_batches_depend_on_seed_and_epoch_and_vary_in_size(material, small):
    batches = PageBatches(material, seed=1, steps=4)
    first = [batches[i] for i in range(4)]
    assert first[0][0].shape != first[1][0].shape
    again = PageBatches(material, seed=1, steps=4)[2]
    assert np.array_equal(again[0], first[2][0])
    batches.epoch = 1
    assert not np.array_equal(batches[0][0], first[0][0])


def test_loss_is_least_where_all_is_told_right():
    truth = np.array([[[WRITING, RULING], [OTHER, UNKNOWN]]], np.int8)
    right = np.full((1, 2, 2, 2), -9, np.float32)
    right[0, 0, 1, RULING] = right[0, 1, 0, OTHER] = 9
    wrong = -right
    unknown = right.copy()
    unknown[0, 1, 1] = 9  # does not count
    losses = [float(page_training.page_loss(truth, each)[0]) for each in
              (right, unknown, wrong)]  # fmt: skip
    assert losses[0] == pytest.approx(losses[1])
    assert losses[0] < 0.01 * losses[2]


@pytest.mark.slow
def test_killed_training_resumes_and_ends_the_same(material, small, tmp_path):
    page = pages.make_page(material, np.random.default_rng(0), (64, 64))
    given = TINY | {"validation": [page]}
    states, kept = tmp_path / "states", tmp_path / "kept"
    whole, history = page_training.train_page(
        material, **given, checkpoints=states, progress=KeepStates(states, kept)
    )
    assert set(history) >= {"loss"}
    resumed, history = page_training.train_page(material, **given, checkpoints=kept)
    assert len(history["loss"]) == 1
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.allclose(a, b, atol=1e-4)


@pytest.mark.slow
def test_saved_network_takes_pages_of_any_size(tmp_path):
    keras.utils.set_random_seed(0)
    network = build_page()
    entry = save_page(network, {"seed": 0}, tmp_path)
    assert (tmp_path / "page.tflite").stat().st_size < 150_000
    assert json.loads((tmp_path / manifest.LISTING).read_text())["page"] == entry
    run = load_page(tmp_path)
    for height, width in ((STEP, 3 * STEP), (2 * STEP, STEP)):
        page = np.random.default_rng(0).random((1, height, width, 1), np.float32)
        assert np.allclose(run(page), network(page), atol=0.05)
    (tmp_path / "page.tflite").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="damaged"):
        load_page(tmp_path)
