"""Draw how a network is made: a neuron, its layers, a convolution.

These are drawings of ideas, with real numbers where they have some. `methods` draws how
one measures.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from digitlib.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    draw_picture,
    new_figure,
    told,
)

MOST = 16  # neurons of a layer that are drawn; of more, the middle is left out
STACK = 8  # feature maps of a layer that are drawn
ARROW = {"arrowstyle": "->"}
CENTRED: dict[str, Any] = {"ha": "center", "va": "center"}
SHEET: dict[str, Any] = {"facecolor": "white", "edgecolor": GREY, "linewidth": 0.7}


def show_network(sizes: Sequence[int], title: str = "") -> Figure:
    """Draw a network of fully connected layers, with how many numbers it has.

    Args:
        sizes: the number of inputs, then of the neurons of each layer.
        title: the title of the figure.

    Returns:
        A figure with a column of circles for each size, and lines between them.
    """
    fig, (ax,) = new_figure(title, height=4.2)
    columns = [_places(size) for size in sizes]
    for x, (left, right) in enumerate(pairwise(columns)):
        for low in left:
            ax.plot(
                np.tile([x, x + 1, np.nan], len(right)),
                np.column_stack(
                    [np.full(len(right), low), right, np.full(len(right), np.nan)]
                ).ravel(),
                color=GREY, linewidth=0.4, zorder=1, antialiased=False,
            )  # fmt: skip
    last = len(sizes) - 1
    for x, (size, places) in enumerate(zip(sizes, columns, strict=True)):
        ax.scatter(
            [x] * len(places),
            places,
            70,
            "white" if x == 0 else BLUE,
            edgecolors="black",
        )
        if size > MOST:
            ax.text(x, 0, "⋮", fontsize=20, **CENTRED)
        name = "inputs" if x == 0 else "answers" if x == last else "neurons"
        ax.text(x, 1.12, f"{size} {name}", **CENTRED)
    for x, (a, b) in enumerate(pairwise(sizes)):
        ax.text(
            x + 0.5, -1.14, f"{a} · {b} weights\n+ {b} biases", fontsize=9, **CENTRED
        )
    for place, digit in zip(columns[-1], range(sizes[-1]), strict=False):
        ax.text(last + 0.1, place, str(digit), va="center")
    ax.set(xlim=(-0.3, last + 0.3), ylim=(-1.3, 1.2))
    ax.set_axis_off()
    layers = ", then ".join(f"{size} neurons" for size in sizes[1:])
    fig.alt = (
        f"Drawing of a network: {sizes[0]} inputs on the left, then {layers}. A line"
        " joins every circle to every circle of the next column."
    )
    return fig


def show_neuron(
    inputs: Sequence[float], weights: Sequence[float], bias: float, title: str = ""
) -> Figure:
    """Draw one neuron with its numbers: it multiplies, adds up, and cuts off at 0.

    Args:
        inputs: (n,) the numbers that it gets.
        weights: (n,) what it multiplies each of them by.
        bias: what it adds.
        title: the title of the figure.

    Returns:
        A figure with n lines into one circle.
    """
    fig, (ax,) = new_figure(title, height=2.8)
    total = float(np.dot(inputs, weights) + bias)
    for place, number, weight in zip(
        np.linspace(1, -1, len(inputs)), inputs, weights, strict=True
    ):
        colour = BLUE if weight >= 0 else ORANGE
        ax.plot([0, 2], [place, 0], "-" if weight >= 0 else "--", color=colour)
        _draw_circle(ax, 0, place, f"{number:g}")
        ax.text(0.8, 0.62 * place + 0.13, f"· {weight:g}", color=colour, **CENTRED)
    ax.annotate(
        f"bias {bias:+g}",
        (2, -0.3),
        (2, -1),
        ha="center",
        arrowprops={"arrowstyle": "->"},
    )
    ax.annotate("", (3.7, 0), (2.3, 0), arrowprops={"arrowstyle": "->"})
    ax.text(3, 0.12, "ReLU: cut at 0", ha="center", fontsize=9)
    _draw_circle(ax, 2, 0, f"{total:.3g}")
    _draw_circle(ax, 4, 0, f"{max(total, 0):.3g}")
    for x, name in ((0, "inputs"), (2, "sum"), (4, "output")):
        ax.text(x, 1.45, name, **CENTRED)
    ax.set(xlim=(-0.5, 4.5), ylim=(-1.4, 1.6), aspect="equal")
    ax.set_axis_off()
    pairs = zip(inputs, weights, strict=True)
    products = ", ".join(f"{number:g} times {weight:g}" for number, weight in pairs)
    fig.alt = (
        f"Drawing of one neuron: {products}; with the bias {bias:g} the sum is"
        f" {total:.3g}, and the output is {max(total, 0):.3g}."
    )
    return fig


def show_convolution(
    picture: np.ndarray, kernel: np.ndarray, row: int, column: int, title: str = ""
) -> Figure:
    """Draw one place of a convolution: the window, the kernel, and their sum.

    Args:
        picture: (height, width) float in [0, 1].
        kernel: (side, side) weights.
        row: the first row of the window.
        column: the first column of the window.
        title: the title of the figure.

    Returns:
        A figure with the picture, the window's numbers, and the kernel's.
    """
    side = len(kernel)
    window = picture[row : row + side, column : column + side]
    total = float((window * kernel).sum())
    fig, (whole, numbers, weights) = new_figure(title, 3.0, columns=3)
    draw_picture(whole, picture)
    corner = column - 0.5, row - 0.5
    whole.add_patch(Rectangle(corner, side, side, fill=False, color=ORANGE, lw=2))
    whole.set_title("the window")
    _draw_table(numbers, window, "its numbers")
    _draw_table(weights, kernel, f"times the kernel: sum {total:.2f}")
    fig.alt = (
        f"Three panels: a digit with a window of {side} by {side} pixels at row {row},"
        f" column {column}; the window's numbers {_tell_table(window)}; the"
        f" kernel's weights {_tell_table(kernel)}. Multiplied and added up:"
        f" {total:.2f}."
    )
    return fig


def show_layers(network: Any, title: str = "") -> Figure:
    """Draw what each layer of a network with convolutions hands on to the next one.

    Args:
        network: a sequence of Keras layers that is built, on one-channel pictures.
        title: the title of the figure.

    Returns:
        A figure with a stack of squares for each layer of feature maps, and a column
        for each list of numbers.
    """
    fig, (ax,) = new_figure(title, height=2.6)
    side, x = network.input_shape[1], 0.0
    said: list[str] = []
    layers = [(type(each).__name__, each.output.shape[1:]) for each in network.layers]
    for name, shape in [("picture", (side, side, 1)), *layers]:
        if said:
            ax.annotate("", (x - 2.5, 0), (x - 10.5, 0), arrowprops=ARROW)
        width = _draw_maps(ax, x, shape) if len(shape) > 1 else 4
        text = f"{shape[-1]} numbers"
        if len(shape) > 1:
            text = f"{shape[0]} x {shape[1]}"
            text = f"{shape[2]} maps of {text}" if shape[2] > 1 else text
        else:
            height = 0.6 * side * np.log(shape[0]) / np.log(side)
            ax.add_patch(Rectangle((x, -height / 2), width, height, facecolor=BLUE))
        middle = x + width / 2
        label = text.replace(" of ", " of\n").removesuffix(" numbers")
        ax.text(middle, 0.9 * side, label, fontsize=9, **CENTRED)
        ax.text(middle, -0.8 * side, name, fontsize=9, **CENTRED)
        said.append(f"{name}, {text}")
        x += width + 13
    ax.set(xlim=(-2, x - 9), ylim=(-0.9 * side, 1.05 * side), aspect="equal")
    ax.set_axis_off()
    return told(fig, f"Drawing of layers, from left to right: {'; '.join(said)}.")


def _places(size: int) -> np.ndarray:
    """Return the heights of a layer's circles, with a gap where some are left out."""
    places = np.linspace(1, -1, min(size, MOST))
    return places[np.abs(places) > 0.4] if size > MOST else places * size / MOST


