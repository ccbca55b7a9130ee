"""Draw how sure an accuracy is: bootstrap, pairs, calibration, groups of people.

Lessons 04 and 05 use these figures; `scores` has those of the report.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter
from scipy.stats import binom

from digitlib.evaluation.metrics import confidence_interval
from digitlib.evaluation.sampling import Pairs, find_middle
from digitlib.plots.style import BLUE, COLOURS, GREY, ORANGE, Numbers, new_figure, told

MARKERS = "os^Dv"  # shapes of dots, so that colour is not the only difference
BINS = 30
# what `metrics.reliability` returns
Groups = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def show_bootstrap(accuracies: Mapping[str, np.ndarray], title: str = "") -> Figure:
    """Show the accuracies of many drawn samples, and where the middle 95 in 100 lie.

    Args:
        accuracies: (draws,) from 0 to 1, for each way to draw by name.
        title: the title of the figure.

    Returns:
        A figure with a histogram for each way, all with the same scale.
    """
    fig, axes = new_figure(
        title, 2.7, columns=len(accuracies), sharex=True, sharey=True
    )
    everything = np.concatenate(list(accuracies.values()))
    bins = np.linspace(everything.min(), everything.max(), BINS)
    said = []
    for ax, (name, values) in zip(axes, accuracies.items(), strict=True):
        low, high = find_middle(values)
        ax.axvspan(low, high, color="#e4e4e4", label="95 of 100 draws")
        ax.hist(values, bins.tolist(), color=BLUE, edgecolor="white", linewidth=0.5)
        ax.set(title=name, xlabel="accuracy of a drawn sample")
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
        ax.locator_params(axis="x", nbins=5)
        said.append(f"{name}: 95 of 100 draws from {low:.2%} to {high:.2%}")
    axes[0].set_ylabel("draws")
    axes[0].legend(loc="upper left", fontsize="small")
    draws = f"{len(everything) // len(axes):,}"
    return told(fig, f"Histograms of {draws} drawn samples. {'; '.join(said)}.")


def show_pairs(pairs: Pairs, first: str, second: str, title: str = "") -> Figure:
    """Show how often a coin would divide the pairs as unevenly as two networks do.

    Args:
        pairs: the digits that only one of the networks reads right.
        first: the name of the first network.
        second: the name of the second one.
        title: the title of the figure.

    Returns:
        A figure of the coin's probabilities, those at least as uneven in orange.
    """
    n = pairs.only_first + pairs.only_second
    heads = np.arange(n + 1)
    probabilities = binom.pmf(heads, n, 0.5)
    uneven = np.abs(heads - n / 2) >= abs(pairs.only_first - n / 2)
    fig, (ax,) = new_figure(title, 2.7)
    ax.bar(heads, probabilities, color=np.where(uneven, ORANGE, BLUE))
    ax.axvline(pairs.only_first, color="black", linestyle="--")
    text = (
        f" measured: {pairs.only_first} only {first}, {pairs.only_second} only {second}"
    )
    ax.text(pairs.only_first, probabilities.max() * 1.08, text, fontsize="small")
    ax.set(xlabel=f"heads in {n} tosses", ylabel="probability")
    widest = max(2.5 * n**0.5, 1.2 * abs(pairs.only_first - n / 2))
    ax.set(xlim=(n / 2 - widest, n / 2 + widest))
    ax.set(ylim=(0, probabilities.max() * 1.25))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return told(
        fig,
        f"Bars: how probable each number of heads in {n} tosses of a coin is. {first}"
        f" alone is right {pairs.only_first} times, {second} alone {pairs.only_second}"
        f" times; together {pairs.p_value:.2g} of the tosses are at least as uneven.",
    )


def show_calibration(groups: Mapping[str, Groups], title: str = "") -> Figure:
    """Show how often networks are wrong, against how much they doubt.

    Args:
        groups: for each network by name, what `metrics.reliability` returns.
        title: the title of the figure.

    Returns:
        A figure with logarithmic axes. A network is calibrated on the dashed line, and
        too sure above it. A group without a mistake is a triangle at the lower edge.
    """
    fig, axes = new_figure(title, 3.4, columns=len(groups), sharex=True, sharey=True)
    floor = min(1 / counts.max() / 3 for _, _, _, counts in groups.values())
    for ax, (name, group) in zip(axes, groups.items(), strict=True):
        _draw_doubts(ax, group, floor)
        ax.set(title=name, xlabel="mean doubt (1 - confidence)")
    axes[0].set_ylabel("share that is wrong")
    axes[min(1, len(axes) - 1)].legend(loc="upper left", fontsize="x-small")
    said = " ".join(
        f"{name}: the group with the most doubt, {1 - sure[0]:.1%}, is wrong in"
        f" {1 - right[0]:.1%} of cases."
        for name, (sure, right, _, _) in groups.items()
    )
    return told(fig, f"Dots near a dashed diagonal. {said}")


def _draw_doubts(ax: Axes, group: Groups, floor: float) -> None:
    sure, right, intervals, _ = group
    doubts, wrong = np.maximum(1 - sure, floor), 1 - right
    lows, highs = np.maximum(1 - intervals[:, ::-1], floor).T
    has_mistakes = wrong > 0
    shown = np.where(has_mistakes, wrong, floor)
    ax.plot([floor, 1], [floor, 1], "--", color=GREY, label="as much doubt as mistakes")
    ax.vlines(doubts, np.minimum(lows, shown), highs, color=GREY, linewidth=1)
    for which, marker, text in (
        (has_mistakes, "o", "a group of answers"),
        (~has_mistakes, "v", "no mistake in the group"),
    ):
        ax.plot(doubts[which], shown[which], marker, color=BLUE, label=text)
    ax.set(xscale="log", yscale="log", xlim=(floor, 1.5), ylim=(floor / 1.5, 1.5))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))


def show_rates(
    rates: Mapping[str, Mapping[str, tuple[int, int]]],
    title: str = "",
    x_label: str = "read right",
) -> Figure:
    """Show shares of several networks as dots, with the intervals as whiskers.

    Args:
        rates: for each network by name, how many of how many, by row; every network
            has the same rows.
        title: the title of the figure.
        x_label: what is counted.

    Returns:
        A figure with a dot for each share, in rows as they are given.
    """
    names = list(next(iter(rates.values())))
    height = 1 + 0.16 * len(names) * (1 + len(rates))
    fig, (ax,) = new_figure(title, height)
    step, said = 0.8 / len(rates), []
    for i, (network, each) in enumerate(rates.items()):
        shares = np.array([hits / n for hits, n in each.values()])
        ends = np.array([confidence_interval(int(h), int(n)) for h, n in each.values()])
        y = np.arange(len(names)) + (i - (len(rates) - 1) / 2) * step
        ax.errorbar(
            shares, y, xerr=np.abs(ends.T - shares), fmt=MARKERS[i], color=COLOURS[i],
            capsize=3, label=network,
        )  # fmt: skip
        pairs = zip(names, shares, strict=True)
        said.append(network + " " + ", ".join(f"{n} {share:.1%}" for n, share in pairs))
    ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    ax.invert_yaxis()
    ax.set(xlabel=x_label)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    if len(rates) > 1:
        ax.legend(loc="best", fontsize="small")
    return told(fig, f"Dots with whiskers. {title}: {'; '.join(said)}.")


def show_trade_off(
    refused: Mapping[str, tuple[Numbers, Numbers]],
    chosen: Mapping[str, tuple[float, float]],
    title: str = "",
) -> Figure:
    """Show what each threshold costs: digits that are refused, letters that pass.

    Args:
        refused: for each network by name, the shares of digits refused and of letters
            that pass, (n,) each, one for each threshold.
        chosen: the same two shares at the threshold to mark, by network.
        title: the title of the figure.

    Returns:
        A figure with a line for each network; to the lower left is better.
    """
    fig, (ax,) = new_figure(title, 3.2)
    for i, (name, (digits, letters)) in enumerate(refused.items()):
        ax.plot(digits, letters, color=COLOURS[i], linestyle="-:"[i], label=name)
        ax.plot(*chosen[name], MARKERS[i], color=COLOURS[i], markersize=9)
    ax.set(xscale="log", xlabel="digits refused", ylabel="letters that pass")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.legend()
    said = ", ".join(
        f"{name} refuses {digits:.1%} of digits and lets {letters:.0%} of letters pass"
        for name, (digits, letters) in chosen.items()
    )
    return told(
        fig,
        "Falling lines: the more digits are refused, the fewer letters pass. Here"
        f" {said}.",
    )
