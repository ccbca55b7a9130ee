"""Generated pictures hold what they should, and no two of them are alike."""

import io

import numpy as np
import pytest
from PIL import Image

from digitlib.evaluation import synthetic
from digitlib.reading.picture import encode
from digitlib.reading.preprocess import find_digits, to_pixels


def pixels(file):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"), np.float32)


def test_picture_of_a_digit_holds_that_digit(seven):
    image = to_pixels(find_digits(seven)[0].glyph)
    random = np.random.default_rng(0)
    places = set()
    for _ in range(10):
        (found,) = find_digits(synthetic.show_as_picture(image, random))
        side = max(found.box[2] - found.box[0], found.box[3] - found.box[1])
        assert 0.34 * 280 <= side <= 0.81 * 280
        places.add(found.box)
    assert len(places) == 10


def test_photo_of_a_drawing_holds_it_once(seven):
    (found,) = find_digits(synthetic.show_as_photo(seven))
    left, top, right, bottom = found.box
    assert 500 < left < right < 3500
    assert 0 < top < bottom < 3000


@pytest.mark.parametrize("kind", synthetic.EMPTY_PAPERS)
def test_empty_papers_differ_and_can_be_made_again(kind):
    random, again = np.random.default_rng(0), np.random.default_rng(0)
    papers = [synthetic.EMPTY_PAPERS[kind](random) for _ in range(3)]
    assert len(set(papers)) == 3
    assert papers == [synthetic.EMPTY_PAPERS[kind](again) for _ in range(3)]
    assert all(400 <= min(pixels(paper).shape[:2]) < 900 for paper in papers)


def test_blank_is_white_or_black():
    random = np.random.default_rng(0)
    levels = [np.unique(pixels(synthetic.blank(random))).tolist() for _ in range(8)]
    assert sorted(set(map(tuple, levels))) == [(0,), (255,)]


@pytest.mark.parametrize(
    ("paper", "down", "across"),
    [
        (synthetic.one_colour, False, False),
        (synthetic.lined, True, False),
        (synthetic.squared, True, True),
    ],
)
def test_lines_run_in_the_right_directions(paper, down, across, monkeypatch):
    """The sheet is photographed in even light and without noise."""
    monkeypatch.setattr(
        synthetic,
        "_photograph",
        lambda sheet, random: encode(Image.fromarray(sheet.astype(np.uint8)), "PNG"),
    )
    found = pixels(paper(np.random.default_rng(0)))
    part = found[200:300, 200:300]  # a line tilted by 5 degrees crosses it whole
    spread = {axis: np.ptp(part.mean(axis=(axis, 2))) for axis in (0, 1)}
    assert (spread[1] > 5, spread[0] > 5) == (down, across)


@pytest.mark.parametrize("paper", synthetic.EMPTY_PAPERS)
def test_nothing_is_found_on_empty_paper(paper):
    random = np.random.default_rng(1)
    for _ in range(10):
        assert find_digits(synthetic.EMPTY_PAPERS[paper](random)) == []
