"""The table of the kinds counts whole texts, and "(none)" where nothing may be read."""

import csv

from benchmarks import kinds
from digitlib.reading.loading import load_model
from digitlib.reading.picture import encode


def test_pictures_of_a_folder_are_counted(tmp_path, seven, capsys):
    rows = [("a.png", "7"), ("b.png", "1"), ("c.png", "(none)"), ("d.png", "(table)")]
    for name, _ in rows:
        (tmp_path / name).write_bytes(encode(seven))
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "label"), *rows])
    scenes = kinds.load_pictures(tmp_path / "labels.csv")
    assert kinds.measure(load_model(), "sevens", scenes, show=True) == (1, 3)
    printed = capsys.readouterr().out
    assert "b.png: 1 read as '7'" in printed
    assert "a.png" not in printed


def test_nothing_to_read_allows_rejected_digits():
    assert kinds.is_right("??", kinds.NOTHING)
    assert kinds.is_right("", kinds.NOTHING)
    assert not kinds.is_right("?1", kinds.NOTHING)
