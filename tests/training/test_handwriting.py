"""Scans and pen strokes become images like MNIST's."""

import numpy as np
import pytest
from PIL import Image

from digitlib.reading import ink, load_model, to_glyphs
from digitlib.training.handwriting import (
    WRITING_SIDE,
    draw_ink,
    draw_on_pad,
    draw_pens,
    read_scans,
)
from digitlib.training.people import Pens, Scans
from digitlib.training.unipen import Item, pack

RANDOM = np.random.default_rng


def pens(*styles):
    items = []
    for style in styles:
        strokes = [np.array(stroke, np.float32) * 7 for stroke in ink.write(style)]
        items.append(Item(style[0], "x/1", strokes))
    return Pens(**pack(items))


def read(images):
    return load_model().probabilities(to_glyphs(images)).argmax(axis=1).tolist()


def test_pens_are_drawn_with_several_pens():
    images, of = draw_pens(pens("3", "4 open", "7 crossed"), RANDOM(0), copies=4)
    assert (images.shape, images.dtype) == ((12, 28, 28), np.uint8)
    assert of.tolist() == [0, 1, 2] * 4
    assert read(images) == [3, 4, 7] * 4
    assert len(np.unique(images.mean(axis=(1, 2)))) == 12


def test_unit_and_origin_of_the_strokes_do_not_matter():
    strokes = [np.array(stroke) for stroke in ink.write("5")]
    moved = [stroke * 0.01 - 40 for stroke in strokes]
    drawn, again = (np.asarray(draw_on_pad(each), int) for each in (strokes, moved))
    assert np.abs(drawn - again).max() < 5


def test_pad_shows_a_digit_in_the_middle_with_the_pen_that_is_asked_for():
    strokes = [np.array([(1000, 5), (1000, 6)]), np.array([(1001, 5.5)])]
    drawn = [255 - np.asarray(draw_on_pad(strokes, w)) for w in (8, 22)]
    for picture, width in zip(drawn, (8, 22), strict=True):
        rows, columns = np.nonzero(picture > 127)
        middle = (ink.PAD_SIDE - 1) / 2
        assert (rows.min() + rows.max()) / 2 == pytest.approx(middle, abs=1.5)
        assert (columns.min() + columns.max()) / 2 == pytest.approx(middle, abs=1.5)
        assert (picture[100] > 127).sum() == pytest.approx(width, abs=2)
        assert np.ptp(rows) == pytest.approx(WRITING_SIDE + width, abs=3)


def test_a_dot_is_drawn_too():
    assert draw_ink([np.array([[5.0, 5.0]])], RANDOM(0)).any()


def test_scans_are_read_as_pictures_and_empty_ones_are_told():
    seven = ink.draw(ink.write("7"))
    with_speck = seven.copy()
    with_speck.paste(0, (250, 250, 258, 258))
    empty = Image.new("L", (100, 100), 250)
    scans = Scans([seven, with_speck, empty], np.array([7, 7, 7]), np.array(["a"] * 3))
    images, found = read_scans(scans)
    assert found.tolist() == [True, True, False]
    assert read(images[:2]) == [7, 7]
    assert not images[2].any()
