"""Lines are made from a seed, on every paper, with a text that can be read."""

import numpy as np
import pytest

from digitlib.reading.ctc import ALPHABET
from digitlib.reading.strips import HEIGHT, STEP
from digitlib.training import hands, line_texts, lines
from digitlib.training.line_papers import PAPERS
from digitlib.training.people import Pens
from digitlib.training.unipen import Item, pack


@pytest.fixture(scope="module")
def material():
    """Make-believe writers and print, which need no data."""
    random = np.random.default_rng(0)
    made = {"made": hands.make_hands(random)[:6], "printed": hands.print_hands()[:3]}
    return hands.make_material(made, random)


@pytest.mark.parametrize("paper", PAPERS)
def test_digits_stand_out_on_every_paper(material, paper):
    for seed in range(8):
        random = np.random.default_rng(seed)
        line = lines.make_line(material, random, paper, "4711")
        assert len(line.text) == 4
        assert line.strip.dtype == np.float32
        assert line.strip.shape[0] == HEIGHT
        assert 0 <= line.strip.min() <= line.strip.max() <= 1
        assert line.strip.max() > 0.5


def test_a_seed_fixes_a_line(material):
    first, same, other = (
        lines.make_line(material, np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    assert first.text == same.text
    assert np.array_equal(first.strip, same.strip)
    assert first.strip.shape != other.strip.shape or first.text != other.text


def test_width_has_room_for_the_text_and_is_limited(material):
    for seed in range(150):
        line = lines.make_line(material, np.random.default_rng(seed))
        assert set(line.text) <= set(ALPHABET)
        assert len(line.text) <= 24
        repeats = sum(a == b for a, b in zip(line.text, line.text[1:], strict=False))
        assert line.strip.shape[1] <= lines.LONGEST
        assert line.strip.shape[1] // STEP >= len(line.text) + repeats


def test_signs_keep_their_label_and_letters_are_others(material):
    texts = [
        lines.make_line(material, np.random.default_rng(seed), "plain", "3.1 €a").text
        for seed in range(20)
    ]
    assert max(set(texts), key=texts.count) == "3.1??"


def test_nothing_written_has_no_text(material):
    line = lines.make_line(material, np.random.default_rng(0), "boxes", "")
    assert line.text == ""


@pytest.mark.parametrize("kind", line_texts.KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_text_consists_of_signs_that_there_are(material, kind):
    random = np.random.default_rng(0)
    for longest in (3, 6, 12) * 10:
        text = kind(random, longest)
        letters = hands.LETTERS + "".join(hands.LETTERS_LIKE_DIGITS)
        known = {
            *ALPHABET,
            *letters,
            *hands.CURRENCIES,
            *hands.OTHER_SIGNS,
            *hands.MADE_SIGNS,
            " ",
        }
        assert set(text) <= known


def test_a_hand_has_what_one_person_wrote():
    stroke = np.array([[0, 0], [3, 40], [5, 80]], np.float32)
    items = {
        "digits": [Item("1", "aga/Ann", [stroke]), Item("1", "aga/Bob", [stroke])],
        "strings": [Item("11", "aga/Ann", [stroke, stroke + 30])],
        "signs": [Item("\\@", "aga/Ann", [stroke])],  # which is a joining stroke
    }
    grouped = hands.group_pens({k: Pens(**pack(v)) for k, v in items.items()})
    ann, bob = grouped
    assert (ann.name, bob.name) == ("aga/Ann", "aga/Bob")
    assert set(ann.signs) == {"1"}
    assert [text for text, _ in ann.numbers] == ["11"]
    assert not bob.numbers
    (fitted,) = ann.signs["1"][0]
    assert np.allclose(fitted.min(axis=0), 0)
    assert fitted.max() == 1


def test_scanned_digits_are_grouped_without_their_margin():
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 4:24, 10:15] = 255
    grouped = hands.group(images, np.array([1, 7, 1]), np.array(["a", "b", "a"]))
    assert [hand.name for hand in grouped] == ["a", "b"]
    assert [sample.shape for sample in grouped[0].signs["1"]] == [(20, 5)] * 2


def test_odd_styles_are_drawn_as_their_digit(material):
    assert set(material.odd) == set(hands.ODD_STYLES)
    for name, samples in material.odd.items():
        assert name[0] in hands.DIGITS
        assert all(stroke.max() <= 1 for strokes in samples for stroke in strokes)
