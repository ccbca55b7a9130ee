"""The figures of networks show the values that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from digitlib import plots


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    """A figure left open would be shown twice in a notebook."""
    yield
    assert not plt.get_fignums()


def test_history_counts_epochs_from_one_and_marks_the_best():
    history = {"loss": [3, 2, 1], "val_loss": [3, 2.5, 2.6], "accuracy": [0, 0, 1]}
    ax = plots.show_history(history, "title").axes[0]
    drawn = {line.get_label(): line for line in ax.lines}
    assert drawn["training"].get_xydata().tolist() == [[1, 3], [2, 2], [3, 1]]
    assert drawn["validation"].get_ydata().tolist() == [3, 2.5, 2.6]
    assert drawn["lowest validation loss"].get_xdata() == [2, 2]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epochs", "loss")


def test_dots_are_in_the_rows_of_their_names():
    shares = {"a": {"fog": 0.5, "shot_noise": 0.9}, "b": {"shot_noise": 0.1, "fog": 1}}
    ax = plots.show_dots(shares, "title", "accuracy").axes[0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["fog", "shot noise"]
    drawn = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert drawn == {"a": [[0.5, 0], [0.9, 1]], "b": [[1, 0], [0.1, 1]]}
    assert len({line.get_marker() for line in ax.lines}) == 2  # for colour-blind eyes
    assert ax.get_xlabel() == "accuracy"


def test_embedding_names_every_island_and_writes_marked_pictures_as_labels():
    points = np.array([[0, 0], [0.2, 0], [9, 9], [9.2, 9], [5, 0], [5.2, 0], [2, 2]])
    labels, marked = np.array([7, 7, 7, 7, 3, 3, 3]), np.arange(7) == 6
    ax = plots.show_embedding(points, labels, marked, "title").axes[0]
    threes, sevens = (each.get_offsets().tolist() for each in ax.collections)
    assert threes == [[5, 0], [5.2, 0]]
    assert sevens == [[0, 0], [0.2, 0], [9, 9], [9.2, 9]]
    written = [(text.get_text(), *text.get_position()) for text in ax.texts]
    islands = [("3", 5.1, 0), ("7", 0.1, 0), ("7", 9.1, 9)]  # the sevens have two
    assert written == [*islands, ("3", 2, 2)]


def test_a_note_stands_to_the_right_of_its_points():
    points = np.array([[0.0, 0], [1, 0], [9, 9]])
    notes = {"crossed": points[:2]}
    fig = plots.show_embedding(points, np.full(3, 7), np.zeros(3, bool), notes=notes)
    (note,) = (each for each in fig.axes[0].texts if each.get_text() == "crossed")
    x, y = note.get_position()
    assert 1 < x < 2
    assert y == 0
    assert '"crossed" is written beside 2 of them' in fig.alt


def test_similar_digits_have_different_colours():
    points, labels = np.zeros((10, 2)), np.arange(10)
    ax = plots.show_embedding(points, labels, labels < 0).axes[0]
    colours = [tuple(each.get_edgecolor()[0]) for each in ax.collections[:10]]
    for a, b in [(0, 6), (1, 7), (2, 7), (3, 5), (3, 8), (4, 9), (5, 6), (7, 9)]:
        assert colours[a] != colours[b]


def test_maps_are_tiled_stage_by_stage():
    stages = [np.ones((14, 14, 16), np.float32), np.ones((7, 7, 3), np.float32)]
    first, second = plots.show_maps(stages, "title").axes
    assert first.get_title() == "stage 1: 14 x 14"
    assert first.images[0].get_array().shape == (59, 59)
    assert second.images[0].get_array().shape == (31, 31)
