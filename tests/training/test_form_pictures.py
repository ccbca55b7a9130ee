"""Forms and ones are made from a seed, and what each of their pixels is is known."""

import numpy as np
import pytest

from digitlib.training import form_pictures, hands
from digitlib.training.form_pictures import make_picture


@pytest.fixture(scope="module")
def material():
    """Make-believe writers and print, which need no data."""
    random = np.random.default_rng(0)
    made = {"made": hands.make_hands(random)[:6], "printed": hands.print_hands()[:3]}
    return hands.make_material(made, random)


def make(material, seed):
    return make_picture(material, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", form_pictures.KINDS)
def test_each_kind_is_a_picture_of_which_all_is_known(material, kind, monkeypatch):
    monkeypatch.setattr(form_pictures, "SHARES", {kind: 1.0})
    made = [make(material, seed) for seed in range(30)]
    for each in made:
        assert each.grey.dtype == np.uint8
        assert each.grey.shape == each.written.shape == each.printed.shape
        assert min(each.grey.shape) >= form_pictures.SMALLEST
        assert not (each.written & each.printed).any()
    assert any(each.written.any() for each in made)
    assert any(each.printed.any() for each in made)


def test_most_forms_are_empty(material, monkeypatch):
    monkeypatch.setattr(form_pictures, "SHARES", {"form": 1.0})
    empty = [not make(material, seed).written.any() for seed in range(60)]
    assert 0.4 < np.mean(empty) < 0.9


def test_a_seed_fixes_a_picture(material):
    first, same, other = (make(material, seed).grey for seed in (7, 7, 8))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_a_straight_one_is_even_from_top_to_foot():
    random = np.random.default_rng(0)
    for _ in range(20):
        sign = form_pictures._draw_straight(60.0, random)
        widths = (sign > 127).sum(axis=1)
        middle = widths[15:-15]
        assert middle.min() > 0
        assert np.ptp(middle) <= 2
