"""The report measures what it says, on sets whose answers are known."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from digitlib import data, report
from digitlib.errors import DataError
from digitlib.predict import Model, load_model
from digitlib.preprocess import find_digits, to_pixels


@pytest.fixture(scope="module")
def cnn():
    return load_model()


@pytest.fixture
def folder(tmp_path, seven, one):
    """A 7, a 1, and a 1 that the list calls a 7."""
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


def test_folders_count_whole_texts_and_name_the_wrong_ones(cnn, folder, capsys):
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


def test_picture_of_a_digit_holds_that_digit(seven):
    image = to_pixels(find_digits(seven)[0].glyph)
    random = np.random.default_rng(0)
    places = set()
    for _ in range(10):
        (found,) = find_digits(report.show_as_picture(image, random))
        side = max(found.box[2] - found.box[0], found.box[3] - found.box[1])
        assert 0.34 * 280 <= side <= 0.81 * 280
        places.add(found.box)
    assert len(places) == 10


def test_as_pictures_of_a_network_that_always_says_seven(seven, one):
    images = np.stack([to_pixels(find_digits(each)[0].glyph) for each in (seven, one)])
    sure = np.eye(10, dtype=np.float32)[7]
    always = Model("always 7", lambda glyphs: np.tile(sure, (len(glyphs), 1)))
    measured = report.measure_as_pictures(always, images, np.array([7, 1]))
    assert measured == {"accuracy": 0.5, "several": 0, "refused": 0}


def test_photo_of_a_drawing_is_read(cnn, seven):
    photo = report.show_as_photo(seven)
    reading = cnn.read(photo)
    assert reading.text == "7"
    left, top, right, bottom = reading.digits[0].box
    assert 500 < left < right < 3500
    assert 0 < top < bottom < 3000


def test_whole_report_is_plain_json_and_kept_beside_others(
    monkeypatch, tmp_path, capsys
):
    (x_train, y_train), (x_test, y_test) = data.load_sample()
    few = (x_train, y_train), (x_test[:40], y_test[:40])
    monkeypatch.setattr(data, "load_mnist", lambda: few)
    monkeypatch.setattr(report, "DISPUTED", (0, 1))
    metrics = report.measure("lenet")
    low, high = metrics["test_interval_95"]
    assert 0.7 < low < metrics["test_accuracy"] < high <= 1
    assert metrics["robustness_mean"] == pytest.approx(
        np.mean(list(metrics["robustness"].values())), abs=1e-4
    )
    report.write({"test_accuracy": 0.5}, "mlp", tmp_path)
    path = report.write(metrics, "lenet", tmp_path)
    assert json.loads(path.read_text()) == {
        "mlp": {"test_accuracy": 0.5},
        "lenet": metrics,
    }
    report.print_table(metrics)
    assert "robustness.fog" in capsys.readouterr().out


def test_blank_picture_is_counted_as_wrong(cnn, tmp_path):
    (tmp_path / "odd").mkdir()
    Image.new("L", (50, 50), 255).save(tmp_path / "odd" / "blank.png")
    (tmp_path / "odd" / "labels.csv").write_text("file,label\nblank.png,3\n")
    assert report.measure_folders(cnn, tmp_path)["odd"]["accuracy"] == 0
