"""The drawings of how one measures show the numbers that they are given."""

import numpy as np

from digitlib import plots


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_piles_are_as_high_as_they_have_digits():
    sizes = {"training": 4000, "validation": 1000, "test": 2000}
    fig = plots.show_piles(sizes)
    (ax,) = fig.axes
    lefts = [patch.get_x() + patch.get_width() / 2 for patch in ax.patches[:-1]]
    assert np.unique(np.round(lefts), return_counts=True)[1].tolist() == [40, 10, 20]
    assert ax.patches[-1].get_linestyle() == "--"  # round the last pile
    assert "validation\n1,000 digits\nto choose by" in texts(ax)
    assert "4,000 for training, 1,000 for validation, 2,000 for test" in fig.alt


def test_the_hat_shows_what_was_drawn_twice_and_what_was_not():
    fig = plots.show_hat([True, True, True, False], [3, 0, 0, 3])
    (ax,) = fig.axes
    slips = [text for text in texts(ax) if "\n" in text]
    inside, drawn = slips[:4], slips[4:]
    assert inside == ["1\nright", "2\nright", "3\nright", "4\nwrong"]
    assert drawn == ["4\nwrong", "1\nright", "1\nright", "4\nwrong"]
    assert {"3 of 4 are right", "2 of 4 are right"} <= set(texts(ax))
    assert "put back each time: 4, 1, 1, 4; 2 say right" in fig.alt


def test_the_diagonal_names_the_side_on_which_its_words_stand():
    (ax,) = plots.show_diagonal().axes
    sides = {
        text.get_text().split(":")[0]: np.divide(*text.get_position())
        for text in ax.texts
    }
    assert sides["ABOVE"] < 1 < sides["BELOW"]  # doubt to share that is wrong
    assert ax.get_xlim() == ax.get_ylim()
    assert not any(line.get_visible() for line in ax.get_xgridlines())