def _draw_circle(ax: Axes, x: float, y: float, text: str) -> None:
    ax.add_patch(Circle((x, y), 0.28, facecolor="white", edgecolor="black", zorder=3))
    ax.text(x, y, text, zorder=4, **CENTRED)


def _draw_maps(ax: Axes, x: float, shape: Sequence[int]) -> float:
    """Draw a layer's feature maps as a stack of squares, and return its width."""
    height, width, maps = shape
    last = min(maps, STACK) - 1
    for i in range(last + 1):
        corner = x + i, -height / 2 + last / 2 - i
        ax.add_patch(Rectangle(corner, width, height, **SHEET))
    return width + last


def _draw_table(ax: Axes, table: np.ndarray, title: str) -> None:
    """Draw a table of numbers on squares, light for high and dark for low."""
    ax.imshow(table, cmap="gray", vmin=-1, vmax=1)
    for (y, x), number in np.ndenumerate(table):
        colour = "black" if number > 0 else "white"
        ax.text(x, y, f"{number:.2g}", color=colour, fontsize=12, **CENTRED)
    ax.set_title(title)
    ax.grid(False)
    ax.set_xticks([])
    ax.set_yticks([])


def _tell_table(table: np.ndarray) -> str:
    rows = (", ".join(f"{number:.2g}" for number in row) for row in table)
    return " / ".join(rows)
