"""Draw the figures of an evaluation: accuracy, confusion, reliability, robustness."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from digitlib.plots.style import BLUE, GREY, Numbers, new_figure, told

TOLD = 5  # mistakes that are told to those who cannot see the matrix


def show_intervals(
    values: Numbers,
    intervals: np.ndarray,
    title: str = "",
    x_label: str = "digit",
    y_label: str = "",
) -> Figure:
    """Show shares as dots, with their confidence intervals as error bars.

    Args:
        values: (n,) shares from 0 to 1.
        intervals: (n, 2) the lower and upper end of each confidence interval.
        title: the title of the figure.
        x_label: what the dots are; they are named 0, 1, 2 ...
        y_label: what is measured.

    Returns:
        A figure whose vertical axis begins near the lowest error bar, not at 0.
    """
    fig, (ax,) = new_figure(title)
    error_bars = np.abs(intervals.T - np.asarray(values))
    ax.errorbar(range(len(values)), values, error_bars, fmt="o", color=BLUE, capsize=4)
    ax.set_xticks(range(len(values)))
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return fig


def show_confusion(matrix: np.ndarray, title: str = "") -> Figure:
    """Show a confusion matrix in which only the mistakes are coloured.

    Args:
        matrix: (n, n) counts; rows are the true digits, columns the predicted ones.
        title: the title of the figure.

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
    most = np.argsort(-mistakes, axis=None, kind="stable")[:TOLD]
    pairs = [divmod(int(i), len(matrix)) for i in most if mistakes.flat[i]]
    said = ", ".join(f"{y} read as {x}: {matrix[y, x]} times" for y, x in pairs)
    return told(fig, f"A table of digits by answers. {title}. Most often: {said}.")


def show_reliability(
    confidences: Numbers,
    accuracies: Numbers,
    intervals: np.ndarray,
    counts: Numbers,
    title: str = "",
) -> Figure:
    """Show a reliability diagram: the accuracy at each confidence.

    Args:
        confidences: (n,) the mean confidence of each group of predictions.
        accuracies: (n,) the accuracy of each group.
        intervals: (n, 2) the confidence interval of each group's accuracy.
        counts: (n,) the number of predictions in each group, written beside its dot.
        title: the title of the figure.

    Returns:
        A figure with n dots. A network is calibrated on the dashed line and
        overconfident below it.

    Example:
        >>> show_reliability(*metrics.reliability(labels, probabilities))
    """
    fig, (ax,) = new_figure(title, height=4.5, width=5.5)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="as sure as right")
    error_bars = np.abs(intervals.T - np.asarray(accuracies))
    ax.errorbar(
        confidences, accuracies, error_bars, fmt="o", color=BLUE, capsize=4,
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
    """Show shares as horizontal bars, the longest on top, with room for long names.

    Args:
        shares: shares from 0 to 1, by name.
        title: the title of the figure.
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
