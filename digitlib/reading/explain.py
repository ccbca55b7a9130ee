"""Explain a prediction: which ink it depends on, and what each stage detects.

The functions take a model and a glyph and return arrays and small pictures. They are
fast enough for a dashboard and load nothing heavy. `training.export` adds the feature
maps to the exported file.
"""

import numpy as np

from digitlib.reading.predict import Model
from digitlib.reading.preprocess import SIDE
from digitlib.reading.results import Digit

PATCH = 6  # pixels a side, two strokes wide: hiding less hardly affects a network
STEP = 2  # pixels from one patch to the next
FULL = 0.1  # change of a probability shown in full colour, if none is larger
PAPER = np.array([255, 255, 255])  # RGB, as are the colours below
PALE = np.array([205, 205, 205])  # ink that makes no difference
ORANGE, BLUE = np.array([213, 94, 0]), np.array([0, 114, 178])  # by Okabe and Ito
ROWS = 4  # rows of feature maps in a picture, and as many columns
CHANNELS = ROWS**2  # channels shown of a stage


def occlusion_map(
    model: Model, glyph: np.ndarray, label: int | None = None
) -> np.ndarray:
    """Occlude a glyph patch by patch to see which ink the prediction depends on.

    Paper is always 0, because it holds nothing to hide: the map does not show that a 4
    would be a 9 if its gap were closed.

    Args:
        model: the network.
        glyph: (28, 28, 1) float32 in [0, 1], ink 1.
        label: the digit whose probability is measured; None for the most probable one.

    Returns:
        (28, 28) float32 in [-1, 1]: the mean drop of the probability when a patch over
        this pixel is occluded. Below 0, the ink is evidence against the digit.

    Source of the method: M. Zeiler and R. Fergus, "Visualizing and understanding
    convolutional networks" (2014). They occlude with grey, but a network that reads pen
    strokes would take that for one more stroke.
    """
    ink = glyph[..., 0] > 0
    patches = _patches()
    patches = patches[(patches & ink).any(axis=(1, 2))]  # the others hide no ink
    occluded = glyph * ~patches[..., None]  # (n, 28, 28, 1)
    before, *after = model.probabilities(np.concatenate([glyph[None], occluded]))
    label = int(before.argmax()) if label is None else label
    drops = [before[label] - each[label] for each in after]
    times = (PATCH // STEP) ** 2  # number of patches that cover each pixel
    return (ink * np.tensordot(drops, patches, 1) / times).astype(np.float32)


def explain(model: Model, digit: Digit) -> dict[str, np.ndarray]:
    """Return pictures that explain how a digit was read, by caption.

    Args:
        model: the network that read it.
        digit: what it read.

    Returns:
        The digit with its ink shaded, and what each stage found, if that is known:
        uint8 pixels, (height, width) or (height, width, 3).
    """
    occlusion = occlusion_map(model, digit.glyph)
    best = int(digit.probabilities.argmax())
    caption = f"Orange ink supports the {best}, blue opposes it, pale does neither"
    figures = {caption: shade(digit.glyph, occlusion)}
    if model.has_feature_maps:
        stages = enumerate(model.feature_maps(digit.glyph), 1)
        figures |= {f"Found in stage {i}": tile(maps) for i, maps in stages}
    return figures


def _patches() -> np.ndarray:
    """Return all patches, (256, 28, 28) bool; those over an edge are cut off."""
    starts = np.arange(STEP - PATCH, SIDE, STEP)[:, None]
    pixels = np.arange(SIDE)
    spans = (pixels >= starts) & (pixels < starts + PATCH)  # (16, 28)
    return (spans[:, None, :, None] & spans[:, None]).reshape(-1, SIDE, SIDE)


def shade(glyph: np.ndarray, occlusion: np.ndarray) -> np.ndarray:
    """Colour a glyph's ink by its effect on the prediction.

    Orange ink is evidence for the digit, blue ink is evidence against it, and pale grey
    ink is neither. The strongest effect has full colour; if none reaches `FULL`, all
    ink is pale.

    Args:
        glyph: (28, 28, 1) float32 in [0, 1], ink 1.
        occlusion: (28, 28) float32, as `occlusion_map` gives it.

    Returns:
        (28, 28, 3) uint8, RGB, on white paper.
    """
    effect = (occlusion / max(np.abs(occlusion).max(), FULL))[..., None]
    full = np.where(effect > 0, ORANGE, BLUE)
    ink = PALE + np.abs(effect) * (full - PALE)
    return np.rint(PAPER + glyph * (ink - PAPER)).astype(np.uint8)


def tile(maps: np.ndarray) -> np.ndarray:
    """Tile the feature maps of a stage into one picture, the most active first.

    Args:
        maps: (height, width, channels) float32, as `Model.feature_maps` gives them.

    Returns:
        (4 height + 3, 4 width + 3) uint8: the sixteen channels that vary most over the
        glyph, row by row. Each runs from black for 0 to white for its own maximum, with
        white lines between them. Fewer channels leave black squares.
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
