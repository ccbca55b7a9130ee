"""Why a network reads what it reads: where it looks, and what it finds there.

Model and glyph in, arrays and small pictures out: fast enough for a dashboard, and
nothing heavy is loaded. `saving` puts the feature maps into the exported file.
"""

import numpy as np

from digitlib.reading.predict import Model
from digitlib.reading.preprocess import SIDE

PATCH = 6  # pixels a side: two strokes' width; what is smaller, a network hardly misses
STEP = 2  # pixels from one patch to the next
FULL = 0.1  # the change of a probability that has full colour, if none is larger
PAPER = np.array([255, 255, 255])
PALE = np.array([205, 205, 205])  # of ink that makes no difference
ORANGE, BLUE = np.array([213, 94, 0]), np.array([0, 114, 178])  # Okabe and Ito's
ROWS = 4  # of feature maps in a picture, and as many columns
CHANNELS = ROWS**2  # shown of a stage


def occlusion_map(
    model: Model, glyph: np.ndarray, label: int | None = None
) -> np.ndarray:
    """Rub out a glyph patch by patch, to see which ink the answer hangs on.

    Paper is always 0, as there is nothing to rub out: that a 4 would be a 9 if its gap
    were closed, the map does not say.

    Args:
        model: the network.
        glyph: (28, 28, 1) float32 in [0, 1], ink 1.
        label: the digit whose probability is watched; None for the most probable one.

    Returns:
        (28, 28) float32 in [-1, 1]: how far the probability falls, on average, when a
        patch over this pixel is rubbed out. Below 0, the ink speaks against the digit.

    Source of the method: M. Zeiler and R. Fergus, "Visualizing and understanding
    convolutional networks" (2014); they cover with grey, which to a network that reads
    pen strokes is one more stroke.
    """
    ink = glyph[..., 0] > 0
    patches = _patches()
    patches = patches[(patches & ink).any(axis=(1, 2))]  # others change nothing
    rubbed_out = glyph * ~patches[..., None]  # (n, 28, 28, 1)
    before, *after = model.probabilities(np.concatenate([glyph[None], rubbed_out]))
    label = int(before.argmax()) if label is None else label
    falls = [before[label] - each[label] for each in after]
    times = (PATCH // STEP) ** 2  # that each pixel is covered
    return (ink * np.tensordot(falls, patches, 1) / times).astype(np.float32)


def _patches() -> np.ndarray:
    """All patches, (256, 28, 28) bool: those over an edge are cut off."""
    starts = np.arange(STEP - PATCH, SIDE, STEP)[:, None]
    pixels = np.arange(SIDE)
    spans = (pixels >= starts) & (pixels < starts + PATCH)  # (16, 28)
    return (spans[:, None, :, None] & spans[:, None]).reshape(-1, SIDE, SIDE)


def shade(glyph: np.ndarray, occlusion: np.ndarray) -> np.ndarray:
    """Paint a glyph's ink by what it is worth.

    Orange ink speaks for the digit, blue ink against it, pale grey ink does neither.
    The strongest has full colour; where none matters much (`FULL`), all is pale.

    Args:
        glyph: (28, 28, 1) float32 in [0, 1], ink 1.
        occlusion: (28, 28) float32, as `occlusion_map` gives it.

    Returns:
        (28, 28, 3) uint8, RGB, on white paper.
    """
    worth = (occlusion / max(np.abs(occlusion).max(), FULL))[..., None]
    full = np.where(worth > 0, ORANGE, BLUE)
    ink = PALE + np.abs(worth) * (full - PALE)
    return np.rint(PAPER + glyph * (ink - PAPER)).astype(np.uint8)


def tile(maps: np.ndarray) -> np.ndarray:
    """Lay the feature maps of a stage out as one picture, what it finds most of first.

    Args:
        maps: (height, width, channels) float32, as `Model.feature_maps` gives them.

    Returns:
        (4 height + 3, 4 width + 3) uint8: the sixteen channels that differ most from
        place to place, row by row, each from black, nothing found, to white, its own
        largest value; white lines between them. Fewer channels leave black squares.
    """
    height, width, _ = maps.shape
    strongest = np.argsort(-maps.std(axis=(0, 1)), kind="stable")[:CHANNELS]
    shown = maps[..., strongest].transpose(2, 0, 1)  # (16, height, width)
    peaks = shown.max(axis=(1, 2), keepdims=True)
    tiles = np.full((CHANNELS, height + 1, width + 1), 255, np.uint8)
    tiles[:, :height, :width] = 0
    tiles[: len(shown), :height, :width] = np.rint(
        255 * shown / np.where(peaks > 0, peaks, 1)
    )
    rows = tiles.reshape(ROWS, ROWS, height + 1, width + 1).swapaxes(1, 2)
    return rows.reshape(ROWS * (height + 1), -1)[:-1, :-1]
