"""Draw the figures of lessons 1 and 2: similar digits, and the cost of a broken step.

`style` sets how they look; `pictures` has the figures that other lessons show, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from digitlib.plots.pictures import draw_probabilities
from digitlib.plots.style import (
    COLOURS,
    DASHES,
    ORANGE,
    WIDTH,
    Numbers,
    draw_picture,
    new_figure,
)


def show_neighbours(
    pictures: np.ndarray, neighbours: np.ndarray, labels: np.ndarray, title: str = ""
) -> Figure:
    """Show each digit in an orange frame, and the most similar digits to its right.

    Args:
        pictures: (m, height, width) uint8, or float in [0, 1].
        neighbours: (m, n, height, width), the n pictures most similar to each, nearest
            first.
        labels: (m, n) the titles of the neighbours.
        title: the title of the figure.

    Returns:
        A figure with m rows of 1 + n axes.
    """
    rows, columns = len(pictures), 1 + neighbours.shape[1]
    side = WIDTH / 10  # inches
    height = 0.3 + rows * (side + 0.25)
    fig, axes = new_figure(title, height, rows, columns, width=columns * side)
    for i in range(rows):
        first, *others = axes[i * columns : (i + 1) * columns]
        draw_picture(first, pictures[i])
        first.set_title("?", fontsize="small")
        first.spines[:].set(color=ORANGE, linewidth=3)
        for ax, picture, label in zip(others, neighbours[i], labels[i], strict=True):
            draw_picture(ax, picture)
            ax.set_title(str(label), fontsize="small")
    return fig


def show_shares(
    values: Numbers,
    shares: Sequence[Any] | np.ndarray,
    variants: Sequence[str],
    networks: Iterable[str],
    *,
    title: str = "The share of digits that is read right",
    x_label: str = "",
) -> Figure:
    """Show how the accuracy of each network depends on one variable.

    Args:
        values: (n,) values of the variable, shown at equal distances.
        shares: (n, variants, networks) accuracies from 0 to 1.
        variants: the names of what was done to the pictures, a line for each.
        networks: the names of the networks, a panel for each.
        title: the title of the figure.
        x_label: the name of the variable, with its unit.

    Returns:
        A figure with one axes for each network, all with the same scale.
    """
    names, heights = list(networks), np.asarray(shares)
    fig, axes = new_figure(title, 2.6, columns=len(names), sharey=True)
    places = range(len(values))
    for panel, (ax, name) in enumerate(zip(axes, names, strict=True)):
        for i, variant in enumerate(variants):
            ax.plot(
                places, heights[:, i, panel], "os^"[i], label=variant, markersize=4,
                color=COLOURS[i], linestyle=DASHES[i],
            )  # fmt: skip
        ax.set_xticks(places, [str(value) for value in values])
        ax.set(xlabel=x_label, title=name, ylim=(0, 1.05))
        ax.yaxis.set_major_formatter(PercentFormatter(1))
    axes[0].set_ylabel("read right")
    axes[0].legend()
    return fig


def show_steps(
    steps: Mapping[str, np.ndarray], probabilities: np.ndarray, title: str = ""
) -> Figure:
    """Show a picture after each step of its preparation, and what a network answers.

    Args:
        steps: the picture after each step, by name, in order; float in [0, 1].
        probabilities: (10,), or (11,) if the last one is that there is no digit.
        title: the title of the figure.

    Returns:
        A figure with a strip of pictures above, and bars below.
    """
    fig, axes = new_figure(title, 4.4, 2, len(steps))
    for ax, (name, picture) in zip(axes, steps.items(), strict=False):
        draw_picture(ax, picture)
        ax.set_title(name, fontsize="small")
    for ax in axes[1 : len(steps)]:
        ax.annotate(
            "", (-0.02, 0.5), (-0.2, 0.5), "axes fraction", "axes fraction",
            arrowprops={"arrowstyle": "-|>", "color": ORANGE},
        )  # fmt: skip
    grid = axes[0].get_gridspec()
    assert grid  # `new_figure` made one
    for ax in axes[len(steps) :]:
        ax.remove()
    draw_probabilities(fig.add_subplot(grid[1, :]), probabilities)
    return fig
