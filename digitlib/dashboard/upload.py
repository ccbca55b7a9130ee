"""A widget that uploads a file: chosen, dropped on the dashboard, or pasted.

    upload.js on the page -> Upload.on_file -> Dashboard.open_file

The upload widget of ipywidgets sends files of any size, which can break the page's
connection, and has only a button. This one is a few lines of JavaScript (`upload.js`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class Upload(anywidget.AnyWidget):
    """A button that opens a file, and an area to drop one.

    Attributes:
        description: the text of the button.
        accept: the types that the browser offers, as in HTML's `accept` attribute.
        largest: the size limit in bytes; a larger file is not sent.
    """

    _esm = Path(__file__).with_suffix(".js")
    description = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    largest = traitlets.Int().tag(sync=True)

    def on_file(self, take: Callable[[bytes | None], None]) -> None:
        """Call `take` with the content of each file, or None if it is too large."""
        parts: list[bytes] = []

        def handle(
            _: object, message: dict[str, Any], buffers: list[memoryview]
        ) -> None:
            if not message.get("start"):
                parts.clear()
            parts.extend(map(bytes, buffers[:1]))
            fits = bool(message.get("fits")) and sum(map(len, parts)) <= self.largest
            if not (fits and message.get("more")):
                content = b"".join(parts)
                parts.clear()
                take(content if fits else None)

        self.on_msg(handle)
