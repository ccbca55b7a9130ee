"""Find a sheet of paper that lies on something else, and look at it from above.

Picture -> corners of the sheet -> the sheet alone, upright and right-angled
"""

from collections.abc import Iterator
from functools import partial

import cv2
import numpy as np

from digitlib.reading.boxes import Box
from digitlib.reading.picture import WORKING_SIDE, Picture
from digitlib.reading.preprocess import MAX_FINE_SIDE

SIDE = 240  # pixels: the longer side of the picture in which a sheet is looked for
LEAST, MOST = 0.08, 0.9  # shares of the picture that a sheet covers
UNLIKE = 25  # levels by which a sheet is lighter than what it lies on, in some channel
FILLED = 0.9  # share of the shape between the corners that must be sheet,
PAPER = 0.75  # and share that must be paper and not writing
BEND = 0.03  # of the outline's length: how far it may be from straight sides
INSIDE = 0.02  # share of the sheet by which its edges are cut off
ROUGH = 5  # pixels by which the outline may be away from a side
SMOOTH = 7  # pixels: writing is narrower, and makes no hole in the sheet

ALONE = "Only the sheet of paper in the picture was read."


def find_sheet(picture: Picture) -> np.ndarray | None:
    """Find a sheet of paper with four corners, all of them in the picture.

    Args:
        picture: any.

    Returns:
        (4, 2) float32, its corners clockwise from the top left one, x and y in pixels
        of the upright original; None if there is no such sheet.
    """
    if np.median(_margin(picture.pixels), axis=0).min() > 255 - UNLIKE:
        return None  # nothing can be lighter than white
    factor = SIDE / max(picture.pixels.shape[:2])
    small = cv2.resize(
        picture.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
    )
    margin = _margin(small)
    lighter = cv2.subtract(small, np.full_like(small, np.median(margin, axis=0)))
    red, green, blue = cv2.split(lighter)
    most = cv2.max(cv2.max(red, green), blue)
    if np.count_nonzero(most > UNLIKE) < LEAST * most.size:
        return None  # most pictures end here
    fits = [
        fit for mask in _guess_paper(small) if (fit := _fit_corners(mask)) is not None
    ]
    if not fits:
        return None
    _, corners = max(fits, key=lambda fit: fit[0])
    return corners * np.float32(picture.scale / factor)


def flatten(picture: Picture, corners: np.ndarray, side: int = WORKING_SIDE) -> Picture:
    """Return the sheet alone, as it looks from above.

    Args:
        picture: in which the sheet was found.
        corners: as `find_sheet` returns them.
        side: the sheet's longer side in pixels; it has fewer if the picture has.

    Returns:
        A picture whose original is the sheet in the resolution of its own original.
    """
    size = _sheet_size(corners)
    wanted = side * max(picture.size) / max(size)
    if picture.finer and wanted > max(picture.pixels.shape[:2]):
        source = picture.finer(min(MAX_FINE_SIDE, round(wanted)))
    else:
        source = picture
    scale = max(max(size) / side, source.scale)
    shape = max(1, round(size[0] / scale)), max(1, round(size[1] / scale))
    moves = _homography(corners / np.float32(source.scale), shape)
    pixels = cv2.warpPerspective(source.pixels, moves, shape, flags=cv2.INTER_LINEAR)
    finer = partial(flatten, picture, corners) if scale > 1 else None
    return Picture(pixels, scale, size, finer)


