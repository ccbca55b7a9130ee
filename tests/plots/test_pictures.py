"""The figures show the values, names and places that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from digitlib import plots


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    """A figure left open would be shown twice in a notebook."""
    yield
    assert not plt.get_fignums()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def heights(ax):
    return [bar.get_height() for bar in ax.patches]


def ticks(ax):
    return [label.get_text() for label in ax.get_xticklabels()]


def test_pictures_are_shown_as_they_are_below_their_titles():
    pictures = np.arange(3 * 4, dtype=np.uint8).reshape(3, 2, 2)
    fig = plots.show_pictures(pictures, [7, 8, 9], "three", columns=2)
    assert [ax.get_title() for ax in fig.axes] == ["7", "8", "9"]
    for ax, picture in zip(fig.axes, pictures, strict=True):
        assert np.array_equal(ax.images[0].get_array(), picture)
        assert ax.images[0].get_clim() == (0, 255)
    assert fig.get_suptitle() == "three"


def test_floats_are_white_at_one_whatever_they_hold():
    fig = plots.show_pictures([np.full((2, 2, 1), 0.5, np.float32)])
    assert fig.axes[0].images[0].get_clim() == (0, 1)


def test_levels_are_written_on_their_pixels_except_zeros():
    picture = np.array([[0, 9], [200, 0]], np.uint8)
    ax = plots.show_numbers(picture).axes[0]
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(1, 0): "9", (0, 1): "200"}


def test_boxes_enclose_their_pixels():
    picture = np.zeros((10, 10), np.uint8)
    ax = plots.show_boxes(picture, [(2, 3, 5, 9)], "7").axes[0]
    assert ax.patches[0].get_bbox().extents.tolist() == [1.5, 2.5, 4.5, 8.5]
    assert texts(ax) == ["7"]


def test_reading_shows_glyph_and_all_ten_probabilities():
    probabilities = np.full(10, 0.05)
    probabilities[7] = 0.55
    fig = plots.show_reading(np.zeros((28, 28, 1), np.float32), probabilities)
    left, right = fig.axes
    assert left.images[0].get_array().shape[:2] == (28, 28)
    assert heights(right) == pytest.approx(probabilities)
    assert texts(right) == ["5.0 %"] * 7 + ["55.0 %"] + ["5.0 %"] * 2
    best = {bar.get_facecolor() for bar in right.patches}
    assert len(best) == 2  # the most probable digit stands out


@pytest.mark.parametrize(
    ("values", "written"),
    [([1200, 30], ["1,200", "30"]), ([0.5, 0.25], ["50.0%", "25.0%"])],
)
def test_bars_are_as_high_as_written(values, written):
    ax = plots.show_bars(values, ["a", "b"], "title", "x", "y").axes[0]
    assert heights(ax) == values
    assert texts(ax) == written
    assert ticks(ax) == ["a", "b"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y")


def test_bars_without_names_are_numbered():
    assert ticks(plots.show_bars([3, 4, 5]).axes[0]) == ["0", "1", "2"]


def test_error_bars_reach_from_lowest_to_highest():
    intervals = np.array([[0.8, 0.95], [0.5, 1.0]])
    ax = plots.show_intervals([0.9, 0.9], intervals).axes[0]
    (error_bars,) = ax.collections
    ends = [segment[:, 1] for segment in error_bars.get_segments()]
    assert np.allclose(ends, intervals)


def test_histogram_counts_each_group_in_its_panel():
    groups = {"few": [0.1], "many": [0.1, 0.9, 0.95]}
    few, many = plots.show_histogram(groups, np.linspace(0, 1, 3)).axes
    assert (few.get_title(), many.get_title()) == ("few", "many")
    assert heights(few) == [1, 0]
    assert heights(many) == [1, 2]


def test_lines_go_through_their_points_and_are_named():
    lines = {"up": ([0, 1], [0, 2]), "down": ([0, 1], [2, 0])}
    ax = plots.show_lines(lines).axes[0]
    drawn = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
    assert drawn == {"up": [0, 2], "down": [2, 0]}
    assert [text.get_text() for text in ax.get_legend().texts] == ["up", "down"]


def test_single_line_needs_no_legend():
    ax = plots.show_lines({"rate": ([0, 1], [0, 2])}).axes[0]
    assert ax.get_legend() is None


def test_curves_show_loss_left_and_accuracy_right():
    training = {"epoch": [0.5, 1], "loss": [2, 1], "accuracy": [0.4, 0.8]}
    validation = {"epoch": [1], "loss": [0.5], "accuracy": [0.9]}
    left, right = plots.show_curves(training, validation).axes
    assert [line.get_ydata().tolist() for line in left.lines] == [[2, 1], [0.5]]
    assert [line.get_ydata().tolist() for line in right.lines] == [[0.4, 0.8], [0.9]]


def test_confusion_writes_every_count_but_colours_mistakes_only():
    matrix = np.array([[90, 0], [3, 80]])
    ax = plots.show_confusion(matrix).axes[0]
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "90", (0, 1): "3", (1, 1): "80"}  # x is what was read
    assert ax.images[0].get_array().tolist() == [[0, 0], [3, 0]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read as", "true digit")


def test_reliability_has_a_dot_error_bar_and_count_for_each_group():
    intervals = np.array([[0.3, 0.8], [0.9, 1.0]])
    fig = plots.show_reliability([0.5, 0.95], [0.6, 0.99], intervals, [12, 3456])
    (ax,) = fig.axes
    diagonal, dots = (line.get_xydata().tolist() for line in ax.lines[:2])
    assert diagonal == [[0, 0], [1, 1]]
    assert dots == [[0.5, 0.6], [0.95, 0.99]]
    (error_bars,) = ax.collections
    ends = [segment[:, 1] for segment in error_bars.get_segments()]
    assert np.allclose(ends, intervals)
    assert texts(ax) == ["12", "3,456"]


def test_ranking_has_the_longest_bar_on_top():
    shares = {"fog": 0.5, "shot_noise": 0.75, "shear": 0.625}
    ax = plots.show_ranking(shares, x_label="accuracy").axes[0]
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0.625, 0.75]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["fog", "shear", "shot noise"]
    assert texts(ax) == ["50.0%", "62.5%", "75.0%"]
    assert ax.get_xlabel() == "accuracy"
