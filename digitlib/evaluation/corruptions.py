"""Fifteen corruptions of glyphs, with which the robustness of a network is measured.

They follow N. Mu and J. Gilmer, "MNIST-C: A Robustness Benchmark for Computer Vision"
(2019), with the severities of that benchmark, but are new implementations. Each
function takes glyphs, (n, 28, 28, 1) float32 in [0, 1], and a random generator, and
returns new glyphs of the same shape, dtype and range. They are not for training;
`report` gives the accuracy under each.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from digitlib.reading.preprocess import SIDE

MIDDLE = (SIDE - 1) / 2
Corruption = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def shot_noise(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Simulate low light, in which three photons make white."""
    return _clip(random.poisson(glyphs * 3) / 3)


def impulse_noise(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Add salt and pepper to 17 % of the pixels."""
    hit = random.random(glyphs.shape) < 0.17
    return _clip(np.where(hit, random.random(glyphs.shape) < 0.5, glyphs))


def glass_blur(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Simulate frosted glass: blur, swap neighbours at random, and blur again."""
    images = _each(glyphs, _blur, 0.7)[..., 0]
    every = np.arange(len(images))
    for _ in range(2):
        for row in range(SIDE - 1, 1, -1):
            for column in range(SIDE - 1, 1, -1):
                down, right = random.integers(-1, 1, (2, len(images)))
                swap = random.random(len(images)) < 0.5
                other = row + down * swap, column + right * swap
                here = images[:, row, column].copy()
                images[:, row, column] = images[every, *other]
                images[every, *other] = here
    return _each(images[..., None], _blur, 0.7)


def motion_blur(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Simulate a shaken camera: a trail to the right with a deviation of 3 pixels."""
    steps = np.arange(21)
    weights = np.exp(-(steps**2) / (2 * 3.0**2))
    angles = np.radians(random.uniform(-45, 45, len(glyphs)))

    def shake(image: np.ndarray, angle: float) -> np.ndarray:
        kernel = np.zeros((41, 41), np.float32)
        rows = 20 + np.rint(steps * np.sin(angle)).astype(int)
        columns = 20 + np.rint(steps * np.cos(angle)).astype(int)
        np.add.at(kernel, (rows, columns), weights / weights.sum())
        return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)

    return _each(glyphs, shake, angles)


def shear(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Slant a glyph by 0.4 radians to either side."""
    slant = 0.4 * _either_way(random, len(glyphs))
    return _warp(glyphs, ([[1, -np.sin(s)], [0, np.cos(s)]] for s in slant))


def scale(glyphs: np.ndarray, _random: np.random.Generator) -> np.ndarray:
    """Shrink a glyph to 0.7 of its size."""
    return _warp(glyphs, ([[1 / 0.7, 0], [0, 1 / 0.7]] for _ in glyphs))


def rotate(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Rotate a glyph by 0.4 radians, or 23 degrees, to either side."""
    angles = 0.4 * _either_way(random, len(glyphs))
    return _warp(
        glyphs,
        ([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]] for a in angles),
    )


def brightness(glyphs: np.ndarray, _random: np.random.Generator) -> np.ndarray:
    """Add half of white, so that the background is grey."""
    return _clip(glyphs + 0.5)


def translate(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Move a glyph by 3 pixels in both directions, towards one of the four corners."""
    moves = 3 * _either_way(random, (len(glyphs), 2))
    matrices = (np.array([[1, 0, x], [0, 1, y]], float) for x, y in moves)
    return _each(glyphs, _affine, matrices)


def stripe(glyphs: np.ndarray, _random: np.random.Generator) -> np.ndarray:
    """Invert the left and the right quarter."""
    striped = glyphs.copy()
    striped[:, :, :7] = 1 - striped[:, :, :7]
    striped[:, :, 21:] = 1 - striped[:, :, 21:]
    return striped


def fog(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Add clouds of three times the ink's brightness, and darken the result to fit."""
    clouds = np.stack([_clouds(random, 1.4)[:SIDE, :SIDE] for _ in glyphs])[..., None]
    top = glyphs.max(axis=(1, 2, 3), keepdims=True)
    return _clip((glyphs + 3 * clouds) * top / (top + 3))


def spatter(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Spatter a glyph with grey mud."""

    def splash(image: np.ndarray, drops: np.ndarray) -> np.ndarray:
        liquid = (_blur(drops, 1) > 0.65).astype(np.float32)
        mud = _blur(liquid, 1.5)
        mud[mud < 0.8] = 0
        return image * (1 - mud) + mud * 63 / 255

    drops = random.normal(0.65, 0.3, glyphs.shape[:3]).astype(np.float32)
    return _each(glyphs, splash, drops)


def dotted_line(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw a dotted line from the left edge to the right one."""
    ends = random.integers(0, 27, (len(glyphs), 2))
    dots = (np.arange(SIDE) // 2) % 2 == 1
    lines = np.stack([_line((0, a), (27, b)) * dots for a, b in ends])
    return _clip(glyphs + lines[..., None])


def zigzag(glyphs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw a zigzag line with an amplitude of 2 pixels across the glyph."""
    starts = random.integers(0, 27, len(glyphs))
    slopes = random.integers(-5, 5, len(glyphs))
    lines = np.stack([_zigzag(a, s) for a, s in zip(starts, slopes, strict=True)])
    return _clip(glyphs + lines[..., None])


def canny_edges(glyphs: np.ndarray, _random: np.random.Generator) -> np.ndarray:
    """Keep only the outlines."""

    def outline(image: np.ndarray) -> np.ndarray:
        levels = np.rint(_blur(image, 1) * 255).astype(np.uint8)
        edges = cv2.Canny(levels, 0.1 * 255, 0.2 * 255, L2gradient=True)
        return (edges > 0).astype(np.float32)

    return _each(glyphs, outline)


CORRUPTIONS: dict[str, Corruption] = {
    corruption.__name__: corruption
    for corruption in (
        shot_noise, impulse_noise, glass_blur, motion_blur, shear, scale, rotate,
        brightness, translate, stripe, fog, spatter, dotted_line, zigzag, canny_edges,
    )
}  # fmt: skip


def _clip(glyphs: np.ndarray) -> np.ndarray:
    return np.clip(glyphs, 0, 1).astype(np.float32)


def _each(glyphs: np.ndarray, change: Callable, *own) -> np.ndarray:
    """Apply a change to each (28, 28) image, with values per image or one for all."""
    own = tuple([each] * len(glyphs) if np.isscalar(each) else each for each in own)
    changed = [change(*each) for each in zip(glyphs[..., 0], *own, strict=True)]
    return _clip(np.stack(changed)[..., None])


def _blur(image: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def _either_way(random: np.random.Generator, shape: int | tuple) -> np.ndarray:
    return random.choice((-1, 1), shape)


def _affine(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Warp an image by a matrix from target to source, with 0 beyond its edge."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=flags)


def _warp(glyphs: np.ndarray, matrices: Iterator[list]) -> np.ndarray:
    """Warp each glyph by a 2x2 matrix, from target to source, about its middle."""

    def about_the_middle(matrix: list) -> np.ndarray:
        linear = np.array(matrix, float)
        offset = MIDDLE * (1 - linear.sum(axis=1))
        return np.column_stack([linear, offset])

    return _each(glyphs, _affine, map(about_the_middle, matrices))


def _line(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """Draw a soft line between two points (x, y): (28, 28), 1 along its middle."""
    (x0, y0), (x1, y1) = start, end
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    distance = np.abs(y - y0 - (y1 - y0) / (x1 - x0) * (x - x0))
    soft = 1 + np.log(1 - np.minimum(distance, 2.299) / 2.3)
    return np.clip(soft, 0, 1) * (x >= np.floor(x0)) * (x < np.ceil(x1))


def _zigzag(start: float, rise: float) -> np.ndarray:
    """Draw a zigzag from (2, start) to (25, start + rise): (28, 28)."""
    across = np.array([0, *range(2, 24, 4)])
    corners = np.column_stack([across, [0, 2, -2, 2, -2, 2, -2]])
    angle = np.arctan(rise / 23)
    rotation = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    points = corners @ rotation.T + (2, start)
    return np.clip(sum(map(_line, points[:-1], points[1:])), 0, 1)


def _clouds(random: np.random.Generator, decay: float) -> np.ndarray:
    """Make a periodic plasma fractal by the diamond-square method, (32, 32), 0 to 1."""
    size, amplitude = 32, 100.0
    clouds = np.zeros((size, size))
    step = size
    while step > 1:
        half = step // 2

        def mean(corners: np.ndarray) -> np.ndarray:
            offset = random.uniform(-amplitude, amplitude, corners.shape)  # noqa: B023
            return corners / 4 + amplitude * offset  # noqa: B023

        corners = clouds[::step, ::step]
        pairs = corners + np.roll(corners, -1, 0)
        clouds[half::step, half::step] = mean(pairs + np.roll(pairs, -1, 1))
        middles = clouds[half::step, half::step]
        beside = middles + np.roll(middles, 1, 0) + corners + np.roll(corners, -1, 1)
        clouds[::step, half::step] = mean(beside)
        above = middles + np.roll(middles, 1, 1) + corners + np.roll(corners, -1, 0)
        clouds[half::step, ::step] = mean(above)
        step, amplitude = half, amplitude / decay
    clouds -= clouds.min()
    return clouds / clouds.max()
