"""Empty forms have no ones; ones in a form, on a line or in a row stay."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitlib.evaluation.forms import EMPTY_FORMS
from digitlib.reading import ink
from digitlib.reading.forms import is_empty_form
from digitlib.reading.guesses import NO_DIGIT
from digitlib.reading.loading import load_model

ONE = [[(50, 20), (50, 110)]]
LEANING = [[(56, 20), (46, 110)]]
LEAST = {"empty_box": 14, "empty_row": 15, "empty_table": 15, "empty_comb": 6}


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


def test_posts_are_a_comb_and_leaning_ones_are_not():
    page = Image.new("RGB", (420, 120), "white")
    draw = ImageDraw.Draw(page)
    boxes = [(20 + 90 * i, 30, 26 + 90 * i, 91) for i in range(5)]
    for left, top, right, bottom in boxes:
        draw.rectangle([left, top, right - 1, bottom - 1], fill=0)
    assert not is_empty_form(np.asarray(page), boxes)  # 11111 by a straight pen
    draw.rectangle([10, 91, 400, 95], fill=0)
    assert is_empty_form(np.asarray(page), boxes)
    assert not is_empty_form(np.asarray(page), boxes[:2])
    leaning = Image.new("RGB", (420, 120), "white")
    draw = ImageDraw.Draw(leaning)
    draw.rectangle([10, 91, 400, 95], fill=0)
    for left, top, _, bottom in boxes:
        draw.line([left + 20, top, left, bottom - 1], fill=0, width=6)
    wide = [(left - 4, top, left + 25, bottom) for left, top, _, bottom in boxes]
    assert not is_empty_form(np.asarray(leaning), wide)
    assert not is_empty_form(np.asarray(page), [])
