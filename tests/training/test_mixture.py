"""What the networks learn from other people, and whom they are validated on."""

import numpy as np
import pytest

from digitlib.errors import DataError
from digitlib.reading import ink
from digitlib.reading.predict import NOT_A_DIGIT
from digitlib.training import data, mixture
from digitlib.training.people import Pens, Scans
from digitlib.training.unipen import Item, pack

STROKES = [np.array(stroke, np.float32) for stroke in ink.write("2")]


def pens(*items):
    return Pens(**pack([Item(label, writer, STROKES) for label, writer in items]))


@pytest.fixture
def people(monkeypatch):
    """A few people in each set: twelve writers, of whom some are for validation."""
    names = [f"apa/{i}" for i in range(12)]
    drawn = ink.draw(ink.write("2"))
    scans = Scans([drawn] * 12, np.full(12, 2, np.uint8), np.array(names))
    sets = {
        "digits": pens(*(("2", name) for name in names)),
        "capitals": pens(*((label, name) for name in names for label in "AOB")),
        "small_letters": pens(*((label, name) for name in names for label in "ho")),
        "signs": pens(*((label, name) for name in names for label in ("+", "\\@"))),
    }
    scripts = pens(
        *(
            (f"{alphabet}/character{number:02}", f"{alphabet}/{drawer:02}")
            for alphabet in ("Greek", mixture.UNSEEN_SCRIPT)
            for number in (1, 15)
            for drawer in range(1, 21)
        )
    )
    monkeypatch.setattr(mixture, "load_swiss", lambda: scans)
    monkeypatch.setattr(mixture, "load_pens", lambda: sets)
    monkeypatch.setattr(mixture, "load_scripts", lambda: scripts)
    monkeypatch.setattr(data, "load_mnist", data.load_sample)
    monkeypatch.setattr(
        mixture,
        "make_extra_samples",
        lambda images, random: (np.zeros((5, 28, 28, 1)), np.arange(5, dtype=np.uint8)),
    )
    return {"digits": 12, "letters": 12 * 3}  # A, h and + of each person


def test_nobody_is_trained_on_and_validated_on(people):
    swiss, digits, made, letters, scripts = mixture.make_parts(
        np.zeros((1, 28, 28), np.uint8), np.random.default_rng(0)
    )
    validation = mixture.validation_digits()
    negatives = mixture.validation_negatives()
    assert list(validation) == ["mnist", "swiss", "pens"]
    assert len(swiss.labels) + len(validation["swiss"][1]) == people["digits"]
    assert (
        len(digits.labels) / mixture.PEN_COPIES + len(validation["pens"][1])
        == people["digits"]
    )
    aside = len(negatives["letters"]) + len(negatives["signs"])
    assert aside > 0
    assert len(letters.labels) + aside == people["letters"]
    assert set(swiss.labels) == set(digits.labels) == {2}
    assert set(letters.labels) == set(scripts.labels) == {NOT_A_DIGIT}
    assert set(made.labels) == set(range(5))


def test_what_is_trained_on_and_what_is_not_are_had_as_written_too(people):
    validation, training = mixture.validation_digits(), mixture.training_digits()
    for name in ("swiss", "pens"):
        of_both = len(validation[name][1]) + len(training[name][1])
        assert of_both == people["digits"]
    assert list(mixture.validation_scans().labels) == list(validation["swiss"][1])
    assert len(mixture.validation_pens()) == len(validation["pens"][1])


def test_lookalikes_are_labelled_neither_and_one_script_is_never_shown(people):
    *_, scripts = mixture.make_parts(
        np.zeros((1, 28, 28), np.uint8), np.random.default_rng(0)
    )
    negatives = mixture.validation_negatives()
    assert len(scripts.labels) == 16  # the Greek alpha; the omikron is left out
    assert len(negatives["scripts"]) == 4
    assert len(negatives["unseen_script"]) == 40


def test_missing_people_are_told(monkeypatch):
    def fail():
        raise DataError("Connect to the internet.")

    monkeypatch.setattr(mixture, "load_swiss", fail)
    with pytest.raises(DataError, match="Connect"):
        mixture.make_parts(np.zeros((1, 28, 28), np.uint8), np.random.default_rng(0))
