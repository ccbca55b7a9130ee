"""Gathering digits from photographs, lines and a class, and splitting them."""

import numpy as np
import pytest

from digitlib.classset import samples, writers
from digitlib.classset.synthetic import synthesise
from digitlib.classset.writers import ME
from digitlib.errors import DigitError
from digitlib.reading import ink
from tests.conftest import ONE, SEVEN


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITLIB_DIGITS", str(tmp_path))
    monkeypatch.setattr(writers, "SYNTHETIC", (2, 10))
    return tmp_path


def write_lines(path, digits):
    path.write_text("".join(samples.to_line(each) + "\n" for each in digits))


def test_without_digits_a_synthetic_class_is_announced(folder, capsys):
    digits = writers.gather(folder / "not there")
    assert set(digits.writers) == {"made up 01", "made up 02"}
    assert "made up" in capsys.readouterr().out


def test_my_digits_and_photographs_are_mine(folder, capsys, one):
    seven = samples.Sample(tuple(map(tuple, SEVEN)), 7, ME, "pad")
    write_lines(folder / "pad.jsonl", [seven])
    one.save(folder / "1_first.PNG")
    (folder / "notes.txt").write_text("not a digit")
    digits = writers.gather()
    mine = digits.writers == ME
    assert list(digits.labels[mine]) == [7, 1]
    assert list(digits.styles[mine]) == ["pad", "photo"]
    assert digits.labels.dtype == digits.images.dtype == np.uint8
    expected, _, _ = samples.to_images([samples.Sample(tuple(map(tuple, ONE)), 1, ME)])
    assert np.array_equal(digits.images[-1:], expected)
    assert (~mine).sum() == 20  # the synthetic writers
    assert "You wrote 2 digits, 1 of them photographed." in capsys.readouterr().out


def test_class_set_replaces_the_synthetic_one(folder):
    write_lines(folder / "class.jsonl", synthesise(3, 2, seed=5))
    assert len(writers.gather().labels) == 6


def test_largest_ink_of_a_photograph_is_its_digit(folder):
    small = [(250, 20), (252, 45)]
    ink.draw([*SEVEN, small]).save(folder / "7.png")
    mine = writers.gather().images[-1]
    ink.draw(SEVEN).save(folder / "7.png")
    assert np.array_equal(mine, writers.gather().images[-1])


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_damaged_photograph_is_named(folder, content):
    (folder / "7_1.jpg").write_bytes(content)
    with pytest.raises(DigitError, match=r"^7_1\.jpg: "):
        writers.gather()


def test_blank_photograph_is_named(folder):
    ink.draw([]).save(folder / "7.png")
    with pytest.raises(DigitError, match=r"7\.png: no ink"):
        writers.gather()


def test_folder_is_the_projects_unless_another_is_named(folder, monkeypatch):
    assert writers.my_folder() == folder
    monkeypatch.delenv("DIGITLIB_DIGITS")
    assert writers.my_folder() == writers.MY_DIGITS


@pytest.mark.parametrize(("n", "most"), [(60, 30), (100, 30), (11, 5), (1, 0)])
def test_digits_are_split_evenly_and_none_is_in_both(n, most):
    labels = np.sort(np.arange(n) % 10)  # all zeros first, as photographs come
    train, test = writers.split(labels, 30)
    assert len(train) == most
    assert sorted([*train, *test]) == [*range(n)]
    counts = np.bincount(labels[train], minlength=10)
    assert np.ptp(counts) <= 1
