"""Turn a picture or pen strokes into a Reading, with NumPy, OpenCV, Pillow and LiteRT.

    file -> picture -> background -> segment -> preprocess -> glyphs (n, 28, 28, 1)
    strokes -> ink -> as above     glyphs -> predict (with tta) -> Digit, Reading

`formats` says what `picture` opens; `decode` decodes it, and `shrink` reduces it. For
a server of strangers `isolated` does so in processes of their own. A file of several
pages is taken apart by `tiff`, or by `pdf`, which draws them in a process of its own
(`pdf_worker`). `straight_lines` and `ruling` find the lines on the paper, and
`touching` splits digits that touch.
`manifest` lists the saved networks and `loading` loads one. `steps` and `explain` show
how a reading came about. The public names are those in `__all__`.
"""

from digitlib.reading.loading import load_model
from digitlib.reading.picture import Page, open_picture, pages
from digitlib.reading.predict import (
    Digit,
    Model,
    PageReading,
    Reading,
    show_confidence,
)
from digitlib.reading.preprocess import find_digits, to_glyphs, to_pixels

__all__ = [
    "Digit",
    "Model",
    "Page",
    "PageReading",
    "Reading",
    "find_digits",
    "load_model",
    "open_picture",
    "pages",
    "show_confidence",
    "to_glyphs",
    "to_pixels",
]
