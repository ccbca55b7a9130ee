"""Whole numbers are compared as the labels of each kind of picture are written."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import lines
from digitlib.reading import manifest


def test_labels_of_digits_and_of_signs():
    pairs = [(None, "1200"), (None, "1300")]
    figures = lines.measure(lambda picture: "1.200-", pairs, lines.digits_alone)
    assert (figures["exact"], figures["error_rate"]) == (0.5, 1 / 8)
    assert figures["texts"] == ["1.200-"] * 2
    figures = lines.measure(
        lambda picture: "12/\n05", [(None, "12?05")], lines.signs_alike
    )
    assert figures["exact"] == 1


@pytest.fixture
def folder(tmp_path, seven):
    (tmp_path / "cheques").mkdir()
    seven.save(tmp_path / "cheques" / "a.png")
    with (tmp_path / "cheques" / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["file", "label"], ["a.png", "7"]])
    return tmp_path


def test_every_program_reads_the_same_pictures(folder, monkeypatch, capsys):
    programs = {
        "ours": lambda picture: "7",
        "theirs": lambda picture: str(picture.size[0]),
        "absent": None,
    }
    white = np.full((40, 90), 255, np.uint8)
    monkeypatch.setattr(lines, "find_programs", lambda network: programs)
    monkeypatch.setattr(
        lines.lines, "load", lambda made: iter([("pen", [(white, "7")])])
    )
    monkeypatch.setattr(manifest, "MODELS", folder)
    lines.main([str(folder), "--show"])
    said = capsys.readouterr().out
    assert "absent is absent" in said
    assert "wild/multi_digit: not here" in said
    assert "7 read '280'" in said
    written = json.loads((folder / "lines.json").read_text())
    assert set(written) == {"cheques", "pen"}
    exact = {name: each["exact"] for name, each in written["cheques"].items()}
    assert exact == {"ours": 1, "theirs": 0}
    assert written["pen"]["theirs"]["error_rate"] == 2


def test_pictures_are_opened_upright_in_colour(folder):
    ((picture, label),) = lines.load_pictures(folder / "cheques")
    assert (picture.mode, picture.size, label) == ("RGB", (280, 280), "7")


def test_our_line_network_is_a_program_of_its_own():
    programs = lines.find_programs(None)
    white = Image.new("L", (200, 60), 255)
    assert [programs[name](white) for name in ("digitlib", "line network alone")] == [
        "",
        "",
    ]