def lift(box: Box, corners: np.ndarray) -> Box:
    """Return a box on the flat sheet in pixels of the picture that it lies in."""
    left, top, right, bottom = box
    around = np.array(
        [[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float32
    )
    back = np.linalg.inv(_homography(corners, _sheet_size(corners)))
    low, high = (
        each(cv2.perspectiveTransform(around, back)[0], axis=0)
        for each in (np.min, np.max)
    )
    x0, y0 = np.floor(low).astype(int).tolist()
    x1, y1 = np.ceil(high).astype(int).tolist()
    return max(0, x0), max(0, y0), x1, y1


def _margin(pixels: np.ndarray) -> np.ndarray:
    """Return the pixels at the four sides of a picture, (n, channels)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _guess_paper(small: np.ndarray) -> Iterator[np.ndarray]:
    """Guess what is paper: the light, the colourless, what is unlike the margin."""
    light, a, b = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2LAB))
    colour = cv2.GaussianBlur(np.stack([a, b], axis=2).astype(np.float32), (0, 0), 2)
    unlike = np.linalg.norm(colour - np.median(_margin(colour), axis=0), axis=2)
    grey = np.linalg.norm(colour - 128, axis=2)
    for levels in (light, 255 - 4 * np.minimum(grey, 63), 4 * np.minimum(unlike, 63)):
        how = cv2.THRESH_BINARY | cv2.THRESH_OTSU
        yield cv2.threshold(levels.astype(np.uint8), 0, 255, how)[1]


def _fit_corners(mask: np.ndarray) -> tuple[float, np.ndarray] | None:
    """Return how well the largest piece fills the shape of its corners, and these."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SMOOTH, SMOOTH))
    smooth = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    smooth = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, kernel)
    outlines, _ = cv2.findContours(smooth, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    hull = cv2.convexHull(outline)
    bend = BEND * cv2.arcLength(hull, True)
    corners = cv2.approxPolyDP(hull, bend, True)[:, 0].astype(np.float32)
    height, width = mask.shape
    inner = (corners > 1) & (corners < np.array([width - 2, height - 2]))
    if len(corners) != 4 or not inner.all():
        return None
    area = cv2.contourArea(corners)
    shape = cv2.fillConvexPoly(np.zeros_like(mask), corners.astype(np.int32), 1)
    paper = np.count_nonzero(mask[shape > 0]) / max(area, 1.0)
    filled = cv2.contourArea(outline) / max(area, 1.0)
    if not LEAST <= area / mask.size <= MOST or min(paper / PAPER, filled / FILLED) < 1:
        return None
    return filled, _sharpen(_in_order(corners), outline[:, 0].astype(np.float32))


def _in_order(corners: np.ndarray) -> np.ndarray:
    """Sort corners clockwise, from the one that is the nearest to the top left."""
    around = corners - corners.mean(axis=0)
    clockwise = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    return np.roll(clockwise, -int(clockwise.sum(axis=1).argmin()), axis=0)


def _sharpen(corners: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Put corners where the straight lines along the sides of the outline meet."""
    lines = []  # for each side a normal vector and its distance from the origin
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = (end - start) / np.linalg.norm(end - start)
        place = (outline - start) @ along / np.linalg.norm(end - start)
        apart = np.abs((outline - start) @ np.array([-along[1], along[0]]))
        near = (place > 0.1) & (place < 0.9) & (apart < ROUGH)
        if np.count_nonzero(near) < 2:
            return corners
        x, y, x0, y0 = cv2.fitLine(outline[near], cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        lines.append((-y, x, x * y0 - y * x0))
    sides = np.array(lines)
    pairs = np.stack([np.roll(sides, 1, axis=0), sides], axis=1)  # that meet
    return np.linalg.solve(pairs[..., :2], pairs[..., 2:])[..., 0].astype(np.float32)


def _sheet_size(corners: np.ndarray) -> tuple[int, int]:
    """Return the width and height of a flat sheet: its longer opposite sides."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return max(1, round(float(sides[::2].max()))), max(
        1, round(float(sides[1::2].max()))
    )


def _homography(corners: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the map from the picture to a flat sheet, whose edges are cut off."""
    width, height = size
    left, top = -INSIDE * width, -INSIDE * height
    flat = np.array(
        [
            (left, top),
            (width - left, top),
            (width - left, height - top),
            (left, height - top),
        ],
        np.float32,
    )
    return np.asarray(cv2.getPerspectiveTransform(corners.astype(np.float32), flat))
