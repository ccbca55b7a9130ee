"""Reduce a decoded picture to its working size, and make its colours plain.

A decoded picture can be large, and a second one in another mode does not fit beside it.
So it is cut into strips, and each is made plain and reduced before the next one is.

    raster -> strips -> L, LA, RGB or RGBA, reduced -> upright -> RGB on paper
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image

STRIP_PIXELS = 500_000  # pixels of the original in one strip
GAP = 2.0  # ratio to the wanted size down to which averaging blocks is good enough

# What a decoder returns; an array is (height, width, 3 or 4) uint8, RGB or RGBA.
Raster = Image.Image | np.ndarray


def size_of(raster: Raster) -> tuple[int, int]:
    """Return the width and height of a raster."""
    if isinstance(raster, Image.Image):
        return raster.size
    return raster.shape[1], raster.shape[0]


def shrink(raster: Raster, size: tuple[int, int]) -> Image.Image:
    """Reduce a raster as `Image.resize` would, with little memory.

    Args:
        raster: is left as it is.
        size: wanted width and height, at most those of the raster.

    Returns:
        A picture of that size in mode L, LA, RGB or RGBA.
    """
    width, height = size_of(raster)
    across = int(width / size[0] / GAP) or 1
    down = int(height / size[1] / GAP) or 1
    top = _top_level(raster)

    def narrow(strip: Image.Image) -> Image.Image:
        reduced = _to_plain_mode(strip, top).reduce((across, down))
        if reduced.width == size[0]:
            return reduced
        box = (0, 0, width / across, reduced.height)
        return reduced.resize((size[0], reduced.height), box=box)

    stacked = _stack([narrow(strip) for strip in _strips(raster, down)])
    if stacked.height == size[1]:
        return stacked
    return stacked.resize(size, box=(0, 0, size[0], height / down))


def _stack(strips: list[Image.Image]) -> Image.Image:
    if len(strips) == 1:
        return strips[0]
    height = sum(strip.height for strip in strips)
    stacked = Image.new(strips[0].mode, (strips[0].width, height))
    top = 0
    for strip in strips:
        stacked.paste(strip, (0, top))
        top += strip.height
    return stacked


def put_on_paper(image: Image.Image) -> Image.Image:
    """Make a picture RGB: a transparent one lies on black if its ink is light."""
    if image.mode not in ("LA", "RGBA"):
        return image.convert("RGB")
    alpha = image.getchannel("A")
    colours = image.convert("RGB")
    weights = np.asarray(alpha, np.float32)
    levels = np.asarray(colours.convert("L"), np.float32)
    ink = (levels * weights).sum() / max(float(weights.sum()), 1e-6)
    paper = Image.new("RGB", image.size, "black" if ink > 127 else "white")
    paper.paste(colours, mask=alpha)
    return paper


def _strips(raster: Raster, multiple: int) -> Iterator[Image.Image]:
    """Yield the strips from top to bottom.

    Args:
        raster: any picture.
        multiple: the number of rows that a strip has a multiple of, unless it is the
            last one.
    """
    width, height = size_of(raster)
    step = multiple * max(1, STRIP_PIXELS // (width * multiple))
    for start in range(0, height, step):
        end = min(start + step, height)
        if isinstance(raster, np.ndarray):
            yield Image.fromarray(raster[start:end])
        elif end - start == height:
            yield raster
        else:
            yield raster.crop((0, start, width, end))


def _top_level(raster: Raster) -> float:
    """Return the level that is white, of 16 or 32 bits or floating point; else 255.

    It is the smallest usual one that holds all levels: stretching the levels' own range
    would turn the noise of an empty sheet into ink.
    """
    if isinstance(raster, np.ndarray) or raster.mode[0] not in "IF":
        return 255
    highest = max(float(_levels(strip).max()) for strip in _strips(raster, 1))
    return next((top for top in (1, 255, 65535) if highest <= top), highest)


def _levels(strip: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(strip).astype(np.float32))


def _to_plain_mode(strip: Image.Image, top: float) -> Image.Image:
    """Convert palette, 16-bit and exotic modes to L, LA, RGB or RGBA."""
    if strip.mode[0] in "IF":
        levels = np.clip(_levels(strip) * (255 / top), 0, 255)
        return Image.fromarray(levels.astype(np.uint8))
    if strip.mode in ("PA", "La", "RGBa") or "transparency" in strip.info:
        return strip.convert("RGBA")
    if strip.mode in ("L", "LA", "RGB", "RGBA"):
        return strip
    return strip.convert("L" if strip.mode == "1" else "RGB")
