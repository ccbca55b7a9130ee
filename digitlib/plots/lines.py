"""Draw how a line of writing is read, for lesson 6.

strip, probabilities of each column -> show_columns
sums of the forward algorithm       -> show_trellis
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from digitlib.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    WIDTH,
    draw_picture,
    new_figure,
    told,
)
from digitlib.reading import ctc

DIGITS = 10
HIGHEST = 1.0  # inches: height of a line of writing
SEEN = 0.1  # probability from which a sign that is no digit gets a row of its own
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}


def show_strips(
    strips: Sequence[np.ndarray],
    titles: Sequence[Any] = (),
    title: str = "",
    alt: str = "",
) -> Figure:
    """Show lines of writing below each other, in the same scale.

    Args:
        strips: each (height, width) float in [0, 1], ink 1.
        titles: what stands above each line; empty for nothing.
        title: the title of the figure.
        alt: what there is to see, for those who cannot; the titles stand before it.

    Returns:
        A figure with one axes for each strip.
    """
    widest = max(strip.shape[1] for strip in strips)
    highest = max(len(strip) for strip in strips)
    scale = min(WIDTH / widest, HIGHEST / highest)  # inches for each pixel
    height = scale * sum(len(strip) for strip in strips)
    height += len(strips) * (0.1 + 0.25 * bool(len(titles))) + 0.3 * bool(title)
    fig, axes = new_figure(title, height, rows=len(strips))
    for i, (ax, strip) in enumerate(zip(axes, strips, strict=True)):
        draw_picture(ax, strip)
        ax.set_xlim(-0.5, WIDTH / scale - 0.5)
        ax.spines[:].set_visible(False)
        if len(titles):
            ax.set_title(str(titles[i]), fontsize="medium", loc="left")
    said = ", ".join(map(str, titles)) or "one below the other"
    said = f"{title or 'Lines of writing'}: {len(strips)} strips, {said}."
    return told(fig, f"{said} {alt}." if alt else said)


def show_columns(
    strip: np.ndarray, probabilities: np.ndarray, title: str = ""
) -> Figure:
    """Show a strip, and below it the probability of each sign in each column.

    Args:
        strip: (40, width) float in [0, 1], as `strips.to_strip` makes it.
        probabilities: (columns, `ctc.CLASSES`), of "nothing new" and of each sign.
        title: the title of the figure.

    Returns:
        A figure with the strip and a table, dark where a sign is probable. Each sign
        that is read stands above its column.
    """
    columns, width = len(probabilities), strip.shape[1]
    others = range(DIGITS + 1, ctc.CLASSES)
    rows = [
        *range(DIGITS + 1),
        *(i for i in others if probabilities[:, i].max() > SEEN),
    ]
    read = ctc.decode(np.log(probabilities + 1e-9))
    ratios = [WIDTH * len(strip) / width, 0.19 * len(rows)]
    fig, (above, below) = new_figure(
        title, sum(ratios) + 1, rows=2, sharex=True, height_ratios=ratios
    )
    draw_picture(above, strip)
    above.set_aspect("auto")
    edges = -0.5, width - 0.5, len(rows) - 0.5, -0.5
    below.imshow(
        probabilities[:, rows].T, "Blues", vmin=0, vmax=1, extent=edges, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    below.set_yticks(
        range(len(rows)),
        ["nothing new", *(ctc.ALPHABET[i - 1] for i in rows[1:])],
        fontsize=9,
    )
    below.set(xticks=[], xlabel=f"{columns} columns")
    below.grid(False)
    for sign, peak in zip(read.text, read.peaks, strict=True):
        x = (peak + 0.5) * width / columns - 0.5
        above.text(x, -2, sign, color=ORANGE, weight="bold", ha="center")
        for ax in (above, below):
            ax.axvline(x, color=ORANGE, linestyle=":", linewidth=1)
    places = ", ".join(
        f"{s} in column {p + 1}" for s, p in zip(read.text, read.peaks, strict=True)
    )
    return told(
        fig,
        f"{title}: a line of writing, and below it a table with {columns} columns and"
        f" a row for each sign. Read from left to right: {places or 'nothing'}.",
    )


def show_trellis(states: str, sums: np.ndarray, title: str = "") -> Figure:
    """Draw the forward algorithm: its sums, and where each of them comes from.

    Args:
        states: the signs of a text with a blank, "_", before, between and behind.
        sums: (columns, states), the probability to be in a state after a column.
        title: the title of the figure.

    Returns:
        A figure with a row for each state, a column for each column, and arrows.
    """
    columns, n = sums.shape
    fig, (ax,) = new_figure(title, height=0.62 * n + 0.6)
    for x in range(columns):
        for i in range(n):
            colour = BLUE if sums[x, i] else GREY
            box = {"boxstyle": "round", "facecolor": "white", "edgecolor": colour}
            ax.text(x, i, f"{sums[x, i]:.3f}", bbox=box, color=colour, **CENTRED)
            skips = i > 1 and states[i] not in ("_", states[i - 2])
            for before in range(max(0, i - 1 - skips), i + 1):
                if x and sums[x - 1, before]:
                    arrow = {"arrowstyle": "->", "color": GREY}
                    ax.annotate("", (x - 0.2, i), (x - 0.8, before), arrowprops=arrow)
    ax.set_yticks(range(n), list(states))
    ax.set_xticks(range(columns), [f"column {x + 1}" for x in range(columns)])
    ax.set(xlim=(-0.4, columns - 0.6), ylim=(n - 0.5, -0.5))
    ax.grid(False)
    ax.spines[:].set_visible(False)
    said = "; ".join(
        f"column {x + 1}: " + ", ".join(f"{each:.3f}" for each in row)
        for x, row in enumerate(sums)
    )
    return told(
        fig,
        f"Drawing of {n} rows, one for each of the states {' '.join(states)}, and"
        f" {columns} columns, with arrows to the right and down. The sums from top to"
        f" bottom: {said}.",
    )
