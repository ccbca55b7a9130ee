"""Pages that lie on their side or upside down are read, and that is said."""

import numpy as np
import pytest
from PIL import Image

from digitlib.reading import ink, turning
from digitlib.reading.loading import load_model
from digitlib.reading.picture import open_picture

SEVEN = [[(20, 20), (80, 20), (45, 110)], [(35, 65), (75, 65)]]
FOUR = [[(55, 20), (20, 75), (85, 75)], [(65, 45), (60, 110)]]
TWO = [[(22, 40), (45, 20), (72, 38), (22, 108), (80, 106)]]


def number():
    """A page with 74274."""
    page = Image.new("L", (640, 240), 255)
    for i, strokes in enumerate((SEVEN, FOUR, TWO, SEVEN, FOUR)):
        page.paste(ink.draw(strokes, (100, 130), pen_width=9), (40 + 115 * i, 50))
    return page


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_boxes_come_back(quarters):
    picture = open_picture(number())
    turned = turning.turn(picture, quarters)
    height, width = turned.pixels.shape[:2]
    assert turned.size == (width, height)
    rows, columns = np.nonzero(turned.pixels[..., 0] < 128)
    box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    rows, columns = np.nonzero(picture.pixels[..., 0] < 128)
    expected = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert turning.turn_back(box, quarters, picture.size) == expected


def test_an_upright_page_is_not_turned():
    reading = load_model().read(number())
    assert reading.text == "74274"
    assert reading.message == ""


@pytest.mark.parametrize(
    ("degrees", "lies"), [(90, "left"), (180, "down"), (270, "right")]
)
def test_a_turned_page_is_read_and_it_is_said(degrees, lies):
    page = number().rotate(degrees, expand=True)  # to the left
    reading = load_model().read(page)
    assert reading.text == "74274"
    assert lies in reading.message
    dark = np.asarray(page) < 128
    for digit in reading.digits:
        left, top, right, bottom = digit.box
        assert dark[top:bottom, left:right].mean() > 0.1
