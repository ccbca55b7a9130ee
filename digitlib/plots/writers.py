"""Draw the figure of lesson 07: what each of many groups gained or lost."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from digitlib.plots.style import BLUE, GREY, ORANGE, new_figure


def show_change(
    before: Mapping[str, float],
    after: Mapping[str, float],
    title: str = "",
    x_label: str = "",
) -> Figure:
    """Show a share of each group before and after a change, as two joined dots.

    Args:
        before: shares from 0 to 1, by group; the lowest is shown on top.
        after: shares of the same groups.
        title: the title of the figure.
        x_label: what is measured.

    Returns:
        A figure with a row for each group: a circle for before, a diamond for after.
    """
    names = sorted(before, key=lambda name: -before[name])
    first, second = ([shares[name] for name in names] for shares in (before, after))
    rows = range(len(names))
    fig, (ax,) = new_figure(title, height=1.2 + 0.24 * len(names), width=6.5)
    ax.hlines(rows, first, second, color=GREY)
    ax.plot(first, rows, "o", color=BLUE, fillstyle="none", label="before")
    ax.plot(second, rows, "D", color=ORANGE, label="after")
    ax.set_yticks(rows, names)
    ax.set(xlabel=x_label)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="lower left")
    return fig
