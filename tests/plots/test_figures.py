"""The report's figures are written completely, to small files on white."""

import numpy as np
import pytest
from PIL import Image

from digitlib.evaluation.corruptions import CORRUPTIONS
from digitlib.evaluation.report import DISPUTED, Predictions
from digitlib.plots import figures

METRICS = {
    "calibration_error": 0.001,
    "robustness": dict.fromkeys(CORRUPTIONS, 0.9),
    "robustness_mean": 0.9,
}


@pytest.fixture
def predictions():
    """A thousand zeros, of which one with a disputed label and another are misread."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (1000, 28, 28), np.uint8)
    probabilities = np.tile(np.eye(10, dtype=np.float32)[0] * 0.9, (1000, 1))
    probabilities[DISPUTED[0]] = np.eye(10)[6]
    probabilities[5] = np.eye(10)[8] * 0.7
    return Predictions(images, np.zeros(1000, int), probabilities)


def test_every_figure_is_a_small_file_on_white(predictions, tmp_path):
    files = figures.write(METRICS, "lenet", predictions, tmp_path / "figures")
    names = {"confusion", "reliability", "robustness", "mistakes"}
    assert {file.name for file in files} == {f"lenet_{name}.png" for name in names}
    for file in files:
        assert file.stat().st_size < 100_000
        pixels = np.asarray(Image.open(file).convert("RGBA"))
        assert pixels[0, 0].tolist() == [255] * 4
        assert (pixels[..., 3] == 255).all()
        assert pixels.shape[1] < 1000


def test_mistakes_are_sorted_by_confidence_and_disputed_ones_marked(predictions):
    fig = figures.show_mistakes("cnn", predictions)
    assert [ax.get_title() for ax in fig.axes] == [
        "0 → 6 (over 99.9 %)*",
        "0 → 8 (70.0 %)",
    ]
    assert np.array_equal(fig.axes[1].images[0].get_array(), predictions.images[5])
    assert "2 mistakes" in fig.get_suptitle()


def test_network_without_mistakes_has_figures_too(predictions, tmp_path):
    right = Predictions(predictions.images, np.zeros(1000, int), np.eye(10)[[0] * 1000])
    assert len(figures.write(METRICS, "perfect", right, tmp_path)) == 4
