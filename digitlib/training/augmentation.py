"""Augment training glyphs: vary each digit as other writers would write it.

`degradation` varies it as bad cameras and dirty paper would show it. OpenCV augments
60,000 glyphs in a few seconds on one core, so training never waits for augmentation,
whichever backend Keras runs on.
"""

import cv2
import numpy as np

# The largest change in either direction:
ROTATION = 15.0  # degrees
ZOOM = 0.15  # share of the size, for width and height independently
SHIFT = 2.0  # pixels
SHEAR = 0.25  # pixels across for each pixel down
DISTORTION = 1.5  # pixels: largest standard deviation of the elastic distortion
DISTORTION_KNOTS = 5  # knots across the glyph, between which the distortion is smooth
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
PEN_CHANGE = 0.45  # share of the glyphs that get a thicker or thinner pen


def augment(
    glyphs: np.ndarray, random: np.random.Generator, strength: float = 1.0
) -> np.ndarray:
    """Rotate, zoom, shear, shift and distort each glyph, and change its pen, a little.

    The elastic distortion is that of P. Simard, D. Steinkraus and J. Platt (2003), but
    on a coarse grid of knots instead of a smoothed fine one, which is as smooth and
    faster.

    Args:
        glyphs: (n, 28, 28, 1) float32 in [0, 1].
        random: the random generator; the same state gives the same result.
        strength: the factor of all changes; a small network learns better with less.

    Returns:
        New glyphs of the same shape, dtype and range.
    """
    n, side = glyphs.shape[:2]
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 2), axis=-1)  # x, y of each pixel
    matrices = random_affines(n, side, random, strength)
    displacements = random.normal(0, 1, (n, DISTORTION_KNOTS, DISTORTION_KNOTS, 2))
    displacements *= random.uniform(0, strength * DISTORTION, (n, 1, 1, 1))
    augmented = []
    for glyph, matrix, displacement in zip(
        glyphs[..., 0], matrices, displacements, strict=True
    ):
        source = grid @ matrix[:, :2].T + matrix[:, 2]
        source += cv2.resize(displacement, (side, side), interpolation=cv2.INTER_CUBIC)
        x, y = cv2.split(source.astype(np.float32))
        moved = cv2.remap(glyph, x, y, cv2.INTER_LINEAR)
        augmented.append(_change_pen(moved, random, strength))
    return np.stack(augmented)[..., None]


def random_affines(
    n: int, side: int, random: np.random.Generator, strength: float = 1.0
) -> np.ndarray:
    """Draw random affine maps that rotate, zoom and shear about the centre, then shift.

    Args:
        n: how many maps to draw.
        side: height and width of the square images in pixels.
        random: the random generator.
        strength: the factor of all changes.

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
    """Make the strokes of some glyphs up to a pixel thicker or thinner."""
    if random.random() > strength * PEN_CHANGE:
        return glyph
    change = cv2.dilate if random.random() < 0.6 else cv2.erode
    kernel = np.ones((2, 2), np.uint8) if random.random() < 0.7 else CROSS
    amount = random.uniform(0, 1 if change is cv2.dilate else 0.8)
    return glyph + (change(glyph, kernel) - glyph) * np.float32(amount)
