"""Draw how one measures: three piles of digits, a hat of slips, a reliability diagram.

These are drawings of ideas, as in `drawings`, for lessons 01 and 04.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import FuncFormatter

from digitlib.plots.drawings import ARROW, CENTRED, SHEET
from digitlib.plots.style import BLUE, GREY, new_figure, told

PURPOSES = "to learn from", "to choose by", "for one exam"  # of the three piles
HIGHEST = 40  # sheets of the highest pile
SHADE = "#e4e4e4"
DASHED: dict[str, Any] = {"fill": False, "linestyle": "--", "edgecolor": "black"}
POINTER: dict[str, Any] = {"arrowprops": ARROW, "fontsize": 9}


def show_piles(sizes: Mapping[str, int], title: str = "") -> Figure:
    """Draw the three piles of digits, each as high as it has digits.

    Args:
        sizes: how many digits each pile has, by name, in the order of `PURPOSES`.
        title: the title of the figure.

    Returns:
        A figure with a pile of sheets for each entry; the last one is in a box.
    """
    fig, (ax,) = new_figure(title, height=3.2)
    most, random = max(sizes.values()), np.random.default_rng(0)
    rows = zip(sizes.items(), PURPOSES, strict=True)
    for x, ((name, size), purpose) in enumerate(rows):
        sheets = max(2, round(HIGHEST * size / most))
        for y, shift in enumerate(random.uniform(-0.02, 0.02, sheets)):
            ax.add_patch(Rectangle((x - 0.25 + shift, y), 0.5, 0.9, **SHEET))
        ax.text(x, -2, f"{name}\n{size:,} digits\n{purpose}", ha="center", va="top")
    ax.add_patch(Rectangle((x - 0.33, -1), 0.66, sheets + 2, **DASHED))
    ax.text(x, sheets + 1.8, "stays shut", ha="center", fontsize=9)
    ax.set(xlim=(-0.5, len(sizes) - 0.5), ylim=(-15, HIGHEST + 1))
    ax.set_axis_off()
    piles = ", ".join(f"{size:,} for {name}" for name, size in sizes.items())
    return told(
        fig,
        f"Drawing of piles of sheets, as high as they have digits: {piles}. The last"
        " pile is in a dashed box and stays shut.",
    )


def show_hat(slips: Sequence[bool], drawn: Sequence[int], title: str = "") -> Figure:
    """Draw the hat of the bootstrap, and what was drawn from it with replacement.

    Args:
        slips: (n,) what each slip in the hat says, n even: right or wrong.
        drawn: (n,) the places of the slips that were drawn, one after the other.
        title: the title of the figure.

    Returns:
        A figure with the hat on the left and the draws on the right, in two rows each.
    """
    fig, (ax,) = new_figure(title, height=2.6)
    half = len(slips) // 2
    hat, table = 0.5 * half + 1, 1.5 * half + 6  # the middle of each
    edges = (hat - 0.5, 1.1), (0.5 * half + 0.2, -1.5)  # half a width, and a height
    corners = [(hat + sign * x, y) for sign in (-1, 1) for x, y in edges[::sign]]
    ax.add_patch(Polygon(corners, facecolor=SHADE, edgecolor="black"))
    ax.plot([0, 2 * hat], [1.1, 1.1], color="black", linewidth=4)  # the brim
    everything = ((hat, range(len(slips))), (table, drawn))
    for middle, places in everything:
        for i, place in enumerate(places):
            x, y = middle + i % half - (half - 1) / 2, 0.3 - i // half
            _draw_slip(ax, x, y, place, slips[place])
        count = sum(slips[place] for place in places)
        text = f"{count} of {len(slips)} are right"
        ax.text(middle, -1.8, text, ha="center", va="top")
    ends = 2 * hat + 0.2, table - half / 2 - 0.2
    for y, (start, end), text in (
        (0.4, ends, "draw and note"),
        (-0.8, ends[::-1], "put it back"),
    ):
        ax.annotate("", (end, y), (start, y), arrowprops=ARROW)
        ax.text(sum(ends) / 2, y + 0.15, text, ha="center", fontsize=9)
    ax.set(xlim=(-0.2, table + half / 2), ylim=(-2.6, 1.3), aspect="equal")
    ax.set_axis_off()
    numbers = ", ".join(str(place + 1) for place in drawn)
    return told(
        fig,
        f"Drawing of a hat with {len(slips)} numbered slips, {sum(slips)} of them say"
        f" right. Drawn, and put back each time: {numbers}; {count} say right.",
    )


def show_diagonal(title: str = "") -> Figure:
    """Draw how to read a reliability diagram: what lies above the line, and below.

    Args:
        title: the title of the figure.

    Returns:
        A figure with the axes of `show_calibration`, and a name for each side.
    """
    fig, (ax,) = new_figure(title, 3.4, width=4.6)
    low = 0.001
    ax.fill_between([low, 1], [low, 1], 1, facecolor=SHADE, linewidth=0)
    ax.plot([low, 1], [low, 1], "--", color="black")
    ax.text(
        0.0015, 0.35, "ABOVE: too sure\nwrong more often\nthan it admits", va="center"
    )
    ax.text(
        0.06, 0.004, "BELOW: too modest\nwrong less often\nthan it says", va="center"
    )
    ax.plot(0.05, 0.05, "o", color=BLUE)
    ax.annotate("doubts 5 %,\nwrong in 5 %", (0.05, 0.05), (0.0015, 0.04), **POINTER)
    ax.set(xscale="log", yscale="log", xlim=(low, 1), ylim=(low, 1))
    ax.set(xlabel="mean doubt (1 - confidence)", ylabel="share that is wrong")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    ax.grid(False)
    return told(
        fig,
        "Drawing of the share that is wrong against the mean doubt. On the dashed"
        " diagonal both are equal. Above it a network is too sure, and below it it is"
        " too modest.",
    )


def _draw_slip(ax: Axes, x: float, y: float, place: int, is_right: bool) -> None:
    """Draw a slip with its number: right on white, wrong on dark paper."""
    face, ink = ("white", "black") if is_right else (GREY, "white")
    corner = x - 0.4, y - 0.38
    ax.add_patch(Rectangle(corner, 0.8, 0.76, facecolor=face, edgecolor="black"))
    text = f"{place + 1}\n{'right' if is_right else 'wrong'}"
    ax.text(x, y, text, color=ink, fontsize=8, **CENTRED)
