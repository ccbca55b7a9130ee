"""The drawings show the right numbers, and the slider redraws its figure."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from ipywidgets import Checkbox

from digitlib import plots
from digitlib.plots import knobs
from tests.conftest import SEVEN


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_network_is_told_by_its_layers_and_their_numbers():
    fig = plots.show_network([784, 16, 16, 10])
    (ax,) = fig.axes
    assert "784 inputs" in texts(ax)
    assert "784 · 16 weights\n+ 16 biases" in texts(ax)
    assert [text for text in texts(ax) if text.isdigit()] == list("0123456789")
    circles = [len(each.get_offsets()) for each in ax.collections]
    assert circles[1:] == [16, 16, 10]
    assert circles[0] < 16  # most pixels are left out
    assert "784 inputs on the left, then 16 neurons" in fig.alt


def test_a_neuron_adds_up_and_cuts_off():
    fig = plots.show_neuron([1, 0.5], [-2, 1], bias=0.25)
    assert {"· -2", "bias +0.25", "-1.25", "0"} <= set(texts(fig.axes[0]))
    assert "the sum is -1.25, and the output is 0" in fig.alt


def test_a_convolution_shows_its_window_and_the_sum():
    picture = np.arange(36.0).reshape(6, 6) / 36
    kernel = np.array([[1, 0], [0, -1]])
    fig = plots.show_convolution(picture, kernel, row=2, column=3)
    whole, numbers, weights = fig.axes
    assert whole.patches[0].get_xy() == (2.5, 1.5)
    assert texts(numbers) == ["0.42", "0.44", "0.58", "0.61"]
    assert texts(weights) == ["1", "0", "0", "-1"]
    assert weights.get_title() == "times the kernel: sum -0.19"


def test_layers_are_told_by_what_they_hand_on():
    class Conv2D(SimpleNamespace): ...

    class Dense(SimpleNamespace): ...

    layers = [
        Conv2D(output=np.empty((0, 24, 24, 16))),
        Conv2D(output=np.empty((0, 8, 8, 3))),
        Dense(output=np.empty((0, 10))),
    ]
    network = SimpleNamespace(input_shape=(None, 28, 28, 1), layers=layers)
    fig = plots.show_layers(network)
    (ax,) = fig.axes
    assert "16 maps of\n24 x 24" in texts(ax)
    sides = [patch.get_width() for patch in ax.patches]
    assert sides == [28, *[24] * 8, *[8] * 3, 4]  # at most eight maps are drawn
    assert fig.alt.endswith("Conv2D, 3 maps of 8 x 8; Dense, 10 numbers.")


@pytest.fixture
def page(monkeypatch):
    """What a notebook shows: at first, and in its place later."""
    shown, updates = [], []

    class Handle:
        def update(self, figure):
            updates.append(figure)

    def display(what, **_):
        shown.append(what)
        return Handle()

    monkeypatch.setattr(knobs, "display", display)
    return shown, updates


def test_turning_a_knob_replaces_the_figure(page):
    shown, updates = page
    slider = plots.show_knob(lambda value: f"figure of {value}", "rate", [1, 2, 3], 2)
    assert shown[0] == "figure of 2"
    assert "a slider for the rate" in shown[1]["text/plain"]
    slider.value = 3
    assert updates == ["figure of 3"]


def test_a_pad_may_have_a_thinner_pen(page):
    shown, _ = page
    for width in (14, 4):
        plots.show_pad(
            lambda picture, _: (np.asarray(picture) < 128).sum(), SEVEN, pen_width=width
        )
    thick, thin = shown[0], shown[2]
    assert thin < thick / 2


def test_the_pads_figure_follows_the_pen_and_the_checkboxes(page, monkeypatch):
    shown, updates = page
    boxes = []

    def make_checkbox(*values, **options):
        boxes.append(Checkbox(*values, **options))
        return boxes[-1]

    monkeypatch.setattr(knobs, "PAUSE", 0)
    monkeypatch.setattr(knobs.widgets, "Checkbox", make_checkbox)

    async def use():
        pad = plots.show_pad(lambda picture, left_out: left_out, SEVEN, ["box", "size"])
        pad.clear()
        await asyncio.sleep(0.05)
        assert updates == []  # an empty pad has no figure
        pad.put(SEVEN)
        pad.put(SEVEN)
        await asyncio.sleep(0.05)
        assert updates == [[]]  # once for both
        boxes[1].value = False
        await asyncio.sleep(0.05)

    with ThreadPoolExecutor(1) as pool:  # here a browser's loop may be running
        pool.submit(asyncio.run, use()).result()
    assert shown[0] == []
    assert "a pad to draw on" in shown[1]["text/plain"]
    assert updates == [[], ["size"]]
