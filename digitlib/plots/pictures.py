"""Draw the figures that several notebooks show.

`style` sets how they look; the figures of an evaluation are in `scores`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from digitlib.plots.describe import describe
from digitlib.plots.style import (
    BLUE,
    COLOURS,
    DASHES,
    ORANGE,
    WIDTH,
    Numbers,
    draw_bars,
    draw_picture,
    new_figure,
)
from digitlib.reading import show_confidence
from digitlib.reading.segment import Box


def show_pictures(
    pictures: Sequence[np.ndarray] | np.ndarray,
    titles: Sequence[Any] | np.ndarray = (),
    title: str = "",
    columns: int = 10,
    alt: str = "",
) -> Figure:
    """Show pictures in rows, black for 0 and white for the largest value.

    Args:
        pictures: each (height, width), (height, width, 1) or (height, width, 3), uint8,
            or float in [0, 1].
        titles: the titles of the pictures; empty for none.
        title: the title of the figure.
        columns: the largest number of pictures in a row.
        alt: what there is to see, for those who cannot; the titles stand before it.

    Returns:
        A figure with one axes for each picture.
    """
    columns = max(1, min(columns, len(pictures)))
    rows = max(1, -(-len(pictures) // columns))
    side = min(WIDTH / columns, 2.2)  # inches
    height = rows * (side + 0.25 * bool(len(titles))) + 0.3 * bool(title)
    fig, axes = new_figure(title, height, rows, columns, width=columns * side)
    for ax in axes[len(pictures) :]:
        ax.remove()
    for i, (ax, picture) in enumerate(zip(axes, pictures, strict=False)):
        draw_picture(ax, picture)
        if len(titles):
            ax.set_title(str(titles[i]), fontsize="small" if columns > 5 else "medium")
    if alt:
        fig.alt = f"{describe(fig)} {alt}."
    return fig


def show_numbers(picture: np.ndarray, title: str = "") -> Figure:
    """Show a small picture with the level of each pixel written on it, unless it is 0.

    Args:
        picture: (height, width) uint8.
        title: the title of the figure.

    Returns:
        A figure with one text for each pixel that is not 0.
    """
    side = 0.85 * WIDTH
    height = side * picture.shape[0] / picture.shape[1]
    fig, (ax,) = new_figure(title, height, width=side)
    draw_picture(ax, picture)
    for y, x in zip(*picture.nonzero(), strict=True):
        colour = "black" if picture[y, x] > 127 else "white"
        ax.text(x, y, picture[y, x], color=colour, fontsize=6, ha="center", va="center")
    return fig


def show_boxes(
    picture: np.ndarray,
    boxes: Sequence[Box],
    titles: Sequence[Any] = (),
    title: str = "",
) -> Figure:
    """Show a picture with the bounding boxes of its digits.

    Args:
        picture: (height, width) or (height, width, 3), uint8, or float in [0, 1].
        boxes: left, top, right, bottom of each, in pixels, the last two exclusive.
        titles: the titles of the boxes; empty for none.
        title: the title of the figure.

    Returns:
        A figure with one rectangle for each box.
    """
    fig, (ax,) = new_figure(title, height=3.2)
    draw_picture(ax, picture)
    for i, (left, top, right, bottom) in enumerate(boxes):
        corner, size = (left - 0.5, top - 0.5), (right - left, bottom - top)
        ax.add_patch(Rectangle(corner, *size, fill=False, color=ORANGE, linewidth=2))
        if len(titles):
            ax.text(left, top - 4, str(titles[i]), color=ORANGE, weight="bold")
    return fig


def show_reading(
    glyph: np.ndarray, probabilities: np.ndarray, title: str = ""
) -> Figure:
    """Show the input of a network, and beside it the probability of each digit.

    Args:
        glyph: (28, 28, 1) or (28, 28) float32 in [0, 1].
        probabilities: (10,), or (11,) if the last one is that there is no digit.
        title: the title of the figure.

    Returns:
        A figure with the picture on the left and a bar for each on the right.
    """
    fig, (left, right) = new_figure(title, 2.6, columns=2, width_ratios=[1, 3])
    draw_picture(left, glyph)
    left.set_title("what it sees")
    draw_probabilities(right, probabilities)
    return fig


def draw_probabilities(ax: Axes, probabilities: np.ndarray) -> None:
    """Draw the probability of each digit, and of none if there are eleven."""
    best = int(np.argmax(probabilities))
    colours = [ORANGE if i == best else BLUE for i in range(len(probabilities))]
    names = [*range(10), "none"][: len(probabilities)]
    draw_bars(ax, names, probabilities, show_confidence, colours)
    ax.set_title("how probable it finds each digit")
    ax.set(xlabel="digit", ylabel="probability", ylim=(0, 1.15))
    ax.yaxis.set_major_formatter(PercentFormatter(1))


def show_bars(
    values: Numbers,
    names: Sequence[Any] | None = None,
    title: str = "",
    x_label: str = "digit",
    y_label: str = "",
) -> Figure:
    """Show values as bars, with each value written above its bar.

    Args:
        values: (n,) the heights; floats are shares, which are written in percent.
        names: the names of the bars; None for 0, 1, 2 ...
        title: the title of the figure.
        x_label: what the bars are.
        y_label: what is measured, with its unit.

    Returns:
        A figure with n bars.
    """
    fig, (ax,) = new_figure(title)
    shares = np.asarray(values).dtype.kind == "f"
    names = range(len(values)) if names is None else names
    draw_bars(ax, names, values, ("{:.1%}" if shares else "{:,}").format)
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.margins(y=0.12)
    if shares:
        ax.yaxis.set_major_formatter(PercentFormatter(1))
    return fig


def show_histogram(
    groups: Mapping[str, Numbers],
    bins: Sequence[float] | int = 20,
    title: str = "",
    x_label: str = "",
    y_label: str = "pictures",
) -> Figure:
    """Show histograms of values, in a panel for each group.

    Args:
        groups: the values of each group, by name.
        bins: the number of bins of equal width, or the limits of the bins.
        title: the title of the figure.
        x_label: what is measured, with its unit.
        y_label: what is counted.

    Returns:
        A figure with one axes for each group.
    """
    fig, axes = new_figure(title, columns=len(groups), sharex=True)
    for ax, (name, values), colour in zip(axes, groups.items(), COLOURS, strict=False):
        ax.hist(values, bins, color=colour, edgecolor="white")
        ax.set_title(name)
        ax.set(xlabel=x_label, ylabel=y_label)
    return fig


def show_lines(
    lines: Mapping[str, tuple[Numbers, Numbers]],
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    points: Mapping[str, tuple[Numbers, Numbers]] | None = None,
) -> Figure:
    """Show how one variable depends on another, as one line or several.

    Args:
        lines: x and y of each line, by name.
        title: the title of the figure.
        x_label: what x is, with its unit.
        y_label: what y is, with its unit.
        points: x and y of what is marked by dots, by name.

    Returns:
        A figure with a line for each entry, and a legend if there are two or more.
    """
    points = points or {}
    fig, (ax,) = new_figure(title)
    for i, (name, (x, y)) in enumerate(lines.items()):
        ax.plot(x, y, color=COLOURS[i], linestyle=DASHES[i], label=name)
    for name, (x, y) in points.items():
        ax.plot(x, y, "o", color=ORANGE, markersize=9, label=name)
    ax.set(xlabel=x_label, ylabel=y_label)
    if len(lines) + len(points) > 1:
        ax.legend()
    return fig


def show_curves(
    training: Mapping[str, Numbers], validation: Mapping[str, Numbers], title: str = ""
) -> Figure:
    """Show the learning curves of a network: its loss and its accuracy.

    Args:
        training: "epoch", "loss" and "accuracy", each (n,); epochs may be fractions.
        validation: the same for the validation digits; (0,) at the beginning.
        title: the title of the figure.

    Returns:
        A figure with the loss on the left and the accuracy on the right.
    """
    fig, axes = new_figure(title, columns=2)
    for ax, key in zip(axes, ("loss", "accuracy"), strict=True):
        ax.plot(training["epoch"], training[key], color=BLUE, label="training")
        x, y = validation["epoch"], validation[key]
        ax.plot(x, y, "o--", color=ORANGE, label="validation")
        ax.set(xlabel="epochs", ylabel=key)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend()
    axes[0].set_ylim(bottom=0)
    axes[1].yaxis.set_major_formatter(PercentFormatter(1))
    return fig
