"""Put a slider below a figure, which then shows what the slider stands for.

Where nothing runs, as on a page of kept outputs, the figure of the start stays.
"""

from collections.abc import Callable, Sequence

import ipywidgets as widgets
from IPython.display import display
from matplotlib.figure import Figure


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
        The slider; end the cell's last line with a semicolon to show it only once.
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
