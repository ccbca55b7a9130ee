"""The dashboard for those who hear it, or use it without a mouse.

A widget of a few lines of JavaScript (`access.js`): it says the answer to screen
readers, names the pad, and lets Tab leave it.
"""

from pathlib import Path

import anywidget
import traitlets


class Access(anywidget.AnyWidget):
    """What the page needs beside its widgets; it shows nothing.

    Attributes:
        status: a sentence for screen readers, said whenever it changes.
    """

    _esm = Path(__file__).with_suffix(".js")
    status = traitlets.Unicode().tag(sync=True)
