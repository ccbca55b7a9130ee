"""The files of the report's figures: all there, small, on white, honest."""

import numpy as np
import pytest
from PIL import Image

from digitlib import figures
from digitlib.corrupt import CORRUPTIONS
from digitlib.report import DISPUTED, Answers

METRICS = {
    "calibration_error": 0.001,
    "robustness": dict.fromkeys(CORRUPTIONS, 0.9),
    "robustness_mean": 0.9,
}


@pytest.fixture
def answers():
    """A thousand zeros, of which a disputed one and another are read wrong."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (1000, 28, 28), np.uint8)
    probabilities = np.tile(np.eye(10, dtype=np.float32)[0] * 0.9, (1000, 1))
    probabilities[DISPUTED[0]] = np.eye(10)[6]
    probabilities[5] = np.eye(10)[8] * 0.7
    return Answers(images, np.zeros(1000, int), probabilities)


def test_every_figure_is_a_small_file_on_white(answers, tmp_path):
    files = figures.write(METRICS, "lenet", answers, tmp_path / "figures")
    names = {"confusion", "reliability", "robustness", "mistakes"}
    assert {file.name for file in files} == {f"lenet_{name}.png" for name in names}
    for file in files:
        assert file.stat().st_size < 100_000
        pixels = np.asarray(Image.open(file).convert("RGBA"))
        assert pixels[0, 0].tolist() == [255] * 4
        assert (pixels[..., 3] == 255).all()
        assert pixels.shape[1] < 1000


def test_mistakes_are_shown_surest_first_and_disputed_ones_are_marked(answers):
    fig = figures.show_mistakes("cnn", answers)
    assert [ax.get_title() for ax in fig.axes] == ["0 → 6 (100%)*", "0 → 8 (70%)"]
    assert np.array_equal(fig.axes[1].images[0].get_array(), answers.images[5])
    assert "2 mistakes" in fig.get_suptitle()


def test_network_without_mistakes_has_figures_too(answers, tmp_path):
    right = Answers(answers.images, np.zeros(1000, int), np.eye(10)[[0] * 1000])
    assert len(figures.write(METRICS, "perfect", right, tmp_path)) == 4
