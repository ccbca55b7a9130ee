"""Whose handwriting lesson 07 uses: one's own, a class's, real people's."""

import numpy as np
import pytest

from digitlib.classset import samples, writers
from digitlib.evaluation import hands
from digitlib.training.archives import SWISS
from digitlib.training.sources import is_here
from tests.conftest import SEVEN

MINE = samples.Sample(tuple(map(tuple, SEVEN)), 7, writers.ME, "pad")
THEIRS = samples.Sample(tuple(map(tuple, SEVEN)), 7, "somebody", "pen")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITLIB_DIGITS", str(tmp_path))
    monkeypatch.setattr(writers, "SYNTHETIC", (2, 10))
    return tmp_path


def write(folder, *digits):
    lines = [samples.to_line(each) + "\n" for each in digits]
    (folder / "pad.jsonl").write_text("".join(lines))


def test_a_class_is_enough(folder):
    write(folder, MINE, THEIRS)
    assert set(hands.gather_hands().writers) == {writers.ME, "somebody"}


def test_where_nobody_is_a_class_is_made_up(folder, monkeypatch, capsys):
    monkeypatch.setattr(hands, "is_here", lambda _: False)
    write(folder, MINE)
    names = set(hands.gather_hands().writers)
    assert names == {writers.ME, "made up 01", "made up 02"}
    assert "digitlib data --people" in capsys.readouterr().out


def test_real_people_stand_beside_the_reader(folder, monkeypatch, capsys):
    if not is_here(SWISS):
        pytest.skip("needs the Swiss digits: digitlib data --people")
    monkeypatch.setattr(hands, "EACH", 1)
    write(folder, MINE)
    digits = hands.gather_hands()
    names, counts = np.unique(digits.writers, return_counts=True)
    assert names[0] == writers.ME
    assert len(names) == 12
    assert all(name.startswith("writer 00") for name in names[1:])
    assert set(counts[1:]) == {10}
    assert digits.labels[1:11].tolist() == [*range(10)]  # in turn
    assert "most of them Swiss" in capsys.readouterr().out
