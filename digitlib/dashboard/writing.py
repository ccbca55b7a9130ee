"""A pad that asks for one digit after another: "Write a 7", Keep, and the next.

Lesson 7 collects the reader's own handwriting with it, for `classset.gather`:

    pad.Pad -> Keep -> samples.to_line -> my-digits/pad.jsonl

Each digit is on the disk before the next one is requested, so that nothing is lost.
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

STYLE = "pad"  # the `Sample.style` of these digits
CSS = (
    "<style>.digit-ask canvas {touch-action: none; background: white;"
    " border: 1px solid #767676; border-radius: 4px}</style>"
)


class WritingPad:
    """A pad that asks for one digit after another and saves them.

    Attributes:
        pad: the pad to write on.
        wanted: the digit that is requested.
        widget: the widget for a notebook to show.
    """

    def __init__(self, path: str | Path):
        """Continue after the last digit in the file; the first digit creates it.

        Args:
            path: the `.jsonl` file of the digits.

        Raises:
            DrawingError: the file exists, but does not contain written digits.
        """
        self.path = Path(path)
        self._kept = samples.read_lines(self.path) if self.path.exists() else []
        self._prompt, self._status = widgets.HTML(CSS), widgets.HTML()
        self._keep_button = widgets.Button(description="Keep", button_style="primary")
        self._clear_button = widgets.Button(description="Clear")
        self._delete_button = widgets.Button(description="Delete the last one")
        self.pad = Pad(self._on_change)
        self._keep_button.on_click(lambda _: self.keep())
        self._clear_button.on_click(lambda _: self.pad.clear())
        self._delete_button.on_click(lambda _: self.forget())
        self.widget = self._lay_out()
        self._ask()

    @property
    def wanted(self) -> int:
        """The next digit: each comes once in every ten, in an order that changes.

        Nobody knows what comes next, so they write as they always do. The order is the
        same for everybody.
        """
        rounds, place = divmod(len(self._kept), CLASSES)
        return int(np.random.default_rng(rounds).permutation(CLASSES)[place])

    def keep(self) -> None:
        """Save what is on the pad to the file, as the digit that was requested."""
        strokes = tuple(map(tuple, self.pad.strokes))
        if not strokes:
            return
        sample = samples.Sample(strokes, self.wanted, ME, STYLE, self.pad.pen_width)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(samples.to_line(sample) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._kept = [*self._kept, sample]
        self._ask()

    def forget(self) -> None:
        """Delete the last digit from the file, for example because it was a slip."""
        if not self._kept:
            return
        lines = [samples.to_line(each) + "\n" for each in self._kept[:-1]]
        with replacing(self.path) as temporary:
            temporary.write_text("".join(lines), "utf-8")
        self._kept = self._kept[:-1]
        self._ask()

    def _ask(self) -> None:
        self.pad.clear()
        self._prompt.value = f"{CSS}<big><b>Write a {self.wanted}</b></big>"
        self._status.value = f"Digits kept: {len(self._kept)}"
        self._delete_button.disabled = not self._kept
        self._on_change()

    def _on_change(self) -> None:
        empty = self.pad.is_empty
        self._keep_button.disabled = self._clear_button.disabled = empty

    def _lay_out(self) -> widgets.Widget:
        side = f"{ink.PAD_SIDE}px"
        self.pad.canvas.layout = widgets.Layout(width=side, height=side)
        # Without an explicit width the canvas would cover what is beside it.
        paper = widgets.Box([self.pad.canvas]).add_class("digit-ask")
        paper.layout = widgets.Layout(width="300px", flex="0 0 auto")
        buttons = [
            self._keep_button,
            self._clear_button,
            self._delete_button,
            self._status,
        ]
        return widgets.VBox(
            [self._prompt, widgets.HBox([paper, widgets.VBox(buttons)])]
        )
