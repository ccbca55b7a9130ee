"""Random variations of training glyphs: the same digit as other hands would write it.

OpenCV warps 60,000 glyphs in about a second on one core, so that augmentation is never
what training waits for, whichever backend Keras runs on.
"""

import cv2
import numpy as np

ROTATION = 12.0  # degrees, either way, as are all of these
ZOOM = 0.12  # of the size, for width and height apart
SHIFT = 2.0  # pixels
SHEAR = 0.20  # pixels across for each pixel down


def augment(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Turn, stretch, slant and shift each glyph a little, each in its own way.

    Args:
        glyphs: (n, 28, 28, 1) float32 in [0, 1].
        random: where the chances come from; the same state gives the same result.

    Returns:
        New glyphs of the same shape, dtype and range.
    """
    matrices = random_affines(len(glyphs), glyphs.shape[1], random)
    warped = [
        cv2.warpAffine(glyph, matrix, glyph.shape[1::-1], flags=cv2.INTER_LINEAR)
        for glyph, matrix in zip(glyphs[..., 0], matrices, strict=True)
    ]
    return np.stack(warped)[..., None]


def random_affines(n: int, side: int, random: np.random.Generator) -> np.ndarray:
    """Draw affine maps that rotate, zoom and shear about the centre, then shift.

    Args:
        n: how many.
        side: height and width of the square images in pixels.
        random: where the chances come from.

    Returns:
        (n, 2, 3) float64 matrices, as `cv2.warpAffine` takes them.
    """
    angle = np.radians(random.uniform(-ROTATION, ROTATION, n))
    zoom_x, zoom_y = 1 + random.uniform(-ZOOM, ZOOM, (2, n))
    shear = random.uniform(-SHEAR, SHEAR, n)
    shift = random.uniform(-SHIFT, SHIFT, (n, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.stack(
        [cos * zoom_x, cos * shear - sin * zoom_y,
         sin * zoom_x, sin * shear + cos * zoom_y], axis=-1
    ).reshape(n, 2, 2)  # fmt: skip
    centre = np.full(2, (side - 1) / 2)
    offset = centre - linear @ centre + shift
    return np.concatenate([linear, offset[..., None]], axis=2)
