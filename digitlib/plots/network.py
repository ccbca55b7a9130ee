"""Draw figures of networks: their learning curves, robustness and feature maps.

Lessons 03 and 04 use them beside those of `pictures`.
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

MARKERS = "os^Dv"  # shapes of dots, so that colour is not the only difference
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
OUTLINED: dict[str, Any] = {
    "path_effects": [withStroke(linewidth=3, foreground="black")]
}


def show_history(history: Mapping[str, Numbers], title: str = "") -> Figure:
    """Show how training and validation loss diverge, and where the latter is lowest.

    Args:
        history: "loss" and "val_loss", each (n,), as Keras returns it after n epochs.
        title: the title of the figure.

    Returns:
        A figure with two lines, and a vertical line at the best epoch.
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
    """Show shares of several networks as dots, such as accuracies under corruptions.

    Args:
        shares: for each network by name, the shares from 0 to 1 by row; every network
            has the same rows.
        title: the title of the figure.
        x_label: what is measured.

    Returns:
        A figure with a dot for each share. The rows are sorted by the first network,
        its largest share on top.
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
        stages: each (height, width, channels), as `Model.feature_maps` returns them.
        title: the title of the figure.

    Returns:
        A figure with one axes for each stage, and a square for every element.
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
    """Show an embedding of pictures in the plane: ten clusters, if all is well.

    Args:
        points: (n, 2) coordinates, of which only the distances are meaningful.
        labels: (n,) integers from 0 to 9; each has a colour and is written large in the
            middle of its pictures.
        marked: (n,) bool: pictures that are shown as their labels, not as dots.
        title: the title of the figure.

    Returns:
        A figure without axes, because their numbers would be meaningless.
    """
    fig, (ax,) = new_figure(title, height=5)
    for digit in np.unique(labels):
        x, y = points[(labels == digit) & ~marked].T
        colour = COLOURS[digit // 2]  # similar digits have different colours
        ax.scatter(x, y, 7, colour, marker="s", linewidths=0, antialiased=False)
        x, y = np.median(points[labels == digit], axis=0)
        ax.text(x, y, str(digit), color="white", size=26, **CENTRED, **OUTLINED)
    for (x, y), label in zip(points[marked], labels[marked], strict=True):
        ax.text(x, y, str(label), size=10, weight="bold", **CENTRED)
    ax.set_axis_off()
    return fig
