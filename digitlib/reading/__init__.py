"""Turn a picture or pen strokes into a Reading, with NumPy, OpenCV, Pillow and LiteRT.

    file -> picture -> background -> segment -> preprocess -> Writing
    strokes -> ink -> as above     Writing -> text_lines -> reader -> Reading
        one digit    -> glyph (28, 28, 1) -> predict (with tta)  -> Digit
        a whole line -> strips -> line_network -> ctc -> alignment -> glyphs -> Line

`formats` says what `picture` opens; `decode` decodes it, and `shrink` reduces it. For
a server of strangers `isolated` does so in processes of their own. A file of several
pages is taken apart by `tiff`, or by `pdf`, which draws them in a process of its own
(`pdf_worker`). `straight_lines` and `ruling` find the lines on the paper; in doubt,
`page_cleaner` does so with a network. `manifest` lists the saved networks and `loading`
loads one. `steps` and `explain` show how a reading came about; `neighbours` teach a
network somebody's hand. `arrangement` lays out a reading on a page. The public names
are those in `__all__`.
"""

from digitlib.reading.loading import load_model
from digitlib.reading.picture import Page, open_picture, pages
from digitlib.reading.predict import Model
from digitlib.reading.preprocess import find_digits, to_glyphs, to_pixels
from digitlib.reading.results import (
    Digit,
    Line,
    PageReading,
    Reading,
    show_confidence,
)

__all__ = [
    "Digit",
    "Line",
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
