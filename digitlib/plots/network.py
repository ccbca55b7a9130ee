"""The figures of networks: how they learn, what they confuse, how their findings lie.

Beside `pictures`, for lessons 03 and 04: arrays in, a Figure out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import PercentFormatter

from digitlib.plots.style import (
    BLUE,
    COLOURS,
    GREY,
    ORANGE,
    Numbers,
    draw_picture,
    new_figure,
)
from digitlib.reading.explain import tile

MARKERS = "os^Dv"  # dots are told apart by these too
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
OUTLINED: dict[str, Any] = {
    "path_effects": [withStroke(linewidth=3, foreground="black")]
}


def show_history(history: Mapping[str, Numbers], title: str = "") -> Figure:
    """Show how training and validation part, and where the validation loss is lowest.

    Args:
        history: "loss" and "val_loss", each (n,), as Keras gives it after n epochs.
        title: what to write above.

    Returns:
        A figure with two lines, and a third that stands at the best epoch.
    """
    fig, (ax,) = new_figure(title)
    epochs = np.arange(1, len(history["loss"]) + 1)
    best = epochs[np.argmin(history["val_loss"])]
    ax.plot(epochs, history["loss"], color=BLUE, label="training")
    ax.plot(epochs, history["val_loss"], "--", color=ORANGE, label="validation")
    ax.axvline(best, color=GREY, linestyle=":", label="lowest validation loss")
    ax.set(xlabel="epochs", ylabel="loss", ylim=(0, None))
    ax.legend()
    return fig


def show_dots(
    shares: Mapping[str, Mapping[str, float]], title: str = "", x_label: str = ""
) -> Figure:
    """Show a share of each of some things for several networks, a row for each thing.

    Args:
        shares: from 0 to 1, by the thing's name, by the network's; every network has
            the same things.
        title: what to write above.
        x_label: what is measured.

    Returns:
        A figure with a dot for each share. The first network orders the rows, its
        largest share on top.
    """
    first = next(iter(shares.values()))
    names = sorted(first, key=lambda name: first[name])
    fig, (ax,) = new_figure(title, height=1 + 0.24 * len(names))
    rows = range(len(names))
    for i, (network, each) in enumerate(shares.items()):
        values = [each[name] for name in names]
        ax.plot(values, rows, MARKERS[i], color=COLOURS[i], label=network)
    ax.set_yticks(rows, [name.replace("_", " ") for name in names])
    ax.set(xlabel=x_label, xlim=(-0.02, 1.02))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.legend(loc="lower left")
    return fig


def show_maps(stages: Sequence[np.ndarray], title: str = "") -> Figure:
    """Show the sixteen strongest feature maps of each convolution stage.

    Args:
        stages: each (height, width, channels), as `Model.feature_maps` gives them.
        title: what to write above.

    Returns:
        A figure with one of its axes for each stage, every number as one square.
    """
    fig, axes = new_figure(title, 2.5, columns=len(stages), width=6)
    for i, (ax, maps) in enumerate(zip(axes, stages, strict=True), start=1):
        draw_picture(ax, tile(maps))
        ax.images[0].set_interpolation("nearest")
        ax.set_title(f"stage {i}: {maps.shape[0]} x {maps.shape[1]}")
    return fig


def show_embedding(
    points: np.ndarray, labels: np.ndarray, marked: np.ndarray, title: str = ""
) -> Figure:
    """Show where pictures lie among each other: ten islands, if all is well.

    Args:
        points: (n, 2) places; only how near they are to each other means anything.
        labels: (n,) whole numbers from 0 to 9; each has its colour, and stands large
            in the middle of its pictures.
        marked: (n,) bool: pictures that are written as their labels, not as dots.
        title: what to write above.

    Returns:
        A figure without axes, as their numbers would mean nothing.
    """
    fig, (ax,) = new_figure(title, height=5)
    for digit in np.unique(labels):
        x, y = points[(labels == digit) & ~marked].T
        colour = COLOURS[digit // 2]  # no two alike digits share one
        ax.scatter(x, y, 7, colour, marker="s", linewidths=0, antialiased=False)
        x, y = np.median(points[labels == digit], axis=0)
        ax.text(x, y, str(digit), color="white", size=26, **CENTRED, **OUTLINED)
    for (x, y), label in zip(points[marked], labels[marked], strict=True):
        ax.text(x, y, str(label), size=10, weight="bold", **CENTRED)
    ax.set_axis_off()
    return fig
