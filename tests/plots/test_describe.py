"""Every figure says what it shows, and a notebook gets it sharp."""

import io

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from PIL import Image

from digitlib import plots
from digitlib.plots import style


def show(fig):
    """What a notebook gets."""
    return fig._repr_mimebundle_()


def test_bars_are_told_one_by_one():
    fig = plots.show_bars([5923, 6742], ["zeros", "ones"], "Digits", "kind", "pictures")
    assert show(fig)[0]["text/plain"] == (
        "Figure: Digits. pictures by kind: bars zeros: 5,923, ones: 6,742."
    )


def test_a_line_is_told_by_its_ends_and_its_turning_point():
    lines = {"loss": ([0, 1, 2], [3.0, 0.5, 1.25])}
    text = show(plots.show_lines(lines, "Learning", "epoch", "loss"))[0]["text/plain"]
    assert "loss from 3 at 0 to 1.25 at 2, lowest 0.5 at 1" in text


def test_pictures_are_counted_and_named():
    fig = plots.show_pictures(np.zeros((2, 4, 4)), ["a seven", "a one"])
    assert show(fig)[0]["text/plain"] == "Figure. 2 pictures: a seven, a one."


def test_an_own_text_comes_first():
    fig = plots.show_pictures(np.zeros((1, 4, 4)))
    fig.alt = "Nothing but paper"
    data, about = show(fig)
    assert data["text/plain"] == about["image/png"]["alt"] == "Nothing but paper"


def test_a_notebook_gets_this_picture_and_not_matplotlibs():
    shell = InteractiveShell()
    get = shell.display_formatter.format
    select_figure_formats(shell, ["png"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "get_ipython", lambda: shell)
        data, about = get(plots.show_bars([1, 2], title="Two bars"))
    assert Image.open(io.BytesIO(data["image/png"])).width == 1280
    assert about["image/png"]["alt"] == data["text/plain"]


def test_the_picture_has_two_pixels_for_each_of_the_page():
    data, about = show(plots.show_bars([1, 2]))
    image = Image.open(io.BytesIO(data["image/png"]))
    assert image.size == (
        2 * about["image/png"]["width"],
        2 * about["image/png"]["height"],
    )
    assert about["image/png"]["width"] == 640
