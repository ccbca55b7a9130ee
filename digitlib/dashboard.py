"""The drawing dashboard: a pad that is read while one draws on it.

    pointer events -> Pad.strokes -> ink.draw -> Model.read -> panel.to_html -> the page

The strokes live here, in Python; the page only reports the pointer and shows pictures.
`notebooks/dashboard.ipynb` shows it, in JupyterLab and as a page of its own with voila.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets
from ipycanvas import Canvas, hold_canvas

from digitlib import ink, panel
from digitlib.errors import ModelError
from digitlib.predict import Model, Reading, load_model

SHARPNESS = 3  # canvas pixels for each pixel of the pad: sharp on phones and projectors
INK = "#16191d"
REST = 0.01  # seconds between two readings, for the events that wait
NOTHING = Reading("", ())


class Pad:
    """A square to draw on, and the strokes drawn on it.

    Attributes:
        canvas: the widget.
        strokes: each a list of (x, y), in pixels of `ink.draw`'s picture.
    """

    def __init__(self, on_change: Callable[[], None]):
        self.strokes: list[list[ink.Point]] = []
        self._pen_is_down = False
        self._on_change = on_change
        side = ink.PAD_SIDE * SHARPNESS
        self.canvas = Canvas(width=side, height=side)
        self._listen()

    def clear(self) -> None:
        """Take all strokes away."""
        self.strokes.clear()
        self._redrawn()

    def undo(self) -> None:
        """Take the last stroke away, if there is one."""
        del self.strokes[-1:]
        self._redrawn()

    def repaint(self) -> None:
        """Paint all strokes anew: a page that has just opened shows none of them."""
        canvas = self.canvas
        with hold_canvas():
            canvas.clear()
            canvas.stroke_style = INK
            canvas.line_width = ink.PEN_WIDTH * SHARPNESS
            canvas.line_cap = canvas.line_join = "round"
            for stroke in self.strokes:
                self._paint(stroke)

    def _listen(self) -> None:
        canvas = self.canvas
        canvas.on_client_ready(self.repaint)
        canvas.on_mouse_down(self._pen_down)
        canvas.on_mouse_move(self._pen_move)
        canvas.on_mouse_up(self._pen_up)
        canvas.on_mouse_out(self._pen_up)  # a release out there is never reported
        canvas.on_touch_start(self._touch_start)
        canvas.on_touch_move(lambda touches: self._pen_move(*touches[0]))
        canvas.on_touch_end(self._pen_up)
        canvas.on_touch_cancel(self._pen_up)

    def _touch_start(self, touches: list[ink.Point]) -> None:
        if len(touches) == 1:  # a second finger or a palm does not draw
            self._pen_down(*touches[0])

    def _pen_down(self, x: float, y: float) -> None:
        self._pen_is_down = True
        self.strokes.append([])
        self._add(x, y)

    def _pen_move(self, x: float, y: float) -> None:
        if self._pen_is_down:
            self._add(x, y)

    def _pen_up(self, *_: object) -> None:
        self._pen_is_down = False

    def _add(self, x: float, y: float) -> None:
        stroke = self.strokes[-1]
        stroke.append((x / SHARPNESS, y / SHARPNESS))
        self._paint(stroke[-2:])
        self._on_change()

    def _paint(self, stroke: list[ink.Point]) -> None:
        points = [(x * SHARPNESS, y * SHARPNESS) for x, y in stroke]
        self.canvas.stroke_lines([*points, points[-1]])  # a dot is a line too

    def _redrawn(self) -> None:
        self._pen_is_down = False
        self.repaint()
        self._on_change()


class Dashboard:
    """A pad, the reading of what is drawn on it, and the widget that shows both.

    Attributes:
        pad: where one draws.
        reading: of the strokes on the pad, a moment after they were drawn.
        widget: what a notebook shows.
    """

    def __init__(self, model: Model):
        self._model = model
        self.pad = Pad(self._on_change)
        self.reading = NOTHING
        self._is_stale = False
        self._reader: asyncio.Task[None] | None = None
        self._panel = widgets.HTML(panel.to_html(NOTHING))
        self.widget = self._lay_out()

    async def settle(self) -> None:
        """Wait until the reading is that of the strokes on the pad."""
        if self._reader is not None:
            await self._reader

    def _lay_out(self) -> widgets.Widget:
        undo = widgets.Button(description="Undo")
        undo.on_click(lambda _: self.pad.undo())
        clear = widgets.Button(description="Clear")
        clear.on_click(lambda _: self.pad.clear())
        buttons = widgets.HBox([undo, clear]).add_class("digit-buttons")
        paper = widgets.Box([self.pad.canvas]).add_class("digit-paper")
        left = widgets.VBox([paper, buttons]).add_class("digit-pad")
        return _page(left, self._panel.add_class("digit-panel"))

    def _on_change(self) -> None:
        """Have the strokes read soon, once for all events that come until then."""
        self._is_stale = True
        if self._reader is None or self._reader.done():
            self._reader = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        while self._is_stale:
            self._is_stale = False
            strokes = self.pad.strokes
            self.reading = self._model.read(ink.draw(strokes)) if strokes else NOTHING
            self._panel.value = panel.to_html(self.reading)
            await asyncio.sleep(REST)


def dashboard(network: str | Path = "cnn") -> widgets.Widget:
    """Make a dashboard, for a notebook to show.

    Args:
        network: the name or path of a saved network, as `load_model` takes it.

    Returns:
        The widget; where the network cannot be loaded, one that says what to do.
    """
    try:
        return Dashboard(load_model(network)).widget
    except ModelError as error:
        message = widgets.HTML(panel.error_html(str(error)))
        return _page(message.add_class("digit-panel"))


def _page(*parts: widgets.Widget) -> widgets.Widget:
    style = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    sheet = widgets.HTML(f"<style>{style}</style>").add_class("digit-style")
    return widgets.Box([sheet, *parts]).add_class("digit-dashboard")
