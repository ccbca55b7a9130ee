"""People's writing is measured rightly: a few made-up people, and a fake network."""

import numpy as np
import pytest

from digitlib.errors import DataError
from digitlib.evaluation import lines, people
from digitlib.evaluation.metrics import confidence_interval
from digitlib.reading.predict import Model
from digitlib.reading.preprocess import find_digits, to_pixels
from digitlib.training import mixture
from digitlib.training.people import STUDENTS, Pens, Scans
from digitlib.training.unipen import Item, pack


@pytest.fixture
def model():
    """A fake network that reads wide ink as a 7, and rejects all else as a 1."""
    seven, one = np.eye(10, dtype=np.float32)[[7, 1]] * [[0.9], [0.4]]

    def predict(glyphs):
        is_wide = glyphs[:, :, [7, 8, 19, 20]].max(axis=(1, 2, 3)) > 0.5
        return np.where(is_wide[:, None], seven, one)

    return Model("wide", predict)


@pytest.fixture
def images(seven, one):
    """A wide digit and a narrow one, as arrays."""
    return np.stack([to_pixels(find_digits(each)[0].glyph) for each in (seven, one)])


def test_scans_are_read_whole_and_divided_by_what_is_known_of_their_writers(
    model, seven, one, monkeypatch
):
    pair = seven.resize((560, 280))
    pair.paste(seven, (0, 0))
    pair.paste(seven, (280, 0))
    scans = Scans(
        [*[seven] * 10, one, one, *[seven] * 10, pair],
        np.array([7] * 10 + [1] * 2 + [7] * 5 + [2] * 5 + [7], np.uint8),
        np.repeat(["0001_CH4M", "0003_US2F", "0005_XXXX"], [12, 10, 1]),
    )
    monkeypatch.setattr(mixture, "validation_scans", lambda: scans)
    measured = people.measure_swiss(model)
    assert (measured["n"], measured["accuracy"]) == (23, pytest.approx(15 / 23))
    assert measured["interval_95"] == confidence_interval(15, 23)
    assert measured["most_probable"] == pytest.approx(17 / 23)
    assert measured["rejected"] == pytest.approx(2 / 23)
    assert measured["several"] == pytest.approx(1 / 23)
    divided = {"by_country": "CH US", "by_age": "40s 20s", "by_sex": "M F"}
    for key, names in divided.items():
        first, second = names.split()
        assert measured[key][first]["accuracy"] == pytest.approx(10 / 12)
        assert measured[key][second] == {
            "n": 10,
            "accuracy": 0.5,
            "interval_95": confidence_interval(5, 10),
        }
        assert measured[key]["unknown"]["n"] == 1
    assert measured["by_writer"] == {
        "writers": 2,
        "median": pytest.approx((10 / 12 + 0.5) / 2),
        "worst": measured["by_country"]["US"],
    }


def test_pen_digits_are_drawn_with_each_pen_and_divided_by_person(
    model, seven_strokes, monkeypatch
):
    strokes = [np.array(stroke, np.float32) / 9 for stroke in seven_strokes]
    writers = ["apa/Ann"] * 6 + ["apb/Ann"] * 6 + ["sta/Bo"] * 9
    pens = Pens(**pack([Item("7", writer, strokes) for writer in writers]))
    monkeypatch.setattr(mixture, "validation_pens", lambda: pens)
    measured = people.measure_pens(model)
    assert list(measured) == ["usual", "thin", "thick"]
    for each in measured.values():
        assert (each["n"], each["accuracy"], each["several"]) == (21, 1, 0)
        assert each["by_writer"]["writers"] == 1  # Ann, of both collections
        assert each["by_writer"]["worst"]["n"] == 12


def test_test_digits_are_divided_by_source_and_writer(monkeypatch):
    writers = np.repeat([1, 2, 3, 4], [10, 10, 10, 9])
    series = np.where(writers >= 3, STUDENTS, 0)
    monkeypatch.setattr(people, "load_writers", lambda: (None, (writers, series)))
    right = np.ones(39, bool)
    right[[0, 1, 2, 10, -1]] = False
    measured = people.measure_mnist(right)
    assert measured["clerks"]["accuracy"] == pytest.approx(0.8)
    assert measured["clerks"]["by_writer"] == {
        "writers": 2,
        "median": pytest.approx(0.8),
        "worst": {
            "n": 10,
            "accuracy": pytest.approx(0.7),
            "interval_95": confidence_interval(7, 10),
        },
    }
    assert measured["students"]["n"] == 19
    assert measured["students"]["by_writer"]["writers"] == 1  # the other wrote nine
    assert measured["students"]["by_writer"]["median"] == 1
    assert measured["all"]["by_writer"]["writers"] == 3


def test_no_writer_is_the_worst_of_writers_of_a_few_digits():
    nine = np.ones(9, bool)
    assert people._measure_writers(nine, np.full(9, "Ann")) == {"writers": 0}


def test_what_is_no_digit_is_counted_as_arrays_and_as_pictures(
    model, images, monkeypatch
):
    sets = {"letters": images[[0, 1, 1, 1]], "signs": images[[0, 0]]}
    monkeypatch.setattr(mixture, "validation_negatives", lambda: sets)
    monkeypatch.setattr(people, "PICTURES", 3)
    measured = people.measure_not_digits(model)
    assert measured["letters"]["as_arrays"] == {
        "n": 4,
        "rejected": 0.75,
        "interval_95": confidence_interval(3, 4),
    }
    assert measured["letters"]["as_pictures"]["n"] == 3
    assert measured["letters"]["as_pictures"]["rejected"] >= 2 / 3
    assert measured["signs"]["as_pictures"]["n"] == 2
    assert measured["signs"]["as_pictures"]["rejected"] == 0


def test_sets_that_cannot_be_had_are_named_and_the_others_are_measured(
    model, images, monkeypatch
):
    def fail():
        raise DataError("They could not be downloaded: connect to the internet.")

    for name in ("validation_scans", "validation_pens"):
        monkeypatch.setattr(mixture, name, fail)
    monkeypatch.setattr(people, "load_writers", fail)
    monkeypatch.setattr(lines, "load", fail)
    monkeypatch.setattr(mixture, "validation_negatives", lambda: {"signs": images})
    measured = people.measure(model, np.ones(10_000, bool))
    assert list(measured) == ["not_digits", "missing"]
    assert measured["missing"] == (
        "not measured: swiss, pens, mnist, lines."
        " They could not be downloaded: connect to the internet."
    )
