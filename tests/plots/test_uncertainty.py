"""The figures of lessons 04 and 05 show the values that they are given."""

import numpy as np

from digitlib import plots
from digitlib.evaluation import metrics
from digitlib.evaluation.sampling import Pairs


def test_bootstrap_marks_the_middle_of_each_way():
    draws = {"digits": np.linspace(0.9, 1, 1001), "writers": np.linspace(0.8, 1, 1001)}
    fig = plots.show_bootstrap(draws, "title")
    assert [ax.get_title() for ax in fig.axes] == list(draws)
    spans = [ax.patches[0].get_x() for ax in fig.axes]
    assert np.allclose(spans, [0.9025, 0.805])
    assert "90.25%" in fig.alt


def test_pairs_colour_what_is_at_least_as_uneven():
    fig = plots.show_pairs(Pairs(8, 2, 0.11), "a", "b")
    bars = fig.axes[0].patches
    orange = [i for i, bar in enumerate(bars) if bar.get_facecolor()[0] > 0.5]
    assert orange == [0, 1, 2, 8, 9, 10]
    assert np.isclose(sum(bar.get_height() for bar in bars), 1)
    assert "0.11" in fig.alt


def test_calibration_shows_doubt_against_mistakes():
    sure, right = np.array([0.9, 0.99]), np.array([0.8, 1.0])
    intervals = np.array([[0.7, 0.9], [0.98, 1]])
    groups = {"net": (sure, right, intervals, np.array([100, 100]))}
    ax = plots.show_calibration(groups, "title").axes[0]
    drawn = {line.get_label(): line.get_xydata() for line in ax.lines}
    assert np.allclose(drawn["a group of answers"], [[0.1, 0.2]])
    assert np.isclose(drawn["no mistake in the group"][0, 0], 0.01)
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_rates_have_the_intervals_of_their_counts():
    rates = {"a": {"x": (9, 10), "y": (5, 10)}, "b": {"x": (10, 10), "y": (0, 10)}}
    fig = plots.show_rates(rates, "title")
    ax = fig.axes[0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["x", "y"]
    first = ax.containers[0]
    assert np.allclose(first.lines[0].get_xdata(), [0.9, 0.5])
    ends = first.lines[2][0].get_segments()[0][:, 0]
    assert np.allclose(ends, metrics.confidence_interval(9, 10))
    assert "b x 100.0%, y 0.0%" in fig.alt


def test_trade_off_marks_the_threshold_in_use():
    lines = {"net": ([0.001, 0.01, 0.1], [0.9, 0.5, 0.1])}
    fig = plots.show_trade_off(lines, {"net": (0.01, 0.5)}, "title")
    curve, dot = fig.axes[0].lines
    assert dot.get_xydata().tolist() == [[0.01, 0.5]]
    assert curve.get_ydata().tolist() == [0.9, 0.5, 0.1]
    assert "refuses 1.0% of digits and lets 50% of letters pass" in fig.alt
