"""From a picture, or pen strokes, to a Reading; with NumPy, OpenCV, Pillow, LiteRT.

    file -> picture -> background -> segment -> preprocess -> glyphs (n, 28, 28, 1)
    strokes -> ink -> the same way     glyphs -> predict (tta) -> Digit, Reading

`straight_lines` and `ruling` find what is printed on the paper, `touching` splits
digits that touch; `manifest` lists the saved networks, `loading` loads one; `steps` and
`explain` show how a reading came about. Public is what `__all__` names.
"""

from digitlib.reading.loading import load_model
from digitlib.reading.picture import open_picture
from digitlib.reading.predict import Digit, Model, Reading
from digitlib.reading.preprocess import find_digits, to_glyphs, to_pixels

__all__ = [
    "Digit",
    "Model",
    "Reading",
    "find_digits",
    "load_model",
    "open_picture",
    "to_glyphs",
    "to_pixels",
]
