"""The page network removes ruling, and leaves alone what people write."""

import cv2
import numpy as np
import pytest

from digitlib.errors import ModelError
from digitlib.reading import ink, page_cleaner
from digitlib.reading.background import guess_inks
from digitlib.reading.page_cleaner import STRENGTH, clean, find_ruling, load_page

MOST = 0.05  # share of writing that may be removed, and of ruling that may stay


def draw_page(digits, side=1):
    """Return the ink of digits in columns, and of the table that they stand in."""
    cell = 100 * side
    writing = np.zeros((3 * cell, len(digits) * cell), np.uint8)
    table = writing.copy()
    for i, digit in enumerate(digits):
        small = cv2.resize(digit, (cell * 3 // 4, cell * 3 // 4), None, 0, 0, 3) > 90
        for top in range(cell // 8, 3 * cell, cell):
            left = i * cell + cell // 8
            writing[top : top + len(small), left : left + len(small)] = small
    for x in range(cell, table.shape[1], cell):
        table[:, x : x + 2 * side] = 1
    for y in (cell, 2 * cell):
        table[y : y + 2 * side] = 1
    return writing, table


@pytest.fixture(scope="module")
def digits():
    random = np.random.default_rng(0)
    styles = [ink.STYLES[name] for name in ink.STYLES if name[0] in "23568"]
    return [255 - np.asarray(ink.draw(ink.write(style, random))) for style in styles]


@pytest.mark.parametrize("side", [1, 4])
def test_a_table_is_removed_and_its_digits_stay(digits, side):
    writing, table = draw_page(digits[:4], side)
    ruling = clean((writing | table) * np.float32(STRENGTH))
    assert ruling[writing > 0].mean() < MOST
    assert ruling[(table > 0) & (writing == 0)].mean() > 1 - MOST


def test_digits_without_ruling_stay(digits):
    writing, _ = draw_page(digits)
    assert clean(writing * np.float32(STRENGTH))[writing > 0].mean() < MOST


def test_paper_is_no_ruling():
    assert not find_ruling(np.full((70, 50), 11, np.uint8), threshold=24).any()


def test_faint_lines_are_seen_from_half_the_threshold_on():
    distance = np.zeros((200, 300), np.uint8)
    distance[40::40] = distance[41::40] = 14
    assert find_ruling(distance, threshold=24)[40].mean() > 1 - MOST
    assert not find_ruling(distance, threshold=30).any()


def test_a_table_that_geometry_misses_is_removed_by_the_second_guess(digits):
    """Geometry cannot see lines that are bent."""
    writing, table = draw_page(digits[:5])
    rows, columns = np.indices(table.shape, np.float32)
    bent = cv2.remap(
        table, columns + 5 * np.sin(rows / 60), rows + 5 * np.sin(columns / 60), 0
    )
    levels = 255 - 200 * np.maximum(writing, bent)
    first, second, *_ = guess_inks(np.dstack([levels.astype(np.uint8)] * 3))
    only_lines = (bent > 0) & (cv2.dilate(writing, np.ones((9, 9))) == 0)
    assert (second > 0.5)[only_lines].mean() < 0.2 < (first > 0.5)[only_lines].mean()


def test_a_missing_network_is_told(tmp_path):
    with pytest.raises(ModelError, match="missing"):
        load_page(tmp_path)
    assert page_cleaner.load_page()  # the shipped one is whole


def test_short_pieces_are_no_ruling(monkeypatch):
    """The network here calls all ink ruling, also a straight part of a digit."""
    strength = np.zeros((200, 300), np.float32)
    strength[100:102, 20:280] = strength[40:52, 50:53] = STRENGTH

    def call_all_ruling(page):
        return np.ones((*page.shape[:3], 2), np.float32)

    monkeypatch.setattr(page_cleaner, "_load_shared", lambda: call_all_ruling)
    assert np.array_equal(np.flatnonzero(clean(strength).any(axis=1)), [100, 101])
