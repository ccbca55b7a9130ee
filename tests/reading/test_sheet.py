"""A sheet of paper that lies on a desk is found, straightened and read by itself."""

import cv2
import numpy as np
import pytest
from PIL import Image

from digitlib.reading import sheet
from digitlib.reading.loading import load_model
from digitlib.reading.picture import Picture, open_picture
from tests.reading.test_turning import number

CORNERS = np.float32([(160, 60), (720, 140), (690, 400), (110, 300)])
DESK = (60, 45, 30)


def on_desk(page, corners=CORNERS, size=(800, 480), desk=DESK):
    """Lay a page on a desk, its corners where they are said to be."""
    width, height = page.size
    flat = np.float32([(0, 0), (width, 0), (width, height), (0, height)])
    levels = np.full((size[1], size[0], 3), desk, np.uint8)
    cv2.warpPerspective(
        np.asarray(page.convert("RGB")),
        cv2.getPerspectiveTransform(flat, corners),
        size,
        levels,
        cv2.INTER_AREA,
        cv2.BORDER_TRANSPARENT,
    )
    return Image.fromarray(levels)


def test_corners_are_found_clockwise_from_the_top_left():
    found = sheet.find_sheet(open_picture(on_desk(number())))
    np.testing.assert_allclose(found, CORNERS, atol=8)


def test_corners_are_in_pixels_of_the_original():
    large = on_desk(number()).resize((3200, 1920))
    found = sheet.find_sheet(open_picture(large))
    np.testing.assert_allclose(found, 4 * CORNERS, atol=32)


@pytest.mark.parametrize("desk", [(200, 90, 90), (90, 120, 200)])
def test_a_light_desk_in_another_colour_is_no_paper(desk):
    found = sheet.find_sheet(open_picture(on_desk(number(), desk=desk)))
    np.testing.assert_allclose(found, CORNERS, atol=8)


@pytest.mark.parametrize(
    "page",
    [number(), Image.new("L", (300, 200), 255), Image.new("L", (300, 200), 0)],
    ids=["writing", "white", "black"],
)
def test_a_page_that_fills_its_picture_is_no_sheet_on_a_desk(page):
    assert sheet.find_sheet(open_picture(page)) is None


def test_a_sheet_that_the_picture_cuts_off_is_not_straightened():
    outside = CORNERS + np.float32([(-200, 0)])
    assert sheet.find_sheet(open_picture(on_desk(number(), outside))) is None


def test_large_letters_are_no_sheet():
    page = Image.new("L", (800, 600), 255)
    bars = np.asarray(page).copy()
    for left in range(150, 650, 60):
        bars[200:380, left : left + 25] = 0
    assert sheet.find_sheet(open_picture(Image.fromarray(bars))) is None


def test_boxes_come_back_to_where_they_were():
    picture = open_picture(on_desk(number()))
    flat = sheet.flatten(picture, CORNERS)
    assert flat.scale == pytest.approx(1, abs=0.01)
    box = sheet.lift((0, 0, *flat.size), CORNERS)
    inset = 0.04 * max(flat.size)  # the edges of the sheet are cut off
    np.testing.assert_allclose(box, (110, 60, 720, 400), atol=inset)


def test_a_finer_sheet_comes_from_a_finer_picture():
    large = on_desk(number()).resize((3200, 1920))
    asked = []

    def finer(side):
        asked.append(side)
        pixels = np.asarray(large.resize((side, round(side * 0.6))))
        return Picture(pixels, 3200 / side, large.size)

    coarse = np.asarray(large.resize((1000, 600)))
    picture = Picture(coarse, 3.2, large.size, finer)
    flat = sheet.flatten(picture, 4 * CORNERS)
    assert max(flat.pixels.shape) == 1000
    assert asked == [pytest.approx(1400, abs=60)]
    assert max(flat.finer(1600).pixels.shape) > 1300


def test_a_sheet_is_read_and_it_is_said():
    reading = load_model().read(on_desk(number()))
    assert reading.text == "74274"
    if reading.message:
        assert reading.message == sheet.ALONE


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_sheet_is_read_whichever_way_it_lies(degrees):
    rows = Image.new("L", (640, 640), 255)
    rows.paste(number(), (0, 60))
    rows.paste(number(), (0, 320))
    corners = np.float32([(160, 60), (640, 100), (610, 540), (120, 490)])
    lying = on_desk(rows.rotate(degrees), corners, size=(800, 600))
    reading = load_model().read(lying)
    assert reading.text == "74274\n74274"
    dark = np.asarray(lying.convert("L")) < 90
    for digit in reading.digits:
        left, top, right, bottom = digit.box
        assert dark[top:bottom, left:right].mean() > 0.05
        assert 100 < left < right < 650
