"""Put a slider or a drawing pad below a figure, which then follows it.

Where nothing runs, as on a page of kept outputs, the figure of the start stays.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import ipywidgets as widgets
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from digitlib.dashboard.pad import Pad
from digitlib.dashboard.writing import CSS as PAD_CSS
from digitlib.reading import ink

PAUSE = 0.3  # seconds without a stroke before the figure is drawn again


def show_knob(
    draw: Callable[[float], Figure], name: str, values: Sequence[float], start: float
) -> widgets.SelectionSlider:
    """Show a figure of one value, and a slider to choose another one.

    Args:
        draw: makes the figure of a value.
        name: what the slider changes.
        values: what can be chosen, in order.
        start: the value at first, one of these.

    Returns:
        The slider. Give it a name if a cell ends with it, or it is shown twice.
    """
    slider = widgets.SelectionSlider(
        options=[(f"{value:g}", value) for value in values],
        value=start,
        description=name,
        continuous_update=False,
        style={"description_width": "initial"},
        layout={"width": "60%"},
    )
    shown = display(draw(start), display_id=True)
    slider.observe(lambda change: shown.update(draw(change["new"])), "value")
    show_widget(slider, f"[a slider for the {name}, which moves when the cell is run]")
    return slider


def show_widget(widget: widgets.Widget, text: str) -> None:
    """Show a widget, and a text for pages that keep outputs only."""
    display(widget._repr_mimebundle_() | {"text/plain": text}, raw=True)


def show_pad(
    draw: Callable[[Image.Image, list[str]], Figure],
    strokes: Iterable[ink.Stroke],
    steps: Sequence[str] = (),
    pen_width: float = ink.PEN_WIDTH,
) -> Pad:
    """Show a figure of a drawing, and a pad to draw another one.

    Args:
        draw: makes the figure of what is on the pad, given the steps left out.
        strokes: what is on the pad at first.
        steps: what can be left out, a checkbox each.
        pen_width: in pixels.

    Returns:
        The pad, with all that is drawn on it.
    """
    boxes = [widgets.Checkbox(True, description=step, indent=False) for step in steps]

    def make() -> Figure:
        return draw(pad.draw(), [box.description for box in boxes if not box.value])

    def redraw() -> None:
        if not pad.is_empty:
            shown.update(make())

    later = _Later(redraw)
    pad = Pad(later)
    pad.pen_width = pen_width
    pad.put(strokes)
    shown = display(make(), display_id=True)
    for box in boxes:
        box.observe(lambda _: later(), "value")
    clear = widgets.Button(description="Clear")
    clear.on_click(lambda _: pad.clear())
    layout = {"width": f"{ink.PAD_SIDE}px", "height": f"{ink.PAD_SIDE}px"}
    pad.canvas.layout = widgets.Layout(**layout)
    paper = widgets.Box([pad.canvas], layout={"width": "300px", "flex": "0 0 auto"})
    paper.add_class("digit-ask")
    page = [widgets.HTML(PAD_CSS), paper, widgets.VBox([*boxes, clear])]
    show_widget(widgets.HBox(page), "[a pad to draw on, when the cell is run]")
    return pad


class _Later:
    """Calls a function once what happens has stopped for a moment."""

    def __init__(self, function: Callable[[], None]):
        self._function = function
        self._call: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        if self._call:
            self._call.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no notebook, so nobody draws meanwhile
            return
        self._call = loop.call_later(PAUSE, self._function)
