"""A writer is learnt in seconds, old digits are kept, and the saved network reads."""

import subprocess
import sys

import numpy as np
import pytest

from digitlib.classset import samples
from digitlib.classset.synthetic import synthesise
from digitlib.errors import ModelError
from digitlib.evaluation.metrics import accuracy
from digitlib.plots.writers import show_change
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import to_glyphs
from digitlib.training import data, finetune
from digitlib.training.recipe import probabilities

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)


@pytest.fixture(scope="module")
def writer():
    """Thirty digits of a writer whom mlp reads badly, and thirty more of them."""
    images, labels, _ = samples.to_images(synthesise(2, 60, seed=0)[60:])
    return (images[:30], labels[:30]), (images[30:], labels[30:])


@pytest.fixture(scope="module")
def sample():
    return data.split_validation(*data.load_sample()[0], size=300)


@pytest.fixture(scope="module")
def mlp():
    return finetune.load_trained("mlp")


@pytest.fixture(scope="module")
def tuned(mlp, writer, sample):
    """The network fine-tuned to that writer, and the accuracies recorded."""
    training, test = writer
    watch = {"writer": test, "sample": sample[1]}
    return finetune.fine_tune(mlp, *training, old=sample[0], watch=watch)


@pytest.mark.slow
def test_writer_is_learnt_and_old_digits_are_kept(tuned, mlp, writer, sample):
    network, accuracies = tuned
    groups = {"writer": writer[1], "sample": sample[1]}
    for name, (images, labels) in groups.items():
        expected = [
            accuracy(labels, probabilities(each, images)) for each in (mlp, network)
        ]
        assert [accuracies[name][0], accuracies[name][-1]] == expected
        assert len(accuracies[name]) == finetune.EPOCHS + 1
    assert accuracies["writer"][-1] > accuracies["writer"][0] + 0.2
    assert accuracies["sample"][-1] > accuracies["sample"][0] - 0.02


@pytest.mark.slow
def test_new_digits_alone_cause_forgetting(tuned, mlp, writer, sample):
    _, alone = finetune.fine_tune(mlp, *writer[0], old=None, watch={"s": sample[1]})
    assert alone["s"][-1] < tuned[1]["sample"][-1] - 0.05


@pytest.mark.slow
def test_given_network_is_unchanged_and_the_seed_fixes_the_result(mlp, writer):
    before = [weights.copy() for weights in mlp.get_weights()]
    first, again, other = (
        finetune.fine_tune(mlp, *writer[0], old=None, epochs=1, seed=seed)[0]
        for seed in (0, 0, 1)
    )
    for a, b, c, d in zip(
        *(each.get_weights() for each in (mlp, first, again, other)), strict=True
    ):
        assert np.array_equal(b, c)
        assert not np.array_equal(b, d)
        assert np.array_equal(a, before.pop(0))


@pytest.mark.slow
def test_network_that_rejects_rehearses_negatives(writer, sample):
    cnn = finetune.load_trained("cnn")
    images, labels = finetune._mix(cnn, *writer[0], sample[0], seed=0)
    assert len(images) == len(labels) == finetune.GLYPHS_PER_EPOCH
    new = round(finetune.NEW_SHARE * finetune.GLYPHS_PER_EPOCH)
    assert set(labels[:new]) == set(range(10))
    assert 10 in labels[new:]


def test_no_new_digits_give_a_message(mlp, sample):
    nothing = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)
    with pytest.raises(ModelError, match="no digit to learn from"):
        finetune.fine_tune(mlp, *nothing, old=sample[0])


def test_more_new_digits_than_an_epoch_has_are_all_used(mlp):
    n = finetune.GLYPHS_PER_EPOCH + 10
    images, labels = np.zeros((n, 28, 28), np.uint8), np.arange(n)
    assert set(finetune._mix(mlp, images, labels, None, 0)[1]) == set(labels)


@pytest.fixture(scope="module")
def saved(tuned, sample, tmp_path_factory):
    """A folder with a fine-tuned network beside a shipped one."""
    folder = tmp_path_factory.mktemp("models")
    entry = finetune.save_as("class", tuned[0], *sample[1], folder)
    return folder, entry


@pytest.mark.slow
def test_saved_network_reads_and_rejects_by_its_own_threshold(saved, tuned, sample):
    folder, entry = saved
    assert entry == manifest.read(folder)["class"]
    assert entry["fine_tuned_from"] == "mlp"
    images, labels = sample[1]
    expected = probabilities(tuned[0], images)
    for suffix in manifest.SUFFIXES:
        model = load_model(folder / f"class{suffix}")
        predictions = model.probabilities(to_glyphs(images))
        assert np.array_equal(predictions.argmax(axis=1), expected.argmax(axis=1))
        assert model.threshold == entry["threshold"]
    share = (predictions.max(axis=1) < entry["threshold"]).mean()
    assert share <= 0.01
    assert accuracy(labels, predictions) == pytest.approx(
        entry["validation_accuracy"], abs=1e-4
    )
    # The saved network is calibrated: its logits were divided by the temperature.
    scaled = expected ** (1 / entry["temperature"])
    scaled /= scaled.sum(axis=1, keepdims=True)
    assert np.allclose(predictions, scaled, atol=1e-3)


@pytest.mark.slow
def test_own_keras_file_is_read_without_keras(saved):
    code = (
        "import sys; from digitlib.reading import load_model;"
        f"model = load_model({str(saved[0] / 'class.keras')!r});"
        "assert model.name == 'class';"
        "heavy = {'tensorflow', 'keras', 'torch'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_name_of_a_shipped_network_is_refused(tuned, sample, tmp_path):
    for name in manifest.SHIPPED:
        with pytest.raises(ModelError, match="shipped network"):
            finetune.save_as(name, tuned[0], *sample[1], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_fine_tuned_network_can_be_fine_tuned_again(tuned, writer):
    again, _ = finetune.fine_tune(tuned[0], *writer[0], old=None, epochs=1)
    assert again.name == "mlp"


def test_missing_network_gives_a_message(monkeypatch, tmp_path):
    monkeypatch.setattr(manifest, "MODELS", tmp_path)
    with pytest.raises(ModelError, match="no network at"):
        finetune.load_trained("mlp")


def test_figure_of_change_has_a_row_for_each_group():
    before, after = {"a": 0.5, "b": 0.9, "c": 0.7}, {"a": 0.8, "b": 0.6, "c": 0.7}
    fig = show_change(before, after, "title", "read right")
    (ax,) = fig.axes
    first, second = ax.lines
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "c", "a"]
    assert list(first.get_xdata()) == [0.9, 0.7, 0.5]
    assert list(second.get_xdata()) == [0.6, 0.7, 0.8]
