"""A pad that asks for digits: "Write a 7", Keep, and the next one.

Lesson 05 collects a reader's own hand with it, for `classset.gather`:

    pad.Pad -> Keep -> samples.to_line -> my-digits/pad.jsonl

Each digit is on the disk before the next is asked for, so that nothing is lost.
"""

import os
from pathlib import Path

import ipywidgets as widgets
import numpy as np

from digitlib.classset import samples
from digitlib.classset.writers import ME
from digitlib.dashboard.pad import Pad
from digitlib.files import replacing
from digitlib.reading import ink
from digitlib.reading.predict import CLASSES

STYLE = "pad"  # how they were written, for `Sample.style`
LOOK = (
    "<style>.digit-ask canvas {touch-action: none; background: white;"
    " border: 1px solid #767676; border-radius: 4px}</style>"
)


class WritingPad:
    """A pad that asks for one digit after the other, and keeps them.

    Attributes:
        pad: where one writes.
        wanted: the digit that is asked for.
        widget: what a notebook shows.
    """

    def __init__(self, path: str | Path):
        """Go on where the file ends; it is made with the first digit.

        Raises:
            DrawingError: there is a file, but not one of written digits.
        """
        self.path = Path(path)
        self._kept = samples.read_lines(self.path) if self.path.exists() else []
        self._asks, self._says = widgets.HTML(LOOK), widgets.HTML()
        self._keeps = widgets.Button(description="Keep", button_style="primary")
        self._clears = widgets.Button(description="Clear")
        self._forgets = widgets.Button(description="Delete the last one")
        self.pad = Pad(self._on_change)
        self._keeps.on_click(lambda _: self.keep())
        self._clears.on_click(lambda _: self.pad.clear())
        self._forgets.on_click(lambda _: self.forget())
        self.widget = self._lay_out()
        self._ask()

    @property
    def wanted(self) -> int:
        """Each digit once in ten, in another order each time, the same for everybody.

        So that nobody knows what comes next, and writes it as always.
        """
        rounds, place = divmod(len(self._kept), CLASSES)
        return int(np.random.default_rng(rounds).permutation(CLASSES)[place])

    def keep(self) -> None:
        """Put what is on the pad into the file, as the digit that was asked for."""
        strokes = tuple(map(tuple, self.pad.strokes))
        if not strokes:
            return
        written = samples.Sample(strokes, self.wanted, ME, STYLE, self.pad.pen_width)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(samples.to_line(written) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._kept = [*self._kept, written]
        self._ask()

    def forget(self) -> None:
        """Take the digit that was kept last out of the file: it was a slip."""
        if not self._kept:
            return
        lines = [samples.to_line(each) + "\n" for each in self._kept[:-1]]
        with replacing(self.path) as beside:
            beside.write_text("".join(lines), "utf-8")
        self._kept = self._kept[:-1]
        self._ask()

    def _ask(self) -> None:
        self.pad.clear()
        self._asks.value = f"{LOOK}<big><b>Write a {self.wanted}</b></big>"
        self._says.value = f"Digits kept: {len(self._kept)}"
        self._forgets.disabled = not self._kept
        self._on_change()

    def _on_change(self) -> None:
        empty = self.pad.is_empty
        self._keeps.disabled = self._clears.disabled = empty

    def _lay_out(self) -> widgets.Widget:
        side = f"{ink.PAD_SIDE}px"
        self.pad.canvas.layout = widgets.Layout(width=side, height=side)
        # An explicit width: the canvas's box would else lie over what stands beside it.
        paper = widgets.Box([self.pad.canvas]).add_class("digit-ask")
        paper.layout = widgets.Layout(width="300px", flex="0 0 auto")
        buttons = [self._keeps, self._clears, self._forgets, self._says]
        return widgets.VBox([self._asks, widgets.HBox([paper, widgets.VBox(buttons)])])
