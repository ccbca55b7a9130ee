"""Tell the posts and dashes of an empty form from ones.

A side of a box is a straight bar, as a 1 may be. But it ends where horizontal lines do,
at two levels; and the posts of a comb are all alike and stand on one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import cv2
import numpy as np

from digitlib.reading.boxes import Box, surround

SLANT = 0.06  # pixels across for each pixel down: a bar by hand mostly has more
UNEVEN = 0.4  # share of its thickness by which that of a bar differs at most
WHERE = 0.8  # share of the rows of a bar where that holds
ASPECT = 1.6  # ratio of height to thickness of a bar at least
THICKER = 2.5  # ratio of the thickness of lines of one form at most
LONG = 2.5  # ratio of length to thickness of a horizontal line at least
ENDS = 2.0  # thicknesses between a bar and the end of a line
MIDDLE = 0.25, 0.75  # shares of a bar's height, between which a line is a minus
ALIKE = 0.15  # share of their height by which the posts of a comb differ at most
POSTS = 3  # of a comb at least
DASHES = 6  # of dashed lines at least
MOST = 0.75  # share of what was read that are bars; corners may be a 7


@dataclass(frozen=True)
class _Bar:
    box: Box
    thickness: float


def is_empty_form(pixels: np.ndarray, boxes: Sequence[Box]) -> bool:
    """Return whether all that was read of a picture are the bars of an empty form.

    Args:
        pixels: (height, width, 3) uint8.
        boxes: of what was read, in these pixels.
    """
    mask = _ink(pixels)
    bars: list[_Bar] = []
    for i, box in enumerate(boxes):
        bars += [bar] if (bar := _find_bar(mask, box)) else []
        if i + 1 - len(bars) > (1 - MOST) * len(boxes):
            return False  # mostly after the first few
    if not bars:
        return False
    thinnest = min(bar.thickness for bar in bars)
    lines = _find_horizontal(mask, thinnest)
    levels = [
        line.box[1]
        for line in lines
        if any(_is_corner(line, bar, len(mask)) for bar in bars)
    ]
    is_box = bool(levels) and max(levels) - min(levels) > 2 * THICKER * thinnest
    return is_box or _are_dashes(bars, lines) or _is_comb(bars, lines)


def _ink(pixels: np.ndarray) -> np.ndarray:
    """Return (height, width) uint8, 1 for the rarer of dark and light."""
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    light = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    return light if light.mean() < 0.5 else 1 - light


def _find_bar(mask: np.ndarray, box: Box) -> _Bar | None:
    """Return the straight upright bar in a box, if there is nothing else."""
    left, top, right, bottom = box
    part = mask[top:bottom, left:right]
    widths = part.sum(axis=1)
    rows = np.flatnonzero(widths)
    if len(rows) < 3:
        return None
    thickness = float(np.median(widths[rows]))
    is_even = np.abs(widths[rows] - thickness) <= max(1, UNEVEN * thickness)
    if len(rows) < ASPECT * thickness or is_even.mean() < WHERE:
        return None
    middles = (part @ np.arange(part.shape[1]))[rows] / widths[rows]
    slant = np.polyfit(rows, middles, 1)[0]
    return None if abs(slant) > SLANT + 0.5 / len(rows) else _Bar(box, thickness)


def _find_horizontal(mask: np.ndarray, thinnest: float) -> list[_Bar]:
    """Return the horizontal lines, dashes at one level as one."""
    least = max(3, round(LONG * thinnest)) | 1
    flat = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    stats = cv2.connectedComponentsWithStats(flat)[2][1:].tolist()
    lines: list[_Bar] = []
    for x, y, width, height, area in sorted(stats, key=itemgetter(1)):
        thickness = area / width
        if width <= LONG * thickness:
            continue
        piece = _Bar((x, y, x + width, y + height), thickness)
        if lines and abs(piece.box[1] - lines[-1].box[1]) <= thinnest + 2:
            before = lines.pop()
            thickness = max(before.thickness, thickness)
            piece = _Bar(surround([before.box, piece.box]), thickness)
        lines.append(piece)
    return lines


def _is_corner(line: _Bar, bar: _Bar, height: int) -> bool:
    """Return whether a horizontal line ends above or below a bar, and is as thick.

    It is thinner where the edge of the picture cuts it.
    """
    left, top, right, bottom = bar.box
    reach = ENDS * bar.thickness + 2
    is_end = any(
        left - reach <= end <= right + reach for end in (line.box[0], line.box[2])
    )
    middle = ((line.box[1] + line.box[3]) / 2 - top) / (bottom - top)
    is_cut = line.box[1] == 0 or line.box[3] == height
    thinnest = 0 if is_cut else bar.thickness / THICKER
    return (
        is_end
        and not MIDDLE[0] < middle < MIDDLE[1]
        and thinnest <= line.thickness <= THICKER * bar.thickness
    )


def _are_dashes(bars: list[_Bar], lines: list[_Bar]) -> bool:
    """Return whether there are many bars, nearly all alike, and lines like them."""
    heights = np.array([bar.box[3] - bar.box[1] for bar in bars])
    are_alike = np.abs(heights - np.median(heights)) <= ALIKE * np.median(heights) + 2
    usual = float(np.median([bar.thickness for bar in bars]))
    is_like = any(abs(line.thickness - usual) <= UNEVEN * usual + 1 for line in lines)
    feet = np.array([bar.box[3] for bar in bars])
    is_level = np.ptp(feet) <= heights.max()  # as a number of ones is
    return len(bars) >= DASHES and are_alike.mean() >= MOST and is_like and not is_level


def _is_comb(bars: list[_Bar], lines: list[_Bar]) -> bool:
    """Return whether bars are alike, and stand on one line."""
    boxes = np.array([bar.box for bar in bars])
    heights, usual = boxes[:, 3] - boxes[:, 1], np.median(boxes[:, 3] - boxes[:, 1])
    reach = ALIKE * usual + 2
    if len(bars) < POSTS or np.abs(heights - usual).max() > reach:
        return False
    is_level = np.ptp(boxes[:, 3]) <= 2 * reach
    low, high, left, right = (
        boxes[:, 3].min() - reach,
        boxes[:, 3].max() + 2 * reach,
        boxes[:, 0].min() + reach,
        boxes[:, 2].max() - reach,
    )
    return is_level and any(
        line.box[0] <= left and right <= line.box[2] and low <= line.box[1] <= high
        for line in lines
    )
