"""Degrade training glyphs as bad cameras, bad light and dirty paper would.

These degradations resemble the `evaluation.corruptions` with which a network is
measured, but they are written independently and have random strengths: a network
trained on them copes with new ones, too.
"""

from collections.abc import Callable

import cv2
import numpy as np

from digitlib.reading.preprocess import SIDE

DEGRADED = 0.35  # share of the glyphs that is degraded

Random = np.random.Generator
# From (28, 28) float32 in [0, 1] to (28, 28), to be clipped to [0, 1].
Degradation = Callable[[np.ndarray, Random], np.ndarray]


def degrade(glyphs: np.ndarray, random: Random) -> np.ndarray:
    """Degrade about a third of the glyphs, each by a random kind and strength.

    Args:
        glyphs: (n, 28, 28, 1) float32 in [0, 1].
        random: the random generator; the same state gives the same result.

    Returns:
        New glyphs of the same shape, dtype and range.
    """
    degraded = glyphs.copy()
    kinds = random.choice(len(DEGRADATIONS), len(glyphs), p=PROBABILITIES)
    for i in np.flatnonzero(random.random(len(glyphs)) < DEGRADED):
        degraded[i, ..., 0] = DEGRADATIONS[kinds[i]](glyphs[i, ..., 0], random)
    return np.clip(degraded, 0, 1)


def noise(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Add the noise of low light, of a sensor, or of black and white specks."""
    if random.random() < 0.4:
        photons = random.uniform(2, 12)
        return random.poisson(glyph * photons) / photons
    if random.random() < 0.3:
        return glyph + random.normal(0, random.uniform(0.05, 0.3), glyph.shape)
    draws = random.random(glyph.shape)
    share = random.uniform(0.02, 0.22)
    return np.where(draws < share, draws < share / 2, glyph)


def blur(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Blur a glyph as an unfocused or a shaken camera would."""
    if random.random() < 0.3:
        return cv2.GaussianBlur(glyph, (0, 0), random.uniform(0.4, 1.5))
    length = random.uniform(2, 8)
    angle = random.uniform(0, 2 * np.pi)
    trail = np.arange(0, length, 0.5)
    kernel = np.zeros((17, 17), np.float32)
    x, y = (8 + np.rint(trail * turn(angle)).astype(int) for turn in (np.cos, np.sin))
    np.add.at(kernel, (y, x), np.exp(-((trail / length * 1.5) ** 2)))
    return cv2.filter2D(glyph, -1, kernel / kernel.sum())


def glass_blur(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Take each pixel from a neighbouring place, as behind frosted glass."""
    here = np.stack(np.meshgrid(*[np.arange(SIDE)] * 2), axis=-1)
    reach = random.uniform(0.5, 2.2)
    there = here + random.uniform(-reach, reach, here.shape)
    x, y = cv2.split(there.astype(np.float32))
    rough = cv2.remap(glyph, x, y, cv2.INTER_LINEAR)
    return cv2.GaussianBlur(rough, (0, 0), random.uniform(0.3, 0.9))


def brightness(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Make the paper or the ink grey."""
    if random.random() < 0.5:
        return glyph + random.uniform(0.1, 0.6)
    return glyph * random.uniform(0.3, 1) + random.uniform(0, 0.3)


def fog(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Lay patches of light, large and small, over a glyph, as fog or a shadow does."""
    patches = np.zeros((SIDE, SIDE), np.float32)
    strength = 1.0
    for knots in (2, 4, 8, 16, 28):
        patch = random.random((knots, knots)).astype(np.float32)
        patches += strength * cv2.resize(
            patch, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC
        )
        strength *= random.uniform(0.5, 0.8)
    patches -= patches.min()
    density = random.uniform(0.3, 3.2)
    return (glyph + density * patches / patches.max()) / (1 + density)


def stripes(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Invert one or two stripes across a glyph."""
    striped = glyph.copy()
    across = striped if random.random() < 0.4 else striped.T
    for _ in range(random.integers(1, 3)):
        start, width = random.integers(-3, SIDE), random.integers(2, 11)
        rows = slice(max(start, 0), start + width)
        across[rows] = 1 - across[rows]
    return striped


def side_stripes(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Invert one or two sides of a glyph."""
    striped = glyph.copy()
    across = striped if random.random() < 0.25 else striped.T
    first, last = random.integers(3, 10, 2)
    across[:first] = 1 - across[:first]
    if random.random() < 0.8:
        across[-last:] = 1 - across[-last:]
    return striped


def spatter(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Spatter a glyph with grey drops."""
    drops = cv2.GaussianBlur(
        random.normal(0, 1, glyph.shape).astype(np.float32), (0, 0), 1.2
    )
    where = cv2.GaussianBlur(
        (drops > random.uniform(0.1, 0.5)).astype(np.float32), (0, 0), 0.6
    )
    return glyph * (1 - where) + where * random.uniform(0, 0.6)


def line(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Draw a line across a glyph: straight, dotted or zigzag."""
    corners = int(random.choice([2, 2, 7, 9]))
    x = np.linspace(random.uniform(-1, 4), random.uniform(23, 28), corners)
    y = np.linspace(random.uniform(0, SIDE), random.uniform(0, SIDE), corners)
    if corners > 2:
        y += np.resize([1, -1], corners) * random.uniform(1, 3)
    points = np.rint(np.stack([x, y], axis=1) * 16).astype(np.int32)
    drawn = np.zeros(glyph.shape, np.uint8)
    level = int(random.uniform(100, 256))
    cv2.polylines(drawn, [points], False, level, 1, cv2.LINE_AA, 4)
    if corners == 2 and random.random() < 0.6:
        gap = int(random.integers(1, 4))
        drawn[:, (np.arange(SIDE) // gap) % 2 == 1] = 0
    if random.random() < 0.2:
        drawn = drawn.T
    soft = cv2.GaussianBlur(drawn, (0, 0), random.uniform(0.3, 0.8))
    return glyph + soft / np.float32(170)


def edges_only(glyph: np.ndarray, random: Random) -> np.ndarray:
    """Keep only the edges of the strokes."""
    soft = cv2.GaussianBlur(glyph, (0, 0), random.uniform(0.6, 1.2))
    if random.random() < 0.7:
        levels = np.rint(soft * 255).astype(np.uint8)
        return cv2.Canny(levels, 25, 50, L2gradient=True) / np.float32(255)
    edges = cv2.morphologyEx(soft, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
    return edges * random.uniform(1, 2)


DEGRADATIONS: list[Degradation] = [
    noise,
    blur,
    glass_blur,
    brightness,
    fog,
    stripes,
    side_stripes,
    spatter,
    line,
    edges_only,
]
PROBABILITIES = np.array([14, 8, 9, 7, 16, 4, 8, 5, 16, 13]) / 100
