"""Parts are left out of the recipe, and what is left is trained and measured."""

import json

import numpy as np
import pytest

from benchmarks import ablations
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.training import augmentation, data, mixture, recipe
from digitlib.training.mixture import Part

# Keras' own, as in the tests of the training.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)
N = 60


@pytest.fixture
def parts():
    """As many as the recipe has, of which half of "made" and all "letters" are none."""
    images = np.random.default_rng(0).integers(0, 255, (N, 28, 28), np.uint8)
    made = np.where(np.arange(N) % 2, 3, NOT_A_DIGIT).astype(np.uint8)
    nothing = np.full(N, NOT_A_DIGIT, np.uint8)
    threes = np.full(N, 3, np.uint8)
    return {
        name: Part(images, {"made": made, "letters": nothing}.get(name, threes), shown)
        for name, shown in mixture.SHOWN.items()
    }


@pytest.fixture
def material(parts):
    (images, labels), _ = data.load_sample()
    digits = images[:200], labels[:200]
    return ablations.Material(
        digits,
        parts,
        dict.fromkeys(("mnist", "swiss", "pens"), digits),
        {"letters": parts["letters"].images},
    )


def test_a_part_is_left_out(parts):
    assert [*ablations.without("pens", "made")(parts)] == [
        "swiss",
        "letters",
        "scripts",
    ]


def test_only_digits_are_left(parts):
    left = ablations.digits_only(parts)
    assert {name: len(part.labels) for name, part in left.items()} == {
        "swiss": N, "pens": N, "made": N // 2, "letters": 0, "scripts": N
    }  # fmt: skip


def test_the_recipe_changes_only_meanwhile():
    before = recipe.RECIPES["cnn"]
    with ablations.augmented_by(augmentation.augment):
        assert recipe.RECIPES["cnn"].augmentations == (augmentation.augment,)
        assert recipe.RECIPES["cnn"].peak == before.peak
    assert recipe.RECIPES["cnn"] is before


@pytest.mark.slow
def test_variants_are_trained_and_measured_once(
    material, tmp_path, monkeypatch, capsys
):
    trained_on = []
    train = recipe.train

    def watch(*arguments, extra, **options):
        trained_on.append(len(extra))
        return train(*arguments, extra=extra, **options)

    monkeypatch.setattr(ablations, "gather", lambda share: material)
    monkeypatch.setattr(recipe, "train", watch)
    file = tmp_path / "figures.json"
    file.write_text('{"the recipe": {}}')
    names = ["the recipe", "no pens", "as shipped"]
    ablations.main([str(file), "--epochs", "1", "--only", *names])
    assert trained_on == [4]
    figures = json.loads(file.read_text())
    assert [*figures] == sorted(names)
    assert figures["as shipped"]["mnist"] > 0.9
    assert figures["no pens"].keys() == {
        "mnist", "swiss", "pens", "corruptions", "rejected letters"
    }  # fmt: skip
    assert "no pens {" in capsys.readouterr().out
