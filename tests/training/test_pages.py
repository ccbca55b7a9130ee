"""Pages are made from a seed, of every kind, and what each pixel is is known."""

import numpy as np
import pytest

from digitlib.reading.page_cleaner import OTHER, RULING
from digitlib.training import hands, pages
from digitlib.training.pages import UNKNOWN, WRITING

SIDE = 256


@pytest.fixture(scope="module")
def material():
    """Make-believe writers and print, which need no data."""
    random = np.random.default_rng(0)
    made = {"made": hands.make_hands(random)[:6], "printed": hands.print_hands()[:3]}
    return hands.make_material(made, random)


def make(material, seed):
    return pages.make_page(material, np.random.default_rng(seed), (SIDE, SIDE))


@pytest.mark.parametrize("kind", pages.KINDS)
def test_each_kind_has_what_it_says(material, kind, monkeypatch):
    monkeypatch.setattr(pages, "SHARES", {kind: 1.0})
    made = [make(material, seed) for seed in range(12)]
    for page in made:
        assert page.strength.shape == page.truth.shape == (SIDE, SIDE)
        assert page.strength.dtype == np.float32
        assert 0 <= page.strength.min() <= page.strength.max() < 1
        assert (page.truth[page.strength == 0] == UNKNOWN).all()
    found = {kind for page in made for kind in np.unique(page.truth)}
    assert WRITING in found
    assert (RULING in found) == (kind not in ("alone", "filling", "rows", "sum_up"))


def test_a_seed_fixes_a_page(material):
    first, same, other = (make(material, seed) for seed in (7, 7, 8))
    assert np.array_equal(first.strength, same.strength)
    assert np.array_equal(first.truth, same.truth)
    assert not np.array_equal(first.strength, other.strength)


def test_things_at_the_edges_are_neither_writing_nor_ruling(material):
    found = [make(material, seed).truth for seed in range(40)]
    assert any((truth == OTHER).any() for truth in found)


def test_writing_across_a_line_is_writing():
    sheet = pages.Sheet(*np.zeros((3, 64, 64), np.uint8))
    sheet.writing[10:50, 30:36] = 255
    sheet.ruling[30:33] = 255
    page = pages._expose(sheet, np.random.default_rng(0))
    assert (page.truth[31, 31:35] == WRITING).all()
    assert RULING in page.truth[31, :20]
