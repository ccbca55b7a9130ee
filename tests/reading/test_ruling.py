"""Ruled lines, squares and boxes are removed, and the digits on them stay whole."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitlib.reading import ink
from digitlib.reading.preprocess import find_digits
from digitlib.reading.ruling import find_ruling
from digitlib.reading.straight_lines import find_lines

PAPER, BLUE, GREY, BLACK = (240, 238, 230), (140, 160, 210), (150, 150, 150), (0, 0, 0)
ACROSS = [((-50, y), (450, y)) for y in range(20, 300, 40)]
DOWN = [((x, -50), (x, 350)) for x in range(30, 400, 40)]
BOX = [((120, 60), (280, 60)), ((120, 260), (280, 260)),
       ((120, 60), (120, 260)), ((280, 60), (280, 260))]  # fmt: skip


def page(lines, colour=BLUE, thickness=2, slope=0.0, digit=None):
    """Return paper with these lines; `slope` is in pixels down for each pixel along."""
    sheet = np.full((300, 400, 3), PAPER, np.uint8)
    turn = np.array([[1, -slope], [slope, 1]])
    for line in lines:
        start, end = (tuple(map(int, turn @ point)) for point in line)
        cv2.line(sheet, start, end, colour, thickness, cv2.LINE_AA)
    if digit is not None:  # in the middle, 60 pixels from the left
        shown = np.asarray(digit)[10:270, :, None] / 255
        sheet[20:280, 60:340] = sheet[20:280, 60:340] * shown
    return Image.fromarray(sheet)


def only(image):
    (found,) = find_digits(image)
    return found.glyph


@pytest.mark.parametrize("slope", [-0.08, -0.02, 0, 0.05])
@pytest.mark.parametrize("lines", [ACROSS, ACROSS + DOWN], ids=["lined", "squared"])
@pytest.mark.parametrize("colour", [BLUE, GREY, BLACK])
def test_empty_ruled_paper_has_no_digits(lines, colour, slope):
    assert find_digits(page(lines, colour, slope=slope)) == []


def test_empty_box_has_no_digits():
    assert find_digits(page(BOX, BLACK)) == []


@pytest.mark.parametrize("lines", [ACROSS, ACROSS + DOWN, BOX])
def test_digit_on_lines_is_the_digit_without_them(lines, seven):
    expected, found = only(seven), only(page(lines, slope=0.02, digit=seven))
    shifts = [np.roll(found, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    assert min(np.abs(expected - each).mean() for each in shifts) < 0.025


@pytest.mark.parametrize("x", [148, 150, 153])
def test_a_dark_stroke_along_a_pale_line_stays(x):
    sheet = np.asarray(page(ACROSS + DOWN)).copy()
    cv2.line(sheet, (x, 90), (x, 210), (30, 30, 40), 7, cv2.LINE_AA)
    (stroke,) = find_digits(Image.fromarray(sheet))
    left, top, right, bottom = stroke.box
    assert (left, top) == pytest.approx((x - 4, 86), abs=4)
    assert (right, bottom) == pytest.approx((x + 4, 214), abs=4)


@pytest.mark.parametrize("end", [220, 240])
def test_a_base_line_is_no_part_of_the_digit(end):
    """A line to write an answer on, which is no longer than a stroke may be."""
    foot = [(120, 80), (180, 80), (150, 200)]
    sheet = ink.draw([foot], pen_width=8)
    expected = only(sheet)
    ImageDraw.Draw(sheet).line([(80, 205), (end, 205)], fill=0, width=4)
    assert np.abs(only(sheet) - expected).mean() < 0.025


def test_a_plus_and_a_two_keep_their_strokes():
    plus = [[(140, 60), (140, 220)], [(60, 140), (220, 140)]]
    two = [[(100, 90), (140, 60), (170, 100), (90, 200), (230, 200)]]
    for strokes in (plus, two):
        visible = (np.asarray(ink.draw(strokes, pen_width=6)) < 128).astype(np.uint8)
        assert not find_ruling(visible)[0].any()


def test_lines_of_two_strengths_are_removed():
    sheet = np.asarray(page(ACROSS + DOWN)).copy()
    for start, end in BOX:
        cv2.line(sheet, start, end, (0, 0, 0), 2, cv2.LINE_AA)
    assert find_digits(Image.fromarray(sheet)) == []


def test_box_around_a_digit_that_touches_it_is_removed(one):
    long = ink.draw([[(140, 50), (136, 250)]])  # through the box's upper line
    assert only(page(BOX, digit=long)).sum() < 1.4 * only(one).sum()


@pytest.mark.parametrize("size", [(300, 300), (120, 200)])
def test_strokes_of_a_digit_are_not_ruling(size):
    """The digits are a 1 from edge to edge and a 7 as wide as the picture."""
    for strokes in (
        [[(50, 0), (50, size[1])]],
        [[(0, 4), (size[0], 4), (20, size[1])]],
    ):
        dark = np.asarray(ink.draw(strokes, size, pen_width=6)) < 128
        assert not find_ruling(dark.astype(np.uint8))[0].any()


def test_line_is_found_behind_the_strokes_that_cross_it():
    visible = np.zeros((100, 200), np.uint8)
    visible[50:52, 10:190] = 1
    visible[20:80, 60:70] = visible[20:80, 120:130] = 1
    (line,) = find_lines(visible)
    assert (line.start, line.end) == (10, 190)
    assert line.at(100) == pytest.approx(50.5, abs=0.1)
    assert line.thickness == pytest.approx(2, abs=0.2)


def test_strokes_across_a_line_are_not_cut():
    visible = np.zeros((100, 200), np.uint8)
    visible[20:80, 60:70] = 1
    stroke = visible.copy()
    visible[50:52] = 1
    assert not (find_ruling(visible)[0] & stroke).any()
    assert np.array_equal(visible & ~find_ruling(visible)[0], stroke)


def test_strokes_in_a_long_row_of_boxes_stay():
    """Measured by the strip's length, their ends are near its edges."""
    boxes = np.zeros((100, 2000), np.uint8)
    for left in range(20, 1900, 80):
        cv2.rectangle(boxes, (left, 10), (left + 80, 90), (1,), 2)
    strokes = np.zeros_like(boxes)
    strokes[22:78, 58:1900:80] = strokes[22:78, 59:1900:80] = 1
    strokes[30:32, 35:80] = 1
    ruling = find_ruling(boxes | strokes)[0]
    assert not (ruling & strokes).any()
    assert (boxes & ~ruling).mean() < 0.001


