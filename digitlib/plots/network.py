"""Draw figures of networks: their learning curves, robustness and feature maps.

Lessons 03 and 05 use them beside those of `pictures`.
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
    told,
)
from digitlib.reading.explain import tile

NEAR = 0.035  # of the width of an embedding: how far an island's next dot may be
ISLAND = 0.05  # of a digit's dots: fewer make no island
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
    points: np.ndarray,
    labels: np.ndarray,
    marked: np.ndarray,
    title: str = "",
    notes: Mapping[str, np.ndarray] | None = None,
) -> Figure:
    """Show an embedding of pictures in the plane: ten clusters, if all is well.

    Args:
        points: (n, 2) coordinates, of which only the distances are meaningful.
        labels: (n,) integers from 0 to 9; each has a colour and a kind of dot, and is
            written on each of its islands.
        marked: (n,) bool: pictures that are shown as their labels, not as dots.
        title: the title of the figure.
        notes: words to write beside some of the points, (n, 2) each.

    Returns:
        A figure without axes, because their numbers would be meaningless.
    """
    fig, (ax,) = new_figure(title, height=5)
    reach = NEAR * max(float(np.ptp(points)), 1e-6)
    for digit in np.unique(labels):
        colour, marker = COLOURS[digit // 2], "so"[digit % 2]
        face = colour if digit % 2 else "none"
        x, y = points[(labels == digit) & ~marked].T
        ax.scatter(x, y, 9, face, marker=marker, edgecolors=colour, linewidths=0.7)
        for x, y in find_islands(points[labels == digit], reach):
            ax.text(x, y, str(digit), color="white", size=24, **CENTRED, **OUTLINED)
    for (x, y), label in zip(points[marked], labels[marked], strict=True):
        ax.text(x, y, str(label), size=10, weight="bold", **CENTRED)
    said = ""
    for note, near in (notes or {}).items():
        right, middle = near[:, 0].max() + reach / 2, np.median(near[:, 1])
        ax.text(right, middle, note, size=12, weight="bold", va="center")
        said += f' "{note}" is written beside {len(near)} of them.'
    ax.set_axis_off()
    return told(
        fig,
        f"A map of {len(labels):,} pictures: alike ones lie close together, in islands"
        f" of one digit each; {marked.sum()} small black digits mark the mistakes."
        + said,
    )


def find_islands(points: np.ndarray, reach: float) -> list[np.ndarray]:
    """Find groups of dots that are near each other, and the middle of each.

    Args:
        points: (n, 2).
        reach: how far the next dot of an island may be.

    Returns:
        (2,) the middle of each island that has a twentieth of the dots or more.
    """
    from sklearn.cluster import DBSCAN

    islands = DBSCAN(eps=reach, min_samples=2).fit_predict(points)
    return [
        np.median(points[islands == i], axis=0)
        for i in np.unique(islands[islands >= 0])
        if np.mean(islands == i) >= ISLAND
    ]
