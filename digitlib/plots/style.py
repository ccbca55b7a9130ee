"""Set how every figure looks: its colours, its size and its common elements.

Each figure is closed as soon as it is made, so that a notebook shows it only once, as
the value of its cell. The colours are those of Okabe and Ito, which colour-blind people
can distinguish.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from digitlib.plots.describe import describe

COLOURS = BLUE, ORANGE, *_ = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
DASHES = "-", "--", ":", "-.", (0, (5, 1, 1, 1))  # so that colour is not all
GREY = "#767676"  # for auxiliary lines and frames
WIDTH = 8.0  # inches: the usual width of a figure
GLYPHS = 64  # pixels: pictures up to this side are shown enlarged
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.dpi": 80,
    "figure.facecolor": "white",
    "figure.titlesize": "medium",
    "grid.color": "#e4e4e4",
}

SHARPNESS = 2  # pixels of the file for each pixel of the page
SHADES = 128  # colours of the file, which makes it smaller

Numbers = Sequence[float] | np.ndarray


class DescribedFigure(Figure):
    """A figure that a notebook shows sharp, and with a text for who cannot see it.

    Attributes:
        alt: the text; if it is empty, `describe` makes one of what is drawn.
    """

    alt = ""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the picture and the text, as IPython asks for them."""
        file = io.BytesIO()
        self.savefig(file, dpi=self.dpi * SHARPNESS)
        image = Image.open(file).convert("RGB")
        image = image.quantize(SHADES, dither=Image.Dither.NONE)
        image.save(file := io.BytesIO(), "PNG", optimize=True)
        width, height = (side // SHARPNESS for side in image.size)
        alt = self.alt or describe(self)
        about = {"width": width, "height": height, "alt": alt}
        data = {"image/png": file.getvalue(), "text/plain": alt}
        return data, {"image/png": about}


def new_figure(
    title: str,
    height: float = 2.9,
    rows: int = 1,
    columns: int = 1,
    width: float = WIDTH,
    **options: Any,
) -> tuple[DescribedFigure, list[Axes]]:
    """Create a figure of rows and columns of axes; `height`, `width` are in inches."""
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(
            rows, columns, figsize=(width, height), squeeze=False,
            FigureClass=DescribedFigure, **options,
        )  # fmt: skip
    plt.close(fig)
    fig.suptitle(title)
    _prefer_own_picture()
    return fig, list(axes.flat)


def _prefer_own_picture() -> None:
    """Keep Matplotlib's formatter for notebooks from drawing the figure once more.

    IPython prefers a formatter of a type to what an object offers; this one offers
    nothing.
    """
    if shell := get_ipython():
        formatter = shell.display_formatter.formatters["image/png"]
        formatter.for_type(DescribedFigure, lambda fig: None)


def draw_picture(ax: Axes, picture: np.ndarray) -> None:
    """Draw a picture without an axis, black for 0 and white for the largest value.

    The pixels of an enlarged picture stay squares; only a shrunk picture is smoothed.
    """
    top = 255 if picture.dtype == np.uint8 else 1
    method = "nearest" if max(picture.shape[:2]) <= GLYPHS else "auto"
    ax.imshow(picture, cmap="gray", vmin=0, vmax=top, interpolation=method)
    ax.grid(False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(True)
    ax.spines[:].set_color(GREY)


def draw_bars(
    ax: Axes,
    names: Sequence[Any],
    values: Numbers,
    text: Callable[[Any], str],
    colours: Sequence[str] = (BLUE,),
) -> None:
    """Draw values as bars, each with its value above it as `text` writes it."""
    bars = ax.bar(range(len(values)), values, color=colours)
    ax.bar_label(bars, [text(value) for value in values], fontsize="small")
    ax.set_xticks(range(len(values)), [str(name) for name in names])
    ax.xaxis.grid(False)


def told(fig: Figure, alt: str) -> Figure:
    """Give a figure of `new_figure` its text, for those who cannot see it."""
    assert isinstance(fig, DescribedFigure)
    fig.alt = alt
    return fig
