"""The report's figures are right for small sets with known predictions."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from digitlib.errors import DataError
from digitlib.evaluation import people, rejection, report
from digitlib.evaluation.report import Predictions
from digitlib.reading.loading import load_model
from digitlib.reading.predict import Model
from digitlib.reading.preprocess import find_digits, to_pixels
from digitlib.training import data


@pytest.fixture(scope="module")
def cnn():
    return load_model()


@pytest.fixture
def folder(tmp_path, seven, one):
    """A folder with a 7, a 1, and a 1 that is labelled as a 7."""
    pictures = tmp_path / "drawn"
    pictures.mkdir()
    rows = [("seven.png", seven, "7"), ("one.png", one, "1"), ("liar.png", one, "7")]
    with (pictures / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "label", "note"))
        for name, image, label in rows:
            image.save(pictures / name)
            writer.writerow((name, label, ""))
    return tmp_path


def test_folders_count_whole_texts_and_print_the_mistakes(cnn, folder, capsys):
    metrics = report.measure_folders(cnn, folder)
    assert metrics == {
        "drawn": {"pictures": 3, "accuracy": pytest.approx(2 / 3, abs=1e-4)}
    }
    assert capsys.readouterr().out == "drawn/liar.png: 7 read as '1'\n"


def test_missing_pictures_are_a_data_error(cnn, folder, tmp_path):
    (folder / "drawn" / "one.png").unlink()
    with pytest.raises(DataError, match=r"lists one\.png, which is not there"):
        report.measure_folders(cnn, folder)
    with pytest.raises(DataError, match=r"no folder with a labels\.csv"):
        report.measure_folders(cnn, tmp_path / "drawn")


def test_pictures_read_by_a_network_that_always_predicts_seven(seven, one):
    images = np.stack([to_pixels(find_digits(each)[0].glyph) for each in (seven, one)])
    confident = np.eye(10, dtype=np.float32)[7]
    always = Model("always 7", lambda glyphs: np.tile(confident, (len(glyphs), 1)))
    predictions = Predictions(
        images, np.array([7, 1]), np.stack([confident, confident])
    )
    measured = report.measure_as_pictures(always, predictions)
    expected = {"accuracy": 0.5, "most_probable": 0.5, "several": 0, "rejected": 0}
    assert measured == expected


def test_rejected_digit_counts_as_most_probable_if_right(seven):
    images = to_pixels(find_digits(seven)[0].glyph)[None]
    unsure = np.full(10, 0.05, np.float32)
    unsure[7] = 0.4
    model = Model("unsure", lambda glyphs: np.tile(unsure, (len(glyphs), 1)))
    predictions = Predictions(images, np.array([7]), unsure[None])
    measured = report.measure_as_pictures(model, predictions)
    expected = {"accuracy": 0, "most_probable": 1, "several": 0, "rejected": 1}
    assert measured == expected


@pytest.fixture
def predictions(monkeypatch):
    """Four digits: the last three have disputed labels, the last two are read wrong."""
    monkeypatch.setattr(report, "DISPUTED", (1, 2, 3))
    rows = np.eye(10, dtype=np.float32)[[0, 1, 3, 4]] * [[1], [0.9], [0.8], [0.3]]
    return Predictions(np.zeros((4, 28, 28), np.uint8), np.array([0, 1, 2, 3]), rows)


def test_disputed_labels_are_counted_apart(predictions):
    measured = report.measure_accuracy(predictions)
    assert measured["test_accuracy"] == 0.5
    assert measured["test_accuracy_without_disputed_labels"] == 1
    disputed = {"digits": 3, "accuracy": pytest.approx(1 / 3)}
    assert measured["disputed_labels"] == disputed


def test_disputed_labels_are_printed_with_the_predictions(predictions, capsys):
    report.print_disputed(predictions, threshold=0.85)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "     1: label 1, read 1 (90.0 %)",
        "     2: label 2, read 3 (80.0 %, rejected)",
        "     3: label 3, read 4 (30.0 %, rejected)",
    ]


@pytest.mark.parametrize("n", [0, 1])
def test_no_spread_without_two_seeds(n, tmp_path):
    assert report.measure_seeds("cnn", tmp_path) == {}
    seeds = {str(i): {"test_accuracy": 0.9} for i in range(n)}
    (tmp_path / "seeds.json").write_text(json.dumps({"cnn": seeds}))
    assert report.measure_seeds("cnn", tmp_path) == {}


def test_spread_is_that_of_the_networks_own_seeds(tmp_path):
    accuracies = {"cnn": (0.996, 0.998, 0.997), "mlp": (0.5, 0.6)}
    seeds = {
        network: {str(i): {"test_accuracy": a} for i, a in enumerate(each)}
        for network, each in accuracies.items()
    }
    (tmp_path / "seeds.json").write_text(json.dumps(seeds))
    assert report.measure_seeds("cnn", tmp_path) == {
        "n": 3,
        "mean": pytest.approx(0.997),
        "deviation": pytest.approx(0.001),
        "lowest": 0.996,
        "highest": 0.998,
    }


def test_whole_report_is_plain_json_and_written_beside_others(
    monkeypatch, tmp_path, capsys
):
    (x_train, y_train), (x_test, y_test) = data.load_sample()
    few = (x_train, y_train), (x_test[:40], y_test[:40])
    monkeypatch.setattr(data, "load_mnist", lambda: few)
    monkeypatch.setattr(report, "DISPUTED", (0, 1))
    monkeypatch.setattr(report, "EACH_KIND", 1)
    monkeypatch.setattr(rejection, "PAPERS", 1)
    monkeypatch.setattr(
        people, "measure", lambda model, right: {"swiss": {"accuracy": right.mean()}}
    )
    model = load_model("lenet")
    metrics = report.measure(model, report.predict(model), folder=tmp_path)
    low, high = metrics["test_interval_95"]
    assert 0.7 < low < metrics["test_accuracy"] < high <= 1
    assert metrics["robustness_mean"] == pytest.approx(
        np.mean(list(metrics["robustness"].values())), abs=1e-4
    )
    assert metrics["people"]["swiss"]["accuracy"] == metrics["test_accuracy"]
    report.write({"test_accuracy": 0.5}, "mlp", tmp_path)
    path = report.write(metrics, "lenet", tmp_path)
    assert json.loads(path.read_text()) == {
        "mlp": {"test_accuracy": 0.5},
        "lenet": metrics,
    }
    report.print_table(metrics)
    printed = capsys.readouterr().out
    for key in ("robustness.fog", "rejection.rejected", "empty_papers.all.found"):
        assert f"\n{key} " in printed


def test_blank_picture_is_counted_as_wrong(cnn, tmp_path):
    (tmp_path / "odd").mkdir()
    Image.new("L", (50, 50), 255).save(tmp_path / "odd" / "blank.png")
    (tmp_path / "odd" / "labels.csv").write_text("file,label\nblank.png,3\n")
    assert report.measure_folders(cnn, tmp_path)["odd"]["accuracy"] == 0


def test_kinds_are_written_with_digits_that_are_read_right(monkeypatch, cnn, seven):
    """Only the 2 is read right alone, so every picture of the kind holds a 2."""
    glyph = to_pixels(find_digits(seven)[0].glyph)
    labels = np.array([2, 5])
    probabilities = np.zeros((2, 10), np.float32)
    probabilities[:, 2] = 1  # the 5 is not read right
    predictions = Predictions(np.stack([glyph] * 2), labels, probabilities)
    made = []
    kinds = {"long": report.scenes.long_stroke, "plain": report.scenes.plain}
    kinds = {
        name: lambda hand, kind=kind: made.append(kind(hand)) or made[-1]
        for name, kind in kinds.items()
    }
    monkeypatch.setattr(report.scenes, "KINDS", kinds)
    shares = report.measure_kinds(cnn, predictions, each=3)
    assert list(shares) == ["long", "plain"]
    assert shares["plain"] == 0  # it is a 7, and read as one
    assert len(made) == 6
    assert all(set(scene.text) == {"2"} for scene in made)
