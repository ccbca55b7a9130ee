"""The figures of an evaluation: how often, how surely and where a network is right."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from digitlib.plots.style import BLUE, GREY, Numbers, new_figure


def show_intervals(
    values: Numbers,
    intervals: np.ndarray,
    title: str = "",
    x_label: str = "digit",
    y_label: str = "",
) -> Figure:
    """Show shares as dots, each with a whisker over the values that are plausible.

    Args:
        values: (n,) shares from 0 to 1.
        intervals: (n, 2) the lowest and highest plausible value of each.
        title: what to write above.
        x_label: what the dots are; they are named 0, 1, 2 ...
        y_label: what is measured.

    Returns:
        A figure whose vertical axis begins near the lowest whisker, not at 0.
    """
    fig, (ax,) = new_figure(title)
    whiskers = np.abs(intervals.T - np.asarray(values))
    ax.errorbar(range(len(values)), values, whiskers, fmt="o", color=BLUE, capsize=4)
    ax.set_xticks(range(len(values)))
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return fig


def show_confusion(matrix: np.ndarray, title: str = "") -> Figure:
    """Show how often each digit was read as each; only mistakes are coloured.

    Args:
        matrix: (n, n) counts; rows are the true digits, columns what was read.
        title: what to write above.

    Returns:
        A figure with one text for each count that is not 0.
    """
    mistakes = np.where(np.eye(len(matrix)), 0, matrix)
    fig, (ax,) = new_figure(title, height=5)
    ax.imshow(mistakes, cmap="Blues", vmin=0, vmax=max(1, mistakes.max()) * 1.6)
    for (y, x), count in np.ndenumerate(matrix):
        if count:
            weight = "normal" if x == y else "bold"
            ax.text(x, y, count, fontsize=8, weight=weight, ha="center", va="center")
    ax.set(xlabel="read as", ylabel="true digit")
    ax.set_xticks(range(len(matrix)))
    ax.set_yticks(range(len(matrix)))
    ax.grid(False)
    return fig


def show_reliability(
    confidences: Numbers,
    accuracies: Numbers,
    intervals: np.ndarray,
    counts: Numbers,
    title: str = "",
) -> Figure:
    """Show how often a network is right when it is this sure.

    Args:
        confidences: (n,) the mean confidence of each group of answers.
        accuracies: (n,) the share of each group that is right.
        intervals: (n, 2) the lowest and highest plausible accuracy of each group.
        counts: (n,) how many answers each group has; written beside its dot.
        title: what to write above.

    Returns:
        A figure with n dots. On the dashed line a network is as often right as it
        says; below it, it is too sure.

    Example:
        >>> show_reliability(*evaluate.reliability(labels, probabilities))
    """
    fig, (ax,) = new_figure(title, height=4.5, width=5.5)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="as sure as right")
    whiskers = np.abs(intervals.T - np.asarray(accuracies))
    ax.errorbar(
        confidences, accuracies, whiskers, fmt="o", color=BLUE, capsize=4,
        label="measured; plausible, 95 in 100",
    )  # fmt: skip
    for x, y, count in zip(confidences, accuracies, counts, strict=True):
        ax.annotate(
            f"{count:,}", (x, y), (6, -4), textcoords="offset points", fontsize="small"
        )
    ax.set(xlabel="mean confidence", ylabel="share that is right")
    ax.set(xlim=(0, 1.14), ylim=(-0.04, 1.05))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.legend(loc="lower right")
    return fig


def show_ranking(
    shares: Mapping[str, float], title: str = "", x_label: str = ""
) -> Figure:
    """Show shares as bars that lie, the longest on top: long names have room.

    Args:
        shares: from 0 to 1, by name.
        title: what to write above.
        x_label: what is measured.

    Returns:
        A figure with a bar for each share, and the share beside it.
    """
    names = sorted(shares, key=lambda name: shares[name])
    values = [shares[name] for name in names]
    fig, (ax,) = new_figure(title, height=0.8 + 0.26 * len(names))
    bars = ax.barh([name.replace("_", " ") for name in names], values, color=BLUE)
    ax.bar_label(bars, [f"{v:.1%}" for v in values], padding=3, fontsize="small")
    ax.set(xlabel=x_label, xlim=(0, 1.08))
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.yaxis.grid(False)
    return fig
