"""The recipe learns, is fixed by a seed, resumes after a kill and saves its result."""

import json
import shutil

import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.reading.preprocess import to_glyphs, to_pixels
from digitlib.training import data, export, recipe
from digitlib.training.augmentation import augment
from digitlib.training.backend import fast_precision, keras
from digitlib.training.batches import AugmentedImages
from digitlib.training.mixture import Part
from digitlib.training.negatives import make_extra_samples
from digitlib.training.networks import NETWORKS

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)


@pytest.fixture(scope="module")
def sample():
    return data.load_sample()


class Kill(keras.callbacks.Callback):
    """Ends the training as Ctrl-C would, when a given epoch starts."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def weights(model):
    return np.concatenate([array.ravel() for array in model.get_weights()])


@pytest.mark.parametrize(
    ("name", "most", "outputs"),
    [
        ("mlp", 14_000, 10),
        ("tiny", 10_000, 10),
        ("lenet", 70_000, 10),
        ("cnn", 500_000, 11),
    ],
)
def test_networks_are_small_enough_and_return_probabilities(name, most, outputs):
    network = NETWORKS[name]()
    assert network.name == name
    assert network.count_params() < most
    tensor = network(np.random.default_rng(0).random((2, 28, 28, 1)))
    probabilities = keras.ops.convert_to_numpy(tensor)
    assert probabilities.shape == (2, outputs)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_network_built_in_fast_precision_keeps_exact_weights_and_answers():
    with fast_precision():
        network = NETWORKS["cnn"]()
    assert keras.mixed_precision.dtype_policy().name == "float32"
    assert {weight.dtype for weight in network.weights} <= {"float32", "uint32"}
    tensor = network(np.random.default_rng(0).random((2, 28, 28, 1)))
    assert np.allclose(keras.ops.convert_to_numpy(tensor).sum(axis=1), 1, atol=1e-5)


def test_half_of_what_is_taught_comes_from_the_teacher():
    part = Part(np.zeros((4, 28, 28), np.uint8), np.array([3, 3, 3, 3]))

    def teacher(glyphs):
        return np.tile(np.eye(11, dtype=np.float32)[8], (len(glyphs), 1))

    _, taught = AugmentedImages([part], 0, (), teacher)[0]
    assert taught[:, [3, 8]].tolist() == [[0.5, 0.5]] * 4
    assert taught.sum() == 4


@pytest.mark.slow
def test_student_learns_from_a_teacher(sample):
    """A teacher that takes every 3 for an 8 makes the student unsure of its 3s."""
    (x, y), _ = sample
    wrong = np.where(y == 3, 8, y).astype(np.uint8)
    teacher, _ = recipe.train("lenet", x, wrong, epochs=8)
    student, _ = recipe.train("lenet", x, y, epochs=8, teacher=teacher)
    threes = student.predict(to_glyphs(x[y == 3]), verbose=0).mean(axis=0)
    assert threes[3] > 0.3
    assert threes[8] > 0.3


@pytest.mark.slow
def test_lenet_learns_the_sample(sample):
    (x_train, y_train), (x_test, y_test) = sample
    model, history = recipe.train("lenet", x_train, y_train, epochs=12)
    probabilities = model.predict(to_glyphs(x_test), verbose=0)
    assert (probabilities.argmax(axis=1) == y_test).mean() > 0.9
    assert set(history) >= {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history["val_loss"][-1] < history["val_loss"][0] / 2


@pytest.mark.slow
def test_same_seed_same_weights_other_seed_others(sample):
    (x, y), _ = sample
    first, same, other = (
        weights(recipe.train("mlp", x[:300], y[:300], epochs=2, seed=seed)[0])
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.slow
def test_killed_training_resumes_and_ends_the_same(sample, tmp_path):
    (x, y), _ = sample
    options = {"epochs": 4, "seed": 3}
    whole, _ = recipe.train("lenet", x[:300], y[:300], **options)
    with pytest.raises(KeyboardInterrupt):
        recipe.train(
            "lenet", x[:300], y[:300], **options,
            checkpoints=tmp_path, progress=Kill(epoch=2),
        )  # fmt: skip
    resumed, history = recipe.train(
        "lenet", x[:300], y[:300], **options, checkpoints=tmp_path
    )
    assert len(history["loss"]) == 2
    assert np.allclose(weights(whole), weights(resumed), atol=1e-6)


def test_every_image_is_shown_once_an_epoch_in_a_new_order():
    part = Part(np.zeros((300, 28, 28), np.uint8), np.arange(300))
    batches = AugmentedImages([part], seed=0, augmentations=(augment,))
    orders = []
    for epoch in (0, 1):
        batches.start_epoch(epoch)
        shown = np.concatenate([batches[i][1] for i in range(len(batches))])
        assert sorted(shown) == list(range(300))
        orders.append(shown)
    assert not np.array_equal(*orders)


def test_each_part_is_shown_as_often_as_it_says():
    images = np.zeros((100, 28, 28), np.uint8)
    parts = [
        Part(images, np.full(100, label), shown)
        for label, shown in enumerate((1.0, 2.0, 0.4))
    ]
    batches = AugmentedImages(parts, seed=0, augmentations=())
    drawn = []
    for epoch in (0, 1):
        batches.start_epoch(epoch)
        shown = np.concatenate([batches[i][1] for i in range(len(batches))])
        assert np.bincount(shown).tolist() == [100, 200, 40]
        assert np.bincount(batches.order, minlength=300)[100:200].tolist() == [2] * 100
        drawn.append(set(batches.order[batches.order >= 200]))
    assert drawn[0] != drawn[1]


def test_schedule_rises_then_falls_to_zero():
    schedule = recipe.cosine_schedule(1000)
    rates = np.array([float(schedule(step)) for step in range(0, 1001, 10)])
    assert rates[0] == 0
    assert rates.max() == pytest.approx(recipe.LEARNING_RATE)
    assert rates.argmax() == 10
    assert rates[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
def test_saved_network_is_both_files_and_its_entry(tmp_path, sample):
    (x, _), _ = sample
    glyphs = to_glyphs(x[:50])
    network = NETWORKS["lenet"]()
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(glyphs, np.zeros(50), verbose=0)  # the optimizer has state now
    entry = export.save(network, "lenet", glyphs, {"seed": 5}, tmp_path)
    assert entry == manifest.read(tmp_path)["lenet"]
    assert (entry["seed"], entry["parameters"]) == (5, network.count_params())
    assert entry["max_difference"] < export.MAX_DIFFERENCE
    expected = network.predict(glyphs, verbose=0)
    for suffix in manifest.SUFFIXES:
        loaded = load_model(tmp_path / f"lenet{suffix}")
        assert np.allclose(loaded.probabilities(glyphs), expected, atol=1e-4)
    bytes_of_weights = 4 * network.count_params()
    assert (tmp_path / "lenet.keras").stat().st_size < 1.5 * bytes_of_weights
    assert [path.name for path in tmp_path.glob(".saving-*")] == []


@pytest.fixture
def exported_before(tmp_path):
    """A lenet as an older digitlib saved it: its `.tflite` has no feature maps."""
    staging = tmp_path / "staging"
    staging.mkdir()
    shutil.copy(manifest.MODELS / "lenet.keras", staging)
    network = keras.models.load_model(staging / "lenet.keras", compile=False)
    network.export(staging / "lenet.tflite", format="litert", verbose=False)
    entry = {"seed": 5, "test_accuracy": 0.9, "threshold": 0.7}
    manifest.publish("lenet", staging, entry, tmp_path)
    staging.rmdir()
    return tmp_path


@pytest.mark.slow
def test_old_file_reads_and_when_exported_again_shows_its_maps(exported_before, sample):
    folder, (_, (x_test, _)) = exported_before, sample
    glyphs, old = to_glyphs(x_test), manifest.read(exported_before)["lenet"]
    before = load_model(folder / "lenet.tflite")
    expected = before.probabilities(glyphs)
    with pytest.raises(ModelError, match=r"digitlib export"):
        before.feature_maps(glyphs[0])
    new = export.export_again("lenet", folder)
    after = load_model(folder / "lenet.tflite")
    assert [maps.shape[2] for maps in after.feature_maps(glyphs[0])] == [16, 32]
    assert np.allclose(after.probabilities(glyphs), expected, atol=1e-6)
    assert new == manifest.read(folder)["lenet"]
    assert new.pop("max_difference") < export.MAX_DIFFERENCE
    assert new.pop("sha256").keys() == old.pop("sha256").keys()
    assert new == old


@pytest.mark.slow
def test_only_what_the_manifest_lists_is_exported_again(exported_before):
    before = manifest.sha256(exported_before / "lenet.tflite")
    (exported_before / "lenet.keras").write_bytes(b"another")
    for name in ("lenet", "cnn"):
        with pytest.raises(ModelError, match=r"There is no .*\.keras as the manifest"):
            export.export_again(name, exported_before)
    assert manifest.sha256(exported_before / "lenet.tflite") == before


def test_unequal_files_are_not_saved(tmp_path, sample, monkeypatch):
    monkeypatch.setattr(export, "MAX_DIFFERENCE", 0)
    with pytest.raises(ModelError, match="not saved"):
        export.save(NETWORKS["mlp"](), "mlp", to_glyphs(sample[0][0][:5]), {}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_cnn_learns_to_reject(sample):
    (x, y), (x_test, _) = sample
    made, kinds = make_extra_samples(x[:300], np.random.default_rng(0))
    extra = [Part(to_pixels(made[::2]), kinds[::2])]  # all kinds, in half of them
    model, _ = recipe.train("cnn", x[:300], y[:300], epochs=1, extra=extra)
    samples, labels = make_extra_samples(x_test, np.random.default_rng(1))
    negatives = samples[labels == NOT_A_DIGIT][:500]
    digits = to_glyphs(x_test)
    rejected, wrongly_rejected = (
        model.predict(glyphs, verbose=0)[:, NOT_A_DIGIT].mean()
        for glyphs in (negatives, digits)
    )
    assert rejected > 1.5 * wrongly_rejected


@pytest.mark.slow
def test_full_disk_keeps_the_old_network(tmp_path, monkeypatch, sample):
    glyphs = to_glyphs(sample[0][0][:5])
    export.save(NETWORKS["mlp"](), "mlp", glyphs, {}, tmp_path)
    before = json.dumps(manifest.read(tmp_path))

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifest.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        export.save(NETWORKS["mlp"](), "mlp", glyphs, {}, tmp_path)
    assert json.dumps(manifest.read(tmp_path)) == before
    load_model(tmp_path / "mlp.tflite")
