"""Draw one sign as a line's pen writes it: an image or strokes to a mask of ink.

A mask is (height, width) uint8, ink 255. `lines` puts the masks on a line.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from digitlib.training.hands import DIVIDED, TIMES, Random, Sample, Strokes

SIZES = 13, 44  # pixels: the height of a digit as it is drawn
PENS = 0.035, 0.16  # width of a pen, as a share of that height
NUMBER_SIZE = 36.0  # pixels: height of a whole number that is drawn by itself
CLOSE = 0.15  # gap below which signs may be joined
BITS = 4  # fractional bits of a coordinate
BENDS = 0.4  # distance of the points by which a line is bent, as a share of a digit
MOST_BENT = 0.075  # how far they move: standard deviation, as such a share
COARSE = 1.5  # from this scale on an image's strokes can be made thinner
# Gaps between signs, from and to, and how often: touching, close, usual, far apart.
SPACINGS = (-0.14, 0.0), (0.0, 0.12), (0.1, 0.35), (0.35, 1.5)
SPACING_SHARES = 0.25, 0.25, 0.36, 0.14

# Signs that are not as high as a digit: which side is measured ("height", "width" or
# the longer "side"), from and to which share of the digit's height; what stands on the
# base line ("foot") or is centred ("middle"), and how much lower, as such a share.
PLACES: dict[str, tuple[str, float, float, str, float]] = {
    ".": ("side", 0.06, 0.14, "foot", 0.0),
    ",": ("height", 0.2, 0.4, "foot", 0.2),
    "-": ("width", 0.35, 0.7, "middle", 0.02),
    "/": ("height", 0.9, 1.4, "middle", 0.05),
    ":": ("height", 0.4, 0.65, "middle", 0.1),
    "+": ("height", 0.5, 0.8, "middle", 0.05),
    "=": ("width", 0.4, 0.75, "middle", 0.03),
    "(": ("height", 1.0, 1.4, "middle", 0.05),
    ")": ("height", 1.0, 1.4, "middle", 0.05),
    "%": ("height", 0.8, 1.1, "foot", 0.0),
    TIMES: ("height", 0.4, 0.7, "middle", 0.05),
    DIVIDED: ("width", 0.5, 0.8, "middle", 0.03),
    "~": ("width", 0.5, 0.8, "middle", 0.03),
    "^": ("width", 0.3, 0.6, "middle", -0.3),
    ";": ("height", 0.5, 0.8, "foot", 0.15),
    "*": ("height", 0.4, 0.7, "middle", -0.1),
}
for _letter in "acemnorsuvwxz":
    PLACES[_letter] = ("height", 0.55, 0.8, "foot", 0.0)
for _letter in "gjpqy":
    PLACES[_letter] = ("height", 0.8, 1.1, "foot", 0.3)
USUAL = ("height", 0.88, 1.12, "foot", 0.0)


@dataclass(frozen=True)
class Style:
    """How a line is written; lengths are shares of a digit's height."""

    size: float  # pixels
    pen: float  # pixels
    slant: float  # pixels to the right for each pixel up
    drift: float  # pixels down for each pixel to the right
    unsteady: float  # standard deviation of height and place
    gap: float  # between two digits
    space: float  # between two numbers
    by_ink: bool  # whether gaps are between the ink, not between the boxes
    pitch: float  # of cells; 0 without cells
    levels: np.ndarray  # (256,) uint8: makes the strokes of images thicker or thinner
    joins: float  # share of neighbours that are joined by a stroke
    stretch: float  # of the width of all signs
    first: float  # factor of the height of the first digit
    bent: float  # how far the ink is bent: standard deviation
    swell: int  # pixels by which coarse images get thicker (1) or thinner (-1)


def draw_style(random: Random, in_cells: bool) -> Style:
    """Draw how a line is written: size, pen, slant, gaps and so on."""
    size = float(np.exp(random.uniform(*np.log(SIZES))))
    pen = max(1.0, size * float(np.exp(random.uniform(*np.log(PENS)))))
    low, high = SPACINGS[random.choice(len(SPACINGS), p=SPACING_SHARES)]
    gap = random.uniform(low, high)
    edge, softness = random.uniform(0.08, 0.42), random.uniform(0.25, 0.45)
    levels = np.clip((np.arange(256) / 255 - edge) / softness, 0, 1) * 255
    scattered = random.random() < 0.06
    return Style(
        size=size,
        pen=pen,
        slant=random.normal(0.06, 0.16),
        drift=random.normal(0, 0.02),
        unsteady=0.3 if scattered else random.uniform(0.02, 0.1),
        gap=gap,
        space=random.uniform(0.45, 1.5),
        by_ink=gap < 0.2 or random.random() < 0.4,
        pitch=random.uniform(0.85, 1.7) if in_cells else 0.0,
        levels=levels.astype(np.uint8),
        joins=random.uniform(0, 0.4) if gap < CLOSE and random.random() < 0.4 else 0.0,
        stretch=float(np.exp(random.normal(0.05, 0.16))),
        first=random.uniform(1.2, 1.7) if random.random() < 0.04 else 1.0,
        bent=random.uniform(0, MOST_BENT),
        swell=int(random.choice([-1, 0, 0, 1])),
    )


