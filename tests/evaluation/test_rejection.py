"""Both sides of rejection are measured, for networks with known predictions."""

import numpy as np
import pytest

from digitlib.errors import DataError
from digitlib.evaluation import rejection
from digitlib.evaluation.synthetic import blank
from digitlib.reading.picture import encode
from digitlib.reading.predict import Model
from digitlib.reading.preprocess import find_digits, to_pixels


def is_wide(glyphs):
    """Return (n,) bool: whether ink is outside the middle columns, as in a 7."""
    return glyphs[:, :, [7, 8, 19, 20]].max(axis=(1, 2, 3)) > 0.5


@pytest.fixture
def model():
    """A fake network that is confident of a 7 if, and only if, the ink is wide."""
    seven = np.eye(10, dtype=np.float32)[7]
    return Model("wide", lambda glyphs: np.outer(0.2 + 0.6 * is_wide(glyphs), seven))


@pytest.fixture
def images(seven, one):
    """A wide digit and a narrow one."""
    return np.stack([to_pixels(find_digits(each)[0].glyph) for each in (seven, one)])


def test_digits_below_the_networks_own_threshold_are_rejected():
    model = Model("strict", lambda glyphs: glyphs, threshold=0.7)
    labels = np.array([1, 2, 3, 4])
    probabilities = np.zeros((4, 10), np.float32)
    probabilities[range(4), [1, 2, 0, 0]] = 0.9, 0.8, 0.75, 0.6
    measured = rejection.measure_digits(model, labels, probabilities)
    assert measured == {
        "threshold": 0.7,
        "rejected": 0.25,
        "accuracy": pytest.approx(2 / 3),
    }


def test_rejections_are_counted_for_arrays_pictures_and_labels(model, images, tmp_path):
    four = np.concatenate([images, images[:1], images[:1]])
    labels = np.array(["x", "y", "x", "y"])
    np.savez(tmp_path / "not_digits_some-things.npz", images=four, labels=labels)
    assert rejection.measure_not_digits(model, tmp_path) == {
        "some_things": {
            "images": 4,
            "rejected_as_arrays": 0.25,
            "rejected_as_pictures": 0.25,
            "rejected_by_label": {"x": 0, "y": 0.5},
        }
    }


def test_image_of_which_a_part_is_accepted_is_not_rejected(model, images, tmp_path):
    both = np.zeros((28, 28), np.uint8)
    both[4:24, 2:18], both[4:24, 20:24] = images[0, 4:24, 6:22], 255
    narrow = np.zeros((28, 28), np.uint8)
    narrow[4:24, 5:8] = narrow[4:24, 20:23] = 255
    np.savez(tmp_path / "not_digits_pairs.npz", images=np.stack([both, narrow]))
    measured = rejection.measure_not_digits(model, tmp_path)["pairs"]
    assert measured["rejected_as_pictures"] == 0.5
    assert measured["rejected_by_label"] == {}


def test_folder_without_such_files_gives_nothing(model, tmp_path):
    assert rejection.measure_not_digits(model, tmp_path) == {}


def test_file_without_images_is_a_data_error(model, tmp_path):
    np.savez(tmp_path / "not_digits_wrong.npz", pictures=np.zeros((1, 28, 28)))
    with pytest.raises(DataError, match="no array that is named images"):
        rejection.measure_not_digits(model, tmp_path)


def test_papers_distinguish_accepted_from_found(model, seven, one, monkeypatch):
    files = {"wide": encode(seven, "PNG"), "narrow": encode(one, "PNG")}
    papers = {name: lambda random, file=file: file for name, file in files.items()}
    monkeypatch.setattr(rejection, "EMPTY_PAPERS", {"blank": blank, **papers})
    monkeypatch.setattr(rejection, "PAPERS", 2)
    measured = rejection.measure_empty_papers(model)
    assert measured["blank"] == {"papers": 2, "accepted": 0, "found": 0}
    assert measured["wide"] == {"papers": 2, "accepted": 1, "found": 1}
    assert measured["narrow"] == {"papers": 2, "accepted": 0, "found": 1}
    assert measured["all"]["papers"] == 6
    assert measured["all"]["accepted"] == pytest.approx(1 / 3)
    assert measured["all"]["found"] == pytest.approx(2 / 3)
