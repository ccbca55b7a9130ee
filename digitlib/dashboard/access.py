"""Makes the dashboard accessible to screen readers and to the keyboard.

`widget` adds this widget to its page. A few lines of JavaScript (`access.js`) announce
the answer to screen readers, label the pad, and let Tab leave it.
"""

from pathlib import Path

import anywidget
import traitlets


class Access(anywidget.AnyWidget):
    """An invisible widget that announces a status to screen readers.

    Attributes:
        status: a sentence that screen readers announce whenever it changes.
    """

    _esm = Path(__file__).with_suffix(".js")
    status = traitlets.Unicode().tag(sync=True)
