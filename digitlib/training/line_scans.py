"""Show ink on a paper as a scanner or a camera does: masks to a grey picture."""

from collections.abc import Callable

import cv2
import numpy as np

from digitlib.training import line_papers
from digitlib.training.hands import Material, Random
from digitlib.training.line_papers import Layout

PATTERNED = "guilloche", "grain"  # papers whose print is no lines


def show(
    ink: np.ndarray, paper: str, layout: Layout, material: Material, random: Random
) -> np.ndarray:
    """Show ink on a paper as a scanner or a camera does: (height, width) uint8."""
    dark = random.uniform(0.35, 0.95) if random.random() < 0.85 else random.uniform(
        0.12, 0.35
    )  # fmt: skip
    light = (
        random.uniform(150, 255) if random.random() < 0.7 else random.uniform(80, 200)
    )
    strength = ink.astype(np.float32) * np.float32(dark / 255)
    if random.random() < 0.12:  # pencil, or a dry pen
        noise = random.random(ink.shape, np.float32)
        strength *= 1 - np.float32(random.uniform(0.3, 0.8)) * noise
    printed = _print_paper(paper, layout, dark, material, random)
    grey = (1 - strength) * (1 - printed) * np.float32(light)
    if random.random() < 0.35:  # light from one side
        left, right = random.uniform(0.75, 1, 2)
        grey *= np.linspace(left, right, ink.shape[1]).astype(np.float32)
    if random.random() < 0.55:
        sigma = random.uniform(0.3, 0.9) * max(0.7, layout.size / 30)
        grey = cv2.GaussianBlur(grey, (0, 0), sigma)
    if random.random() < 0.5:
        noise = random.standard_normal(ink.shape, np.float32)
        grey += noise * np.float32(random.uniform(0.5, 0.08 * light * dark + 1))
    levels = np.clip(grey, 0, 255).astype(np.uint8)
    finish = FINISHES[random.choice(len(FINISHES), p=FINISH_SHARES)]
    if finish is _black_and_white and (dark < 0.45 or paper in PATTERNED):
        return levels  # the writing would be gone
    return finish(levels, random)


def _print_paper(
    paper: str, layout: Layout, dark: float, material: Material, random: Random
) -> np.ndarray:
    """Draw the print on the paper: (height, width) float32, the light it takes."""
    if paper == "guilloche":
        most = dark * random.uniform(0.1, 0.55)
    elif paper == "grain":
        most = dark * random.uniform(0.1, 0.4)
    elif paper in line_papers.CELLS and random.random() < 0.6:
        most = min(random.uniform(0.4, 0.95), dark + 0.3)
    else:
        most = random.uniform(0.12, 1.0) * dark
    drawn = line_papers.PAPERS[paper](layout, random)
    printed = drawn.astype(np.float32) * np.float32(most / 255)
    if paper in PATTERNED and random.random() < 0.45:
        line = line_papers.base_line(layout, random).astype(np.float32)
        line *= np.float32(random.uniform(0.3, 1.0) * dark / 255)
        np.maximum(printed, line, out=printed)
    share = 0.15 if paper in (*line_papers.CELLS, "base_line") else 0.03
    if random.random() < share:
        words = _print_words(layout, material, random)
        words *= np.float32(random.uniform(0.3, 0.9))
        np.maximum(printed, words, out=printed)
    return printed


def _print_words(layout: Layout, material: Material, random: Random) -> np.ndarray:
    """Print one or two small words, above, below or in the first cell."""
    printed = np.zeros((layout.height, layout.width), np.uint8)
    for _ in range(int(random.integers(1, 3))):
        word = material.words[random.integers(len(material.words))]
        height = max(4, round(random.uniform(0.18, 0.4) * layout.size))
        width = max(4, round(word.shape[1] * height / len(word)))
        small = cv2.resize(word, (width, height), interpolation=cv2.INTER_AREA)
        x = int(random.integers(-width // 3, max(1, layout.width - width // 2)))
        top = layout.baseline - layout.size - height
        y = random.choice([top + random.uniform(-2, 3), layout.baseline + 2])
        paste(printed, small, x, round(float(y)))
    return printed.astype(np.float32) / 255


def _as_it_is(levels: np.ndarray, random: Random) -> np.ndarray:
    return levels


def _as_jpeg(levels: np.ndarray, random: Random) -> np.ndarray:
    quality = int(random.integers(25, 90))
    _, content = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE))


def _black_and_white(levels: np.ndarray, random: Random) -> np.ndarray:
    """Binarise, as fax machines and cheap scanners do."""
    how = cv2.THRESH_BINARY | cv2.THRESH_OTSU
    return cv2.threshold(levels, 0, 255, how)[1]


def _light_on_dark(levels: np.ndarray, random: Random) -> np.ndarray:
    return 255 - levels


def _low_resolution(levels: np.ndarray, random: Random) -> np.ndarray:
    """Shrink to what a small picture holds: digits of 10 pixels or more."""
    height, width = levels.shape
    factor = random.uniform(0.45, 0.8)
    if height * factor < 14:
        return levels
    size = max(1, round(width * factor)), round(height * factor)
    return cv2.resize(levels, size, interpolation=cv2.INTER_AREA)


def _on_a_larger_sheet(levels: np.ndarray, random: Random) -> np.ndarray:
    """Add empty paper at the left or right, as around a few digits."""
    extra = int(random.uniform(0.2, 2) * len(levels))
    sides = (extra, 0) if random.random() < 0.5 else (0, extra)
    column = levels[:, :1] if sides[0] else levels[:, -1:]
    more = np.repeat(np.full_like(column, np.median(column)), extra, axis=1)
    noise = random.integers(-2, 3, more.shape)
    more = np.clip(more + noise, 0, 255).astype(np.uint8)
    return np.hstack([more, levels] if sides[0] else [levels, more])


FINISHES: list[Callable[[np.ndarray, Random], np.ndarray]] = [
    _as_it_is, _as_jpeg, _black_and_white, _light_on_dark, _low_resolution,
    _on_a_larger_sheet,
]  # fmt: skip
FINISH_SHARES = 0.54, 0.18, 0.06, 0.05, 0.12, 0.05


def paste(ink: np.ndarray, mask: np.ndarray, x: int, y: int) -> None:
    """Put a mask on the ink; what is outside is cut off."""
    top, left = max(0, -y), max(0, -x)
    below, right = max(0, y + len(mask)), max(0, x + mask.shape[1])
    place = ink[max(0, y) : below, max(0, x) : right]
    part = mask[top : top + place.shape[0], left : left + place.shape[1]]
    np.maximum(place, part, out=place)
