"""The figures of lesson 6 show what was read, and where."""

import numpy as np
import pytest

from digitlib import plots
from digitlib.reading import ctc


@pytest.fixture
def seventeen():
    """Columns in which a 1, a 7 and a comma are read."""
    table = np.full((9, ctc.CLASSES), 0.001)
    table[:, ctc.BLANK] = 1
    for column, sign in ((2, "1"), (5, "7"), (7, ",")):
        table[column, [ctc.BLANK, *ctc.encode(sign)]] = 0.1, 0.9
    return table / table.sum(axis=1, keepdims=True)


def test_each_sign_that_is_read_stands_above_its_column(seventeen):
    strip = np.zeros((40, 36), np.float32)
    fig = plots.show_columns(strip, seventeen, "A number")
    above, below = fig.axes
    assert [text.get_text() for text in above.texts] == ["1", "7", ","]
    assert [text.get_position()[0] for text in above.texts] == [9.5, 21.5, 29.5]
    names = [label.get_text() for label in below.get_yticklabels()]
    assert names == ["nothing new", *"0123456789,"]
    assert "1 in column 3, 7 in column 6, , in column 8" in fig.alt


def test_an_empty_strip_is_read_as_nothing(seventeen):
    fig = plots.show_columns(np.zeros((40, 8)), seventeen[:2], "Nothing")
    assert not fig.axes[0].texts
    assert "nothing" in fig.alt


def test_strips_have_one_scale():
    strips = [np.zeros((40, 100)), np.zeros((40, 50))]
    fig = plots.show_strips(strips, ["long", "short"])
    first, second = (ax.get_xlim() for ax in fig.axes)
    assert first == second
    assert first[1] >= 99.5  # so that the longer one fits
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["long", "short"]


def test_arrows_come_from_the_state_before_and_skip_a_blank_between_two_signs():
    sums = np.ones((2, 5))
    fig = plots.show_trellis("_1_7_", sums)
    arrows = [text for text in fig.axes[0].texts if getattr(text, "arrow_patch", None)]
    starts_ends = {(round(a.xyann[1]), round(a.xy[1])) for a in arrows}
    steps = {(i, i) for i in range(5)} | {(i, i + 1) for i in range(4)}
    assert starts_ends == steps | {(1, 3)}
    fig = plots.show_trellis("_1_1_", sums)  # equal signs need the blank
    arrows = [text for text in fig.axes[0].texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == len(steps)
