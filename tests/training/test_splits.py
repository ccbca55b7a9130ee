"""Nobody's hand is in two parts, and the parts are the same on every machine."""

import numpy as np

from digitlib.training import data, people
from digitlib.training.splits import (
    find_person,
    split_by_writer,
    split_mnist,
    split_pens,
)
from digitlib.training.unipen import Item, pack
from tests.training.source import need_real_sets

WRITERS = np.random.default_rng(0).integers(0, 60, 6000)


def write(names):
    """Make a set of pen strokes with one item of each name."""
    stroke = np.array([[0, 0], [1, 1]], np.float32)
    return people.Pens(**pack([Item("1", name, [stroke]) for name in names]))


def test_nobody_is_in_two_parts():
    training, validation = split_by_writer(WRITERS, 900)
    assert not set(WRITERS[training]) & set(WRITERS[validation])
    assert sorted([*training, *validation]) == list(range(6000))
    assert abs(len(validation) - 900) < 100


def test_a_sixth_at_most_is_set_aside():
    _, validation = split_by_writer(WRITERS)
    assert abs(len(validation) - 1000) < 100


def test_writers_are_the_same_on_every_machine():
    names = np.array([f"writer {i}" for i in range(12)])
    _, validation = split_by_writer(names)
    assert names[validation].tolist() == ["writer 3", "writer 6"]


def test_kinds_of_writers_have_their_shares():
    is_student = WRITERS < 10  # a sixth of all, and half of what is set aside
    _, validation = split_by_writer(WRITERS, 600, is_student, {True: 0.5, False: 0.5})
    assert abs(len(validation) - 600) < 100
    assert abs(np.mean(is_student[validation]) - 0.5) < 0.1


def test_mnist_is_set_aside_half_and_half():
    writers = np.repeat(np.arange(540), 111)
    series = np.where(writers < 250, 4, 0)
    training, validation = split_mnist(writers, series)
    assert abs(len(validation) - 5000) < 111
    assert abs(np.mean(series[validation] == 4) - 0.5) < 0.02
    assert not set(writers[training]) & set(writers[validation])


def test_pens_of_one_person_are_in_one_part():
    names = [f"apb/Name_{i}" for i in range(60)] * 5
    pens = {
        "digits": write(names),
        "strings": write([name.replace("apb", "apd") for name in names]),
        "signs": write([*names, *(f"ced/{i}" for i in range(60))]),
    }
    training, validation = split_pens(pens)
    people_in = [
        {find_person(name) for each in part.values() for name in each.writers}
        for part in (training, validation)
    ]
    assert not people_in[0] & people_in[1]
    for name, each in pens.items():
        assert len(training[name]) + len(validation[name]) == len(each)
        assert 0.1 < len(validation[name]) / len(each) < 0.25


def test_person_is_known_under_two_numbers():
    assert find_person("apb/Ann_Other") == find_person("ape/Ann_Other")
    assert find_person("scr/d1_ww000144") == find_person("scr/d2_ww000144")
    assert find_person("ced/AAAA9018") != find_person("syn/AAAA9018")


def test_real_splits():
    """The real sets fall into the parts that the data card tells."""
    need_real_sets()
    (writers, series), _ = people.load_writers()
    scans, pens = people.load_swiss(), people.load_pens()
    _, validation = split_mnist(writers, series)
    assert len(validation) == 5_056
    assert np.array_equal(validation, np.load(data.MNIST_VALIDATION))
    assert len(np.unique(writers[validation])) == 22 + 25
    assert len(split_by_writer(scans.writers)[1]) == 1_200
    assert {name: len(each) for name, each in split_pens(pens)[1].items()} == {
        "digits": 698, "strings": 66, "capitals": 2_403,
        "small_letters": 6_040, "signs": 1_341,
    }  # fmt: skip
