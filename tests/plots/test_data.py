"""The figures of lessons 1 and 2 show each value in the right place."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from digitlib import plots


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    """A figure left open would be shown twice in a notebook."""
    yield
    assert not plt.get_fignums()


def test_neighbours_are_right_of_their_digit_nearest_first():
    pictures = np.full((2, 4, 4), [[[10]], [[20]]], np.uint8)
    neighbours = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4)
    labels = np.array([[1, 2, 3], [4, 5, 6]])
    fig = plots.show_neighbours(pictures, neighbours, labels, "who?")
    shown = [np.asarray(ax.images[0].get_array()) for ax in fig.axes]
    expected = [pictures[0], *neighbours[0], pictures[1], *neighbours[1]]
    np.testing.assert_array_equal(shown, expected)
    assert [ax.get_title() for ax in fig.axes] == list("?123?456")


def test_only_the_digit_itself_is_framed():
    fig = plots.show_neighbours(
        np.zeros((1, 4, 4)), np.zeros((1, 2, 4, 4)), np.zeros((1, 2), int)
    )
    widths = [ax.spines["left"].get_linewidth() for ax in fig.axes]
    assert widths[0] > widths[1] == widths[2]


def test_each_network_has_a_panel_and_each_variant_a_line():
    shares = np.arange(2 * 2 * 3).reshape(2, 2, 3) / 12  # values, variants, networks
    fig = plots.show_shares(
        [5, 9], shares, ["all", "broken"], ["a", "b", "c"], x_label="pixels"
    )
    assert [ax.get_title() for ax in fig.axes] == ["a", "b", "c"]
    for panel, ax in enumerate(fig.axes):
        assert ax.get_xlabel() == "pixels"
        assert [tick.get_text() for tick in ax.get_xticklabels()] == ["5", "9"]
        for i, line in enumerate(ax.lines):
            assert list(line.get_xdata()) == [0, 1]
            np.testing.assert_allclose(line.get_ydata(), shares[:, i, panel])
    names = [text.get_text() for text in fig.axes[0].get_legend().texts]
    assert names == ["all", "broken"]


def test_steps_are_a_strip_with_the_answer_below():
    steps = {"grey": np.zeros((4, 4)), "box": np.ones((2, 3))}
    eleven = np.append(np.zeros(10), 1.0)
    fig = plots.show_steps(steps, eleven)
    *strip, answer = fig.axes
    assert [ax.get_title() for ax in strip] == ["grey", "box"]
    assert strip[1].images[0].get_array().shape == (2, 3)
    assert [bar.get_height() for bar in answer.patches] == eleven.tolist()
    assert answer.get_xticklabels()[-1].get_text() == "none"
