"""What the benchmarks measure with works, on little; no figure is looked at."""

import math
import subprocess
import sys

import httpx
import pytest

from benchmarks import load, reading, samples, start, table, throughput
from digitlib.reading import load_model
from digitlib.training import data
from tests.apart import apart


def test_ratio_is_above_one_where_ours_is_better():
    assert table.Row("", "s", [1.0, 2, 9], [4.0], "").ratio == 2
    assert table.Row("", "%", [0.9], [0.3], "").ratio == pytest.approx(3)


def test_row_tells_median_least_and_most_in_its_unit():
    row = table.Row("what", "ms", [0.001, 0.002, 0.003], [0.5], "that")
    assert " 2 ms       (1 to 3) " in str(row)
    assert " 500 ms " in str(row)
    assert str(row).endswith("250 x   that")


def test_reading_is_measured_on_every_picture(monkeypatch):
    monkeypatch.setattr(reading, "EACH_STYLE", 1)
    monkeypatch.setattr(reading, "PAGES", 3)
    monkeypatch.setattr(data, "load_mnist_or_sample", data.load_sample)
    model = load_model("mlp")
    figures = reading.measure(model.probabilities, lambda content: "7", runs=1)
    assert [len(values) for values in figures.values()] == [1] * 7
    sevens = [label for _, label in samples.drawings(1)].count("7")
    assert figures["drawings read right"] == [sevens / len(samples.drawings(1))]


def test_share_right_is_that_of_whole_texts():
    def read(content):
        return {b"a": "7", b"b": "71"}[content]

    assert reading.right(read, [(b"a", "7"), (b"b", "7")]) == 0.5


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("kind", throughput.COUNTS)
def test_throughput_reads_every_file(kind, workers):
    (figure,) = throughput.measure(kind, 2, workers, runs=1)
    assert figure != 0


def test_files_of_a_pile_are_pictures_of_their_kind(tmp_path):
    files = throughput.write("drawing", 3, tmp_path)
    assert [file.read_bytes()[:4] for file in files] == [b"\x89PNG"] * 3


def test_fresh_process_reads_and_tells_its_memory(tmp_path):
    file = tmp_path / "drawing.png"
    file.write_bytes(samples.drawing())
    (seconds,), (memory,) = start.first(1, "-c", start.FIRST, str(file))
    assert seconds > 0
    assert memory > 10


@pytest.mark.slow
def test_plain_way_reads_in_a_process_and_as_a_web_app(tmp_path):
    file = tmp_path / "drawing.png"
    file.write_bytes(samples.drawing())
    _, (memory,) = start.first(1, "-m", "benchmarks.plain", "first", str(file))
    assert memory > 100  # TensorFlow is in it
    with load.serve("plain"), httpx.Client(timeout=30) as client:
        assert load.send(client, samples.drawing()) == "7"


@pytest.mark.slow
def test_pad_is_reached_under_plain_voila(monkeypatch):
    monkeypatch.setattr(start, "BREAK", 0)
    (seconds,) = apart(start.pads, start.plain_voila, "is running at", 1)
    assert seconds > 0


@pytest.mark.slow
def test_training_ends_at_the_goal(monkeypatch):
    from benchmarks import training

    (images, labels), _ = data.load_sample()
    monkeypatch.setattr(training, "GOAL", 0.0)
    for train in (training.ours, training.plain):
        assert math.isfinite(train(images[:300], labels[:300], epochs=2))


def test_command_line_says_what_it_measures():
    command = [sys.executable, "-m", "benchmarks", "--help"]
    assert "--train" in subprocess.check_output(command, text=True)