def draw_number(strokes: Strokes, random: Random) -> np.ndarray:
    """Draw a whole number as somebody wrote it, on white paper, with a usual pen.

    Returns:
        (height, width) uint8.
    """
    style = replace(
        draw_style(random, False), pen=random.uniform(1.5, 3), slant=0.0, stretch=1.0
    )
    mask = draw_strokes(strokes, "height", NUMBER_SIZE, style, random)
    return 255 - cv2.copyMakeBorder(mask, 4, 4, 6, 6, cv2.BORDER_CONSTANT, value=0)


def draw_sign(
    sample: Sample,
    character: str,
    style: Style,
    random: Random,
    factor: float = 1.0,
) -> tuple[np.ndarray, float]:
    """Draw a sign in its size.

    Returns:
        Its mask, and how far below the base line its foot is, in pixels.
    """
    side, low, high, anchor, lower = PLACES.get(character, USUAL)
    length = random.uniform(low, high) * style.size * factor
    if character == "-" and random.random() < 0.12:
        length *= random.uniform(1.5, 4)  # a dash that fills the rest of a line
    if anchor == "foot":
        length *= float(np.exp(random.normal(0, style.unsteady)))
    length = max(length, 2.0)
    if isinstance(sample, tuple):
        mask = draw_strokes(sample, side, length, style, random)
    else:
        mask = draw_image(sample, side, length, style, random)
    drop = lower * style.size
    if anchor == "middle":
        drop += (len(mask) - style.size) / 2
    return mask, drop


def draw_strokes(
    strokes: Strokes, side: str, length: float, style: Style, random: Random
) -> np.ndarray:
    """Draw strokes with the line's pen: (height, width) uint8, ink 255."""
    points = np.concatenate(strokes)
    slant = style.slant * 0.6 + random.normal(0, 0.04)  # people slant by themselves
    x = points[:, 0] - slant * points[:, 1]
    y = points[:, 1]
    width, height = float(np.ptp(x)), float(np.ptp(y))
    measured = {"height": height, "width": width}.get(side, max(width, height))
    scale = length / max(measured, 0.25 * max(width, height), 1e-3)
    stretch = style.stretch * float(np.exp(random.normal(0, 0.08)))
    pen = style.pen
    margin = pen / 2 + 1
    fixed = np.empty((len(points), 2), np.float32)
    fixed[:, 0] = (x - x.min()) * (scale * stretch) + margin
    fixed[:, 1] = (y - y.min()) * scale + margin
    shape = (
        int(height * scale + 2 * margin) + 1,
        int(width * scale * stretch + 2 * margin) + 1,
    )
    drawn = np.zeros((2 * shape[0], 2 * shape[1]), np.uint8)  # twice as large
    coordinates = np.rint(fixed * (2 << BITS)).astype(np.int32)
    parts, start = [], 0
    for stroke in strokes:
        parts.append(coordinates[start : start + len(stroke)])
        start += len(stroke)
    thickness = max(1, round(2 * pen + random.normal(0, 0.3)))
    cv2.polylines(drawn, parts, False, 255, thickness, cv2.LINE_AA, BITS)
    return cv2.resize(drawn, shape[::-1], interpolation=cv2.INTER_AREA)


def draw_image(
    image: np.ndarray, side: str, length: float, style: Style, random: Random
) -> np.ndarray:
    """Scale, stretch and slant an image: (height, width) uint8, ink 255."""
    height, width = image.shape
    measured = {"height": height, "width": width}.get(side, max(height, width))
    scale = length / measured
    stretch = style.stretch * float(np.exp(random.normal(0, 0.08)))
    if scale < 0.7:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        height, width = image.shape
        scale = 1.0
    slant = style.slant + random.normal(0, 0.04)
    lean = slant * height * scale
    shape = int(height * scale) + 2, int(width * scale * stretch + abs(lean)) + 2
    moves = np.array([
        [scale * stretch, -slant * scale, max(lean, 0) + 0.5],
        [0, scale, 0.5],
    ])  # fmt: skip
    mask = cv2.warpAffine(image, moves, shape[::-1], flags=cv2.INTER_LINEAR)
    if style.swell and scale > COARSE:
        change = cv2.dilate if style.swell > 0 else cv2.erode
        mask = change(mask, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    return cv2.LUT(mask, style.levels)


def bend(ink: np.ndarray, style: Style, random: Random) -> np.ndarray:
    """Bend a line's ink smoothly, so that no writer's strokes come twice alike.

    Source: P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional
    neural networks applied to visual document analysis" (ICDAR 2003).

    Args:
        ink: (height, width) uint8.
        style: how far.
        random: the random generator.

    Returns:
        (height, width) uint8.
    """
    height, width = ink.shape
    points = [max(3, round(side / (BENDS * style.size)) + 1) for side in ink.shape]
    moves = random.standard_normal((*points, 2)).astype(np.float32)
    moves *= style.bent * style.size
    x, y = cv2.split(cv2.resize(moves, (width, height), interpolation=cv2.INTER_CUBIC))
    x += np.arange(width, dtype=np.float32)
    y += np.arange(height, dtype=np.float32)[:, None]
    return cv2.remap(ink, x, y, cv2.INTER_LINEAR)
