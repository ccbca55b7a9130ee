"""A file from the visitor's machine: chosen, dropped on the dashboard, or pasted.

ipywidgets' own upload sends a file of any size, which can cost the page its connection,
and knows the button only. This widget is a few lines of JavaScript (`upload.js`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class Upload(anywidget.AnyWidget):
    """A button that opens a file, and a place to drop one.

    Attributes:
        description: the button's text.
        accept: what the browser offers, as HTML's `accept` has it.
        largest: bytes; a larger file is not sent.
    """

    _esm = Path(__file__).with_suffix(".js")
    description = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    largest = traitlets.Int().tag(sync=True)

    def on_file(self, take: Callable[[bytes | None], None]) -> None:
        """Have each file's content taken; None stands for one that is too large."""

        def handle(
            _: object, message: dict[str, Any], buffers: list[memoryview]
        ) -> None:
            fits = bool(message.get("fits")) and len(buffers) == 1
            take(bytes(buffers[0]) if fits else None)

        self.on_msg(handle)
