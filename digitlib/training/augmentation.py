"""Random variations of training glyphs: the same digit as other hands would write it.

And, by `spoil`, as bad cameras and dirty paper would show it. OpenCV varies 60,000
glyphs in a few seconds on one core, so that augmentation is never what training waits
for, whichever backend Keras runs on.
"""

import cv2
import numpy as np

ROTATION = 15.0  # degrees, either way, as are all of these
ZOOM = 0.15  # of the size, for width and height apart
SHIFT = 2.0  # pixels
SHEAR = 0.25  # pixels across for each pixel down
BEND = 1.5  # pixels: how far the pen strays from where it would have gone
BEND_KNOTS = 5  # across the glyph: between them it strays smoothly
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
OTHER_PEN = 0.45  # of the glyphs are written with a thicker or a thinner pen


def augment(
    glyphs: np.ndarray, random: np.random.Generator, strength: float = 1.0
) -> np.ndarray:
    """Turn, stretch, slant, shift and bend each glyph, and change its pen, a little.

    The bending is that of P. Simard, D. Steinkraus and J. Platt (2003), on a coarse
    grid of knots instead of a smoothed fine one: as smooth, and faster.

    Args:
        glyphs: (n, 28, 28, 1) float32 in [0, 1].
        random: where the chances come from; the same state gives the same result.
        strength: how far to go; a small network is helped by less.

    Returns:
        New glyphs of the same shape, dtype and range.
    """
    n, side = glyphs.shape[:2]
    here = np.stack(np.meshgrid(*[np.arange(side)] * 2), axis=-1)  # x, y of each pixel
    matrices = random_affines(n, side, random, strength)
    bends = random.normal(0, 1, (n, BEND_KNOTS, BEND_KNOTS, 2))
    bends *= random.uniform(0, strength * BEND, (n, 1, 1, 1))
    varied = []
    for glyph, matrix, bend in zip(glyphs[..., 0], matrices, bends, strict=True):
        there = here @ matrix[:, :2].T + matrix[:, 2]
        there += cv2.resize(bend, (side, side), interpolation=cv2.INTER_CUBIC)
        x, y = cv2.split(there.astype(np.float32))
        moved = cv2.remap(glyph, x, y, cv2.INTER_LINEAR)
        varied.append(_change_pen(moved, random, strength))
    return np.stack(varied)[..., None]


def random_affines(
    n: int, side: int, random: np.random.Generator, strength: float = 1.0
) -> np.ndarray:
    """Draw affine maps that rotate, zoom and shear about the centre, then shift.

    Args:
        n: how many.
        side: height and width of the square images in pixels.
        random: where the chances come from.
        strength: how far they go.

    Returns:
        (n, 2, 3) float64 matrices, as `cv2.warpAffine` takes them.
    """
    angle = strength * np.radians(random.uniform(-ROTATION, ROTATION, n))
    zoom_x, zoom_y = 1 + strength * random.uniform(-ZOOM, ZOOM, (2, n))
    shear = strength * random.uniform(-SHEAR, SHEAR, n)
    shift = strength * random.uniform(-SHIFT, SHIFT, (n, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.stack(
        [cos * zoom_x, cos * shear - sin * zoom_y,
         sin * zoom_x, sin * shear + cos * zoom_y], axis=-1
    ).reshape(n, 2, 2)  # fmt: skip
    centre = np.full(2, (side - 1) / 2)
    offset = centre - linear @ centre + shift
    return np.concatenate([linear, offset[..., None]], axis=2)


def _change_pen(
    glyph: np.ndarray, random: np.random.Generator, strength: float
) -> np.ndarray:
    """Some of the way to a stroke of a pixel more or less."""
    if random.random() > strength * OTHER_PEN:
        return glyph
    change = cv2.dilate if random.random() < 0.6 else cv2.erode
    brush = np.ones((2, 2), np.uint8) if random.random() < 0.7 else CROSS
    amount = random.uniform(0, 1 if change is cv2.dilate else 0.8)
    return glyph + (change(glyph, brush) - glyph) * np.float32(amount)
