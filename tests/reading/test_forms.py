"""Empty forms have no ones; ones in a form, on a line or in a row stay."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitlib.evaluation.forms import EMPTY_FORMS
from digitlib.reading import ink
from digitlib.reading.forms import SIDE, is_empty_form, look_around
from digitlib.reading.guesses import NO_DIGIT
from digitlib.reading.loading import load_model

ONE = [[(50, 20), (50, 110)]]
LEANING = [[(56, 20), (46, 110)]]
LEAST = {"empty_box": 19, "empty_row": 18, "empty_table": 18, "empty_comb": 19}


@pytest.mark.parametrize("kind", EMPTY_FORMS)
def test_nothing_is_read_in_empty_forms(kind):
    model, random = load_model(), np.random.default_rng(1)
    texts = [model.read(EMPTY_FORMS[kind](random)).text for _ in range(20)]
    empty = sum(not any(sign.isdigit() for sign in text) for text in texts)
    assert empty >= LEAST[kind]


def test_a_dashed_box_is_empty_and_that_is_said():
    box = Image.new("L", (64, 64), 255)
    draw = ImageDraw.Draw(box)
    for y in (4, 58):
        draw.rectangle([9, y, 54, y + 3], fill=0)
    for x, starts in ((9, (4, 20, 36, 50)), (52, (4, 18, 36, 50))):
        for y in starts:
            draw.rectangle([x, y, x + 2, y + 10], fill=0)
    reading = load_model().read(box)
    assert reading.text == ""
    assert reading.message == NO_DIGIT


def test_a_one_in_a_box_or_on_a_line_stays():
    model = load_model()
    for strokes in (ONE, LEANING):
        page = ink.draw(strokes, (100, 130), pen_width=8)
        boxed = Image.new("L", (160, 190), 255)
        boxed.paste(page, (30, 30))
        ImageDraw.Draw(boxed).rectangle([8, 8, 151, 181], outline=0, width=5)
        assert model.read(boxed).text == "1"
        lined = Image.new("L", (300, 160), 255)
        lined.paste(page, (100, 10))
        ImageDraw.Draw(lined).line([0, 128, 299, 128], fill=60, width=4)
        assert model.read(lined).text == "1"


def test_a_seven_alone_on_its_paper_is_no_corner_of_a_form():
    bar, stem = [(52, 57), (65, 48), (222, 45)], [(228, 50), (207, 170), (228, 236)]
    seven = ink.draw([bar + stem], pen_width=8)
    assert load_model().read(seven).text == "7"


@pytest.mark.parametrize("top", [8, 75], ids=["boxes", "comb"])
def test_ten_ones_in_a_form_stay(top):
    page = Image.new("L", (1000, 120), 200)
    draw = ImageDraw.Draw(page)
    for y in (top, 106) if top == 8 else (106,):
        draw.line([30, y, 930, y], fill=90, width=3)
    for x in range(30, 1000, 90):
        draw.line([x, top, x, 106], fill=90, width=3)
    for x in range(75, 930, 90):
        draw.line([x, 35, x, 80], fill=40, width=5)
    assert load_model().read(page).text == "1" * 10


def test_a_column_of_ones_stays():
    strokes = [
        [(x + 90, y + 110 * row) for x, y in stroke]
        for row in range(4)
        for stroke in ONE
    ]
    page = ink.draw(strokes, (280, 480), pen_width=8)
    assert load_model().read(page).text.split() == ["1"] * 4


def test_posts_are_a_comb_and_ones_are_not():
    comb, ones, leaning = (Image.new("L", (420, 120), 255) for _ in range(3))
    posts = [(20 + 54 * i, 60, 24 + 54 * i, 96) for i in range(8)]
    for left, top, right, bottom in posts:
        ImageDraw.Draw(comb).rectangle([left, top, right - 1, bottom - 1], fill=0)
    ImageDraw.Draw(comb).rectangle([20, 96, 401, 99], fill=0)
    assert is_empty_form(np.asarray(comb), posts, "1" * 8)
    boxes = [(40 + 90 * i, 30, 46 + 90 * i, 91) for i in range(4)]
    for left, top, right, bottom in boxes:
        ImageDraw.Draw(ones).rectangle([left, top, right - 1, bottom - 1], fill=0)
    assert not is_empty_form(np.asarray(comb), posts, "15" * 4)  # no bars
    assert not is_empty_form(np.asarray(ones), boxes, "1" * 4)  # 1111 by a straight pen
    ImageDraw.Draw(leaning).rectangle([10, 91, 400, 95], fill=0)
    for left, top, _, bottom in boxes:
        ImageDraw.Draw(leaning).line([left + 20, top, left, bottom - 1], 0, width=6)
    wide = [(left - 4, top, left + 25, bottom) for left, top, _, bottom in boxes]
    assert not is_empty_form(np.asarray(leaning), wide, "1" * 4)
    assert not is_empty_form(np.asarray(ones), [], "")


def test_the_network_sees_the_picture_around_a_sign():
    grey = np.full((100, 200), 220, np.uint8)
    grey[40:60, 10:14] = 20
    seen = look_around(grey, (10, 40, 14, 60))
    assert seen.shape == (SIDE, SIDE, 2)
    assert seen.dtype == np.float32
    strength, place = seen[..., 0], seen[..., 1]
    assert np.argwhere(place).mean(axis=0) == pytest.approx([SIDE / 2] * 2, abs=1)
    assert np.median(strength[place > 0]) > 0.9
    assert strength[:, :25].max() == 0  # beyond the edge of the picture
    assert np.array_equal(seen, look_around(255 - grey, (10, 40, 14, 60)))


def test_a_sign_as_large_as_the_picture_is_seen_in_little_memory():
    grey = np.random.default_rng(0).integers(0, 256, (2000, 2000), np.uint8)
    tracemalloc.start()
    assert look_around(grey, (0, 0, 2000, 2000)).shape == (SIDE, SIDE, 2)
    assert tracemalloc.get_traced_memory()[1] < 150e6
    tracemalloc.stop()