STRIP = 1000, 120
POSTS = range(30, 1000, 90)
FORMS = {
    "cells": [((0, y), (1000, y)) for y in (8, 112)]
    + [((x, 0), (x, 120)) for x in POSTS],
    "boxes": [((30, y), (930, y)) for y in (8, 112)]
    + [((x, 8), (x, 112)) for x in POSTS],
    "comb": [((30, 100), (930, 100))] + [((x, 75), (x, 100)) for x in POSTS],
}


@pytest.mark.parametrize("lines", FORMS.values(), ids=FORMS)
def test_every_digit_of_a_strip_is_found(lines):
    """The picture is a long photo of a form with ten vertical strokes."""
    sheet = Image.new("L", STRIP, 160)
    pen = ImageDraw.Draw(sheet)
    for line in lines:
        pen.line(line, 90, 3)
    for x in range(75, 930, 90):
        pen.line(((x, 35), (x, 80)), 40, 5)
    noise = np.random.default_rng(0).normal(0, 2, np.shape(sheet))
    photo = Image.fromarray((np.asarray(sheet) + noise).astype(np.uint8))
    assert len(find_digits(photo)) == 10


def test_bars_of_sevens_in_one_line_are_not_ruling():
    visible = np.zeros((300, 300), np.uint8)
    for left in (100, 145):
        visible[100:105, left : left + 35] = 1
        visible[100:140, left + 30 : left + 35] = 1
    assert not find_ruling(visible)[0].any()
