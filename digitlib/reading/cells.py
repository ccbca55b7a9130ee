"""Find the cells of a form: posts at equal distances, with a digit between each two.

An empty cell then stays a gap, and the digits behind it keep their places.
"""

from itertools import combinations

import numpy as np

POST = 0.5  # share of a strip's height that is dark in a post
DARK = 0.3  # strength from which a pixel is dark
NARROWEST = 12  # pixels of a strip: the least distance between posts
FEWEST = 4  # posts of a form: three strokes at equal distances may be digits
MOST = 80  # more are a texture
AWAY = 2  # pixels by which a post may be out of its place
WIDEST = 1.2  # ratio of a digit's width to that of its cell
AT_EDGE = 0.12  # share of the pitch: a 1 this near to a post is taken for one


def find_posts(strip: np.ndarray) -> list[float]:
    """Find the posts between the cells of a form.

    Args:
        strip: (40, width) float32 in [0, 1], ink 1, as `strips.to_strip` makes it.

    Returns:
        The x coordinates of the posts in pixels of the strip; none if they are not
        evenly spaced all over it, as on paper without cells.
    """
    share = (strip > DARK).mean(axis=0)
    columns = np.flatnonzero(share > POST)
    if not len(columns):
        return []
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    dark = np.array([group.mean() for group in groups])
    if len(dark) > MOST:
        return []
    for pitch, start in sorted((b - a, a) for a, b in combinations(dark, 2)):
        if pitch >= NARROWEST:
            before = _follow(dark, start, -pitch, 0)
            after = _follow(dark, start, pitch, strip.shape[1])
            if before and after and len(before) + len(after) > FEWEST:
                return [*reversed(before), *after[1:]]
    return []


def _follow(dark: np.ndarray, start: float, pitch: float, end: float) -> list[float]:
    """Go from post to post up to the end of the strip; nothing if one is missing."""
    posts = [float(start)]
    while abs(posts[-1] - end) >= abs(pitch):
        place = posts[-1] + pitch
        nearest = float(dark[np.abs(dark - place).argmin()])
        if abs(nearest - place) > AWAY:
            return []
        posts.append(nearest)
    return posts


def fill_cells(
    posts: list[float], signs: list[tuple[str, float, float]]
) -> tuple[str, ...]:
    """Put the signs of a line into its cells.

    Args:
        posts: the x coordinates of the cells' edges, from left to right.
        signs: for each sign its label, and the x of its left and right end.

    Returns:
        A label for each cell, "" for an empty one; nothing if the signs do not keep to
        the cells.
    """
    pitch = posts[1] - posts[0]
    edges = [posts[0] - pitch, *posts, posts[-1] + pitch]  # the outer posts may be cut
    cells = [""] * (len(edges) - 1)
    for label, left, right in signs:
        middle = (left + right) / 2
        place = int(np.searchsorted(edges, middle)) - 1
        is_post = np.abs(np.array(edges) - middle).min() < AT_EDGE * pitch
        is_inside = 0 <= place < len(cells) and right - left <= WIDEST * pitch
        if is_post or not is_inside or cells[place]:
            return ()
        cells[place] = label
    return tuple(cells[not cells[0] : len(cells) - (not cells[-1])])
