"""The line network takes any width, learns, resumes after a kill, and is exported."""

import json
from itertools import chain

import keras
import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import ctc, manifest
from digitlib.reading.line_network import load_line, read_network, read_strips
from digitlib.reading.strips import HEIGHT
from digitlib.training import export, hands, line_training
from digitlib.training.export import save_line
from digitlib.training.line_batches import LONGEST_TEXT, GroupMaker
from digitlib.training.line_training import LineBatches
from digitlib.training.lines import make_line
from digitlib.training.networks import build_line
from tests.training.killed import KeepStates

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)
TINY = {"epochs": 2, "steps": 2, "batch_size": 2, "seed": 3}


@pytest.fixture(scope="module")
def material():
    random = np.random.default_rng(0)
    made = {"made": hands.make_hands(random)[:2], "printed": hands.print_hands()[:1]}
    return hands.make_material(made, random)


@pytest.fixture(scope="module")
def validation(material):
    return {"made": [make_line(material, np.random.default_rng(i)) for i in range(3)]}


def test_network_is_small_and_takes_any_width():
    network = build_line()
    assert network.count_params() < 1_900_000  # in 8 bits, below 2 MB
    for width in (20, 160):
        logits = network(np.zeros((2, HEIGHT, width, 1), np.float32))
        assert tuple(logits.shape) == (2, width // 4, ctc.CLASSES)


def test_batches_depend_on_seed_and_epoch_and_vary_in_width(material):
    groups = GroupMaker(material, batch_size=4)
    batches = LineBatches(groups, seed=1, steps=8)
    first = [batches[i] for i in range(8)]
    assert first[0][0].shape[2] < first[1][0].shape[2]
    assert all(classes.shape == (4, LONGEST_TEXT) for _, classes in first)
    again = LineBatches(groups, seed=1, steps=8)[5]
    assert np.array_equal(again[0], first[5][0])
    batches.start_epoch(1)
    assert not np.array_equal(batches[5][1], first[5][1])


@pytest.mark.slow
def test_processes_make_the_same_batches(material):
    seeds = [(1, 0, group) for group in range(5)]
    alone = list(GroupMaker(material, batch_size=4).make(seeds))
    with GroupMaker(material, batch_size=4, workers=1) as groups:
        ahead = list(groups.make(seeds))
    for a, b in zip(chain(*alone), chain(*ahead), strict=True):
        assert all(map(np.array_equal, a, b))


def test_measure_counts_whole_lines_and_single_errors(validation):
    lines = validation["made"]
    signs = sum(len(line.text) for line in lines)

    def read_nothing(strips):
        return np.zeros((len(strips), strips.shape[2] // 4, ctc.CLASSES))

    empty = sum(not line.text for line in lines)
    assert signs
    assert line_training.measure(read_nothing, lines) == (empty / 3, 1.0)


def test_loss_is_that_of_keras_for_empty_lines_too():
    logits = np.random.default_rng(0).normal(0, 3, (4, 12, ctc.CLASSES))
    classes = np.zeros((4, LONGEST_TEXT), np.int32)
    for row, text in zip(classes, ["4711", "", "33", "?.5"], strict=True):
        row[: len(text)] = ctc.encode(text)
    ours, theirs = (
        keras.ops.convert_to_numpy(loss(classes, logits.astype(np.float32)))
        for loss in (line_training.ctc_loss, keras.losses.ctc)
    )
    assert np.allclose(ours, theirs, rtol=1e-4)


@pytest.mark.slow
def test_killed_training_resumes_and_ends_the_same(material, validation, tmp_path):
    states, kept = tmp_path / "states", tmp_path / "kept"
    whole, history = line_training.train_line(
        material,
        validation,
        **TINY,
        checkpoints=states,
        progress=KeepStates(states, kept),
    )
    assert set(history) == {"loss", "val_exact_made", "val_error_made"}
    resumed, history = line_training.train_line(
        material, validation, **TINY, checkpoints=kept
    )
    assert len(history["loss"]) == 1
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.allclose(a, b, atol=1e-4)
    log = (kept / line_training.LOG).read_text().splitlines()
    assert log[0].split(",") == ["epoch", "loss", "val_error_made", "val_exact_made"]
    assert len(log) == 3


@pytest.mark.slow
def test_a_network_is_trained_further_from_its_weights(material, validation):
    keras.utils.set_random_seed(3)
    start = build_line()
    further, _ = line_training.train_line(
        material, validation, **TINY | {"seed": 4}, start=start
    )
    changes = [
        float(np.abs(a - b).max())
        for a, b in zip(start.get_weights(), further.get_weights(), strict=True)
    ]
    assert 0 < max(changes[:4]) < 0.1  # new weights differ by far more


@pytest.mark.slow
def test_saved_network_reads_strips_of_any_width(tmp_path, validation):
    keras.utils.set_random_seed(0)
    entry = save_line(build_line(), {"seed": 0}, tmp_path)
    assert entry["max_difference"] < export.MAX_ROUNDING
    assert (tmp_path / "line.tflite").stat().st_size < 2e6
    assert json.loads((tmp_path / manifest.LISTING).read_text())["line"] == entry
    network = load_line(tmp_path)
    read = read_strips(network, [line.strip for line in validation["made"]])
    assert all(set(each.text) <= set(ctc.ALPHABET) for each in read)
    (tmp_path / "line.tflite").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="damaged"):
        load_line(tmp_path)


def test_another_network_is_no_line_network():
    with pytest.raises(ModelError):
        read_network(manifest.MODELS / "lenet.tflite")
