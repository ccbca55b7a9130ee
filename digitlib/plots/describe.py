"""Describe a figure in words, for those who cannot see it.

A notebook keeps the text beside the picture, as `style.DescribedFigure` has it.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

TINY = 5e-4  # told as 0: what is smaller differs from machine to machine
MANY = 12  # values; of more, only some are told


def describe(fig: Figure) -> str:
    """Say what a figure shows: its titles, and the values of its bars and lines.

    Args:
        fig: a figure of pictures, bars or lines.

    Returns:
        A few sentences.
    """
    sentences = [f"Figure: {fig.get_suptitle()}"] if fig.get_suptitle() else ["Figure"]
    pictures = [ax for ax in fig.axes if ax.images]
    if pictures:
        sentences.append(_describe_pictures(pictures))
    for ax in fig.axes:
        sentences += _describe_axes(ax)
    return ". ".join(sentences).replace("\n", " ") + "."


def _describe_pictures(pictures: list[Axes]) -> str:
    titles = [ax.get_title() for ax in pictures if ax.get_title()]
    count = f"{len(pictures)} pictures" if len(pictures) > 1 else "One picture"
    return f"{count}: {', '.join(titles)}" if titles else count


def _describe_axes(ax: Axes) -> list[str]:
    bars = [each for each in ax.containers if isinstance(each, BarContainer)]
    lines = [line for line in ax.lines if len(np.unique(line.get_xdata())) > 1]
    if not bars and not lines:
        return []
    title, x, y = ax.get_title(), ax.get_xlabel(), ax.get_ylabel()
    names = f"{y} by {x}" if x and y else x or y
    heading = ": ".join(text for text in (title, names) if text)
    parts = [_describe_bars(ax, each) for each in bars]
    parts += [_describe_line(line) for line in lines]
    return [f"{heading}: {'; '.join(parts)}" if heading else "; ".join(parts)]


def _describe_bars(ax: Axes, bars: BarContainer) -> str:
    names = [label.get_text() for label in ax.get_xticklabels()]
    heights = [bar.get_height() for bar in bars.patches]
    if len(names) != len(heights) or len(heights) > MANY:
        return f"{len(heights)} bars, the highest {_number(max(heights))}"
    pairs = zip(names, heights, strict=True)
    return "bars " + ", ".join(f"{name}: {_number(height)}" for name, height in pairs)


def _describe_line(line: Line2D) -> str:
    x, y = (np.asarray(data, float) for data in line.get_data())
    name = str(line.get_label())
    name = "line" if name.startswith("_") else name
    ends = f"from {_number(y[0])} at {_number(x[0])} to {_number(y[-1])}"
    ends += f" at {_number(x[-1])}"
    lowest, highest = y.argmin(), y.argmax()
    if {lowest, highest} <= {0, len(y) - 1}:
        return f"{name} {ends}"
    between = f"lowest {_number(y[lowest])} at {_number(x[lowest])}"
    return f"{name} {ends}, {between}, highest {_number(y[highest])}"


def _number(value: float) -> str:
    """Write a number as short as three digits allow."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value if abs(value) >= TINY else 0:.3g}"
