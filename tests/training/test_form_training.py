"""The form network learns, resumes after a kill, and is exported as it is."""

import json

import keras
import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import forms, manifest
from digitlib.reading.line_network import load_line
from digitlib.training import form_training, hands
from digitlib.training.export import save_form
from digitlib.training.form_pictures import FormPicture
from digitlib.training.form_training import SampleBatches, Samples, train_form
from digitlib.training.networks import build_form
from tests.training.killed import KeepStates

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)


@pytest.fixture(scope="module")
def samples():
    """Bars with a line below, which is print, and without one."""
    random = np.random.default_rng(0)
    seen = np.zeros((200, forms.SIDE, forms.SIDE, 2), np.uint8)
    printed = np.arange(200) % 2 == 0
    for each, is_print in zip(seen, printed, strict=True):
        x = 40 + int(random.integers(-2, 3))
        each[32:48, x : x + 2] = 255
        each[48:50, :, 0] = 255 * is_print
    return Samples(seen, printed)


def test_network_is_small_and_takes_what_is_around_signs():
    network = build_form()
    assert network.count_params() < 25_000
    shown = np.zeros((3, forms.SIDE, forms.SIDE, 2), np.float32)
    assert tuple(network(shown).shape) == (3, 1)


def test_batches_depend_on_seed_and_epoch(samples):
    batches = SampleBatches(samples, seed=1)
    first = batches[0]
    assert np.array_equal(SampleBatches(samples, seed=1)[0][0], first[0])
    batches.start_epoch(1)
    assert not np.array_equal(batches[0][0], first[0])
    assert first[0].min() >= 0
    assert first[0].max() <= 1


@pytest.mark.slow
def test_it_learns_what_a_line_below_a_bar_means(samples, monkeypatch):
    monkeypatch.setattr(form_training, "BATCH_SIZE", 20)
    quiet = keras.callbacks.Callback()
    _, history = train_form(samples, epochs=4, validation=samples, progress=quiet)
    assert history["loss"][-1] < 0.2
    assert history["loss"][0] > 0.3
    assert {"written", "printed"} <= history.keys()


def test_each_kind_is_measured_by_itself(samples):
    def only_late(seen):  # takes the signs of the second hundred for print
        kinds = np.arange(len(seen)) >= 100
        return np.where(kinds, 1.0, -1.0)[:, None]

    told = form_training.measure(only_late, samples)
    assert told == {"written": 0.5, "printed": 0.5}
    some = Samples(samples.seen[:1], samples.printed[:1])
    assert form_training.measure(only_late, some) == {"printed": 0.0}


@pytest.mark.slow
def test_killed_training_resumes_and_ends_the_same(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(form_training, "BATCH_SIZE", 50)
    states, kept = tmp_path / "states", tmp_path / "kept"
    whole, _ = train_form(
        samples,
        epochs=2,
        seed=3,
        checkpoints=states,
        progress=KeepStates(states, kept),
    )
    resumed, history = train_form(
        samples,
        epochs=2,
        seed=3,
        checkpoints=kept,
        progress=keras.callbacks.Callback(),
    )
    assert len(history["loss"]) == 1
    shown = samples.seen[:8].astype(np.float32) / 255
    assert np.allclose(whole(shown), resumed(shown), atol=1e-4)


@pytest.mark.parametrize("is_print", [False, True])
def test_signs_are_found_as_reading_finds_them(is_print):
    bar, nothing = np.zeros((2, 120, 100), bool)
    bar[30:90, 45:52] = True
    grey = np.where(bar, 20, 250).astype(np.uint8)
    layers = (nothing, bar) if is_print else (bar, nothing)
    picture, random = FormPicture(grey, *layers), np.random.default_rng(0)
    ((seen, told),) = form_training.find_samples(picture, load_line(), random)
    assert told == is_print
    assert seen.shape == (forms.SIDE, forms.SIDE, 2)
    assert seen.dtype == np.uint8


@pytest.mark.slow
def test_samples_are_made_on_all_cores_and_depend_on_the_seed():
    random = np.random.default_rng(0)
    made = {"made": hands.make_hands(random)[:6], "printed": hands.print_hands()[:3]}
    material = hands.make_material(made, random)
    first, same = (form_training.make_samples(material, 5, 6) for _ in range(2))
    assert np.array_equal(first.seen, same.seen)
    assert np.array_equal(first.printed, same.printed)
    assert len(first.printed) > 3


def test_saved_network_is_listed_small_and_equal(tmp_path):
    entry = save_form(build_form(), {"seconds": 1}, tmp_path)
    assert entry["max_difference"] < 1e-4
    assert (tmp_path / "form.tflite").stat().st_size < 100_000
    assert json.loads((tmp_path / manifest.LISTING).read_text())["form"] == entry
    shown = np.zeros((1, forms.SIDE, forms.SIDE, 2), np.float32)
    assert forms.load_form(tmp_path)(shown).shape == (1, 1)
    (tmp_path / "form.tflite").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="form network"):
        forms.load_form(tmp_path)
