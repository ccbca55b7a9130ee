"""Generate test pictures: a digit on a page, a photo of a drawing, empty sheets.

Everything is generated at random, from a generator that is passed in. The results are
the bytes of files, so they are read in the same way as a visitor's picture.
"""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from digitlib.reading.boxes import ink_box
from digitlib.reading.picture import encode

PICTURE_SIDE = 280  # pixels: height and width of the page of a test digit
PICTURE_SHARE = 0.35, 0.80  # shares of that side: the smallest and the largest digit
SHEET_SIDES = 400, 900  # pixels: the shortest and the longest side of an empty sheet


def show_as_picture(image: np.ndarray, random: np.random.Generator) -> bytes:
    """Put a digit, dark on light, on a page at a random size and place.

    Args:
        image: (28, 28) uint8, ink 255.
        random: the random generator.

    Returns:
        The bytes of a PNG file.
    """
    left, top, right, bottom = ink_box(image > 0)
    digit = image[top:bottom, left:right]
    factor = random.uniform(*PICTURE_SHARE) * PICTURE_SIDE / max(digit.shape)
    digit = cv2.resize(digit, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    height, width = digit.shape
    row = random.integers(0, PICTURE_SIDE - height + 1)
    column = random.integers(0, PICTURE_SIDE - width + 1)
    page = np.full((PICTURE_SIDE, PICTURE_SIDE), 255, np.uint8)
    page[row : row + height, column : column + width] = 255 - digit
    return encode(Image.fromarray(page), "PNG")


def show_as_photo(drawing: Image.Image) -> bytes:
    """Make the photo of a drawing that a phone would take.

    Returns:
        The bytes of a JPEG file of 4000 x 3000 pixels, with shading and noise.
    """
    paper = np.full((3000, 4000), 225, np.float32)
    paper[:, 500:3500] *= np.asarray(drawing.resize((3000, 3000)), np.float32) / 255
    shading = np.linspace(0.7, 1, 4000, dtype=np.float32)
    noise = np.random.default_rng(0).normal(0, 6, paper.shape)
    levels = np.clip(paper * shading + noise, 0, 255).astype(np.uint8)
    return encode(Image.fromarray(levels).convert("RGB"), "JPEG")


def blank(random: np.random.Generator) -> bytes:
    """Make an empty picture, white or black, as an empty drawing pad gives it."""
    width, height = random.integers(*SHEET_SIDES, 2)
    level = 255 * int(random.integers(2))
    return encode(Image.new("L", (int(width), int(height)), level), "PNG")


def one_colour(random: np.random.Generator) -> bytes:
    """Make a photo of a wall, a desk or a piece of card, in any colour."""
    return _photograph(_sheet(0, random), random)


def textured(random: np.random.Generator) -> bytes:
    """Make a photo of rough paper with fibres, flecks and clouds."""
    sheet = _sheet(150, random)
    height, width = sheet.shape[:2]
    for step in (2, 6, 20):  # pixels of a fibre, a fleck, a cloud
        shape = height // step + 1, width // step + 1
        relief = random.normal(0, random.uniform(1, 6), shape).astype(np.float32)
        size = width, height
        sheet += cv2.resize(relief, size, interpolation=cv2.INTER_CUBIC)[..., None]
    return _photograph(sheet, random)


def lined(random: np.random.Generator) -> bytes:
    """Make a photo of a sheet with ruled lines."""
    return _photograph(rule(_sheet(150, random), (0,), random), random)


def squared(random: np.random.Generator) -> bytes:
    """Make a photo of a sheet with ruled squares."""
    return _photograph(rule(_sheet(150, random), (0, 90), random), random)


EMPTY_PAPERS: dict[str, Callable[[np.random.Generator], bytes]] = {
    paper.__name__: paper for paper in (blank, one_colour, textured, lined, squared)
}


def _sheet(darkest: float, random: np.random.Generator) -> np.ndarray:
    """Make a sheet of a random colour: (height, width, 3) float32 in [0, 255]."""
    colour = random.uniform(darkest, 255, 3).astype(np.float32)
    return np.tile(colour, (*random.integers(*SHEET_SIDES, 2), 1))


def rule(
    sheet: np.ndarray, directions: tuple[float, ...], random: np.random.Generator
) -> np.ndarray:
    """Rule lines in these directions, in degrees, with a small random tilt."""
    y, x = np.indices(sheet.shape[:2], np.float32)
    colour = sheet[0, 0] * random.uniform(0.3, 0.9, 3).astype(np.float32)
    spacing, thickness = random.uniform(20, 70), random.uniform(1, 4)  # pixels
    tilt = random.uniform(-5, 5)
    for angle in np.radians(np.array(directions) + tilt):
        across = x * np.sin(angle) + y * np.cos(angle) + random.uniform(0, spacing)
        distance = np.abs(across % spacing - spacing / 2)  # from the nearest line
        ink = np.clip((thickness + 1) / 2 - distance, 0, 1)[..., None]
        sheet = np.minimum(sheet, sheet + ink * (colour - sheet))  # ink stays dark
    return sheet


def _photograph(sheet: np.ndarray, random: np.random.Generator) -> bytes:
    """Light a sheet from one side, add camera noise, and return a JPEG file."""
    height, width = sheet.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = random.uniform(0, 2 * np.pi)
    slope = x * np.cos(angle) + y * np.sin(angle)
    light = 1 - random.uniform(0, 0.15) * (1 + slope)
    noise = random.uniform(0, 6) * random.standard_normal(sheet.shape, np.float32)
    levels = np.clip(sheet * light[..., None] + noise, 0, 255).astype(np.uint8)
    return encode(Image.fromarray(levels), "JPEG")
