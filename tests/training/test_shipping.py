"""A network is trained, tested once and saved; seeds are compared; teachers teach."""

import json

import numpy as np
import pytest

from digitlib.errors import DigitError
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import to_glyphs
from digitlib.training import data, mixture, recipe, shipping
from digitlib.training.augmentation import augment
from digitlib.training.backend import keras
from tests.together import hold_lock

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)


@pytest.fixture(scope="module")
def sample():
    return data.load_sample()


@pytest.mark.slow
def test_train_and_save_saves_the_network_it_measured(tmp_path, sample, monkeypatch):
    monkeypatch.setattr(data, "load_mnist", lambda: sample)
    monkeypatch.setattr(shipping, "CHECKPOINTS", tmp_path / "checkpoints")
    entry = shipping.train_and_save("mlp", epochs=3, seed=4, folder=tmp_path)
    assert (
        entry["command"] == "python -m digitlib train --network mlp --epochs 3 --seed 4"
    )
    _, (x_test, y_test) = sample
    read = load_model(tmp_path / "mlp.tflite").probabilities(to_glyphs(x_test))
    accuracy = (read.argmax(axis=1) == y_test).mean()
    assert entry["test_accuracy"] == pytest.approx(accuracy, abs=1e-3)
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_the_same_training_in_two_processes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(shipping, "CHECKPOINTS", tmp_path)
    with hold_lock(tmp_path / "mlp-0", tmp_path / "left"):
        with pytest.raises(DigitError, match="already training mlp from seed 0: "):
            shipping.train_and_save("mlp", epochs=1, folder=tmp_path)
        with pytest.raises(DigitError, match="already training mlp from seed 0: "):
            shipping.compare_seeds("mlp", 1, tmp_path)
        with shipping.only_run("mlp", 1):  # from another seed
            pass


@pytest.mark.slow
def test_each_seed_is_trained_only_once(tmp_path, sample, monkeypatch):
    monkeypatch.setattr(data, "load_mnist", lambda: sample)
    monkeypatch.setattr(shipping, "CHECKPOINTS", tmp_path / "checkpoints")
    short = recipe.Recipe(epochs=2, augmentations=(augment,))
    monkeypatch.setitem(recipe.RECIPES, "mlp", short)
    path = shipping.compare_seeds("mlp", 1, tmp_path)
    first = json.loads(path.read_text())["mlp"]
    assert set(first) == {"0"}
    monkeypatch.setitem(
        recipe.RECIPES, "mlp", recipe.Recipe(epochs=1, augmentations=(augment,))
    )
    shipping.compare_seeds("mlp", 2, tmp_path)
    both = json.loads(path.read_text())["mlp"]
    assert both["0"] == first["0"]
    assert set(both["1"]) == set(shipping.SEED_KEYS)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoints", "seeds.json"]


@pytest.mark.slow
def test_shipped_files_have_the_listed_accuracies(mnist):
    """Every test accuracy of the manifest is measured again on all 10,000 digits."""
    _, (x_test, y_test) = mnist
    for name in manifest.SHIPPED:
        entry = manifest.read()[name]
        read = load_model(name).probabilities(to_glyphs(x_test)).argmax(axis=1)
        assert (read == y_test).mean() == pytest.approx(
            entry["test_accuracy"], abs=2e-4
        )


@pytest.mark.slow
def test_other_people_and_a_teacher_are_used_where_the_recipe_says(
    tmp_path, sample, monkeypatch
):
    (x, y), _ = sample
    calls = []

    def train(network, images, labels, **options):
        calls.append(options)
        return recipe.NETWORKS[network](), {"loss": [1.0]}

    recipes = {
        "cnn": recipe.Recipe(3, (augment,), people=True, teacher_epochs=2),
    }
    monkeypatch.setattr(recipe, "RECIPES", recipes)
    monkeypatch.setattr(shipping, "RECIPES", recipes)
    monkeypatch.setattr(shipping, "train", train)
    monkeypatch.setattr(shipping, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(data, "load_mnist", lambda: sample)
    monkeypatch.setattr(mixture, "make_parts", lambda images, random: ["people"])
    monkeypatch.setattr(
        mixture,
        "validation_digits",
        lambda: dict.fromkeys(("mnist", "swiss", "pens"), (x[:20], y[:20])),
    )
    for folder in ("cnn-teacher-2-0", "cnn-3-0"):
        (tmp_path / "checkpoints" / folder).mkdir(parents=True)
    entry = shipping.train_and_save("cnn", folder=tmp_path)
    teacher, student = calls
    assert (teacher["epochs"], student["epochs"]) == (2, 3)
    assert teacher["extra"] == student["extra"] == ["people"]
    assert "teacher" not in teacher
    assert isinstance(student["teacher"], keras.Model)
    assert set(entry["validation"]) == {"mnist", "swiss", "pens"}
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_weights_are_averaged_with_those_of_the_teacher():
    first, second = (recipe.NETWORKS["mlp"]() for _ in range(2))
    before = [each.copy() for each in first.get_weights()]
    shipping._average(first, second)
    for mean, a, b in zip(
        first.get_weights(), before, second.get_weights(), strict=True
    ):
        assert np.allclose(mean, (a + b) / 2)


def test_teacher_that_is_done_is_not_trained_again(tmp_path, monkeypatch):
    folder = tmp_path / "mlp-teacher-36-0"
    folder.mkdir()
    done = recipe.NETWORKS["mlp"]()
    done.save(folder / "teacher.keras")
    taught = recipe.Recipe(40, (augment,), teacher_epochs=36)
    monkeypatch.setattr(shipping, "CHECKPOINTS", tmp_path)
    monkeypatch.setitem(recipe.RECIPES, "mlp", taught)
    teacher = shipping._train_teacher("mlp", None, 0)
    assert all(map(np.array_equal, teacher.get_weights(), done.get_weights()))
