"""Rasterised strokes have ink where the pen went and nowhere else."""

import numpy as np
import pytest

from digitlib.errors import DrawingError
from digitlib.reading import ink
from digitlib.reading.preprocess import find_digits
from tests.conftest import SEVEN


def test_nothing_drawn_is_white_paper():
    assert np.asarray(ink.draw([], size=(30, 20))).tolist() == [[255] * 30] * 20


def test_single_point_is_a_dot_of_the_pen_width():
    black = np.asarray(ink.draw([[(50, 40)]], size=(100, 80), pen_width=10)) < 128
    rows, columns = np.nonzero(black)
    assert (rows.mean().round(), columns.mean().round()) == (40, 50)
    assert 8 <= np.ptp(columns) + 1 <= 12


def test_line_has_the_pen_width_and_stops_at_the_edge():
    picture = np.asarray(ink.draw([[(-50, 40), (500, 40)]], size=(100, 80)))
    width = (picture[:, 50] < 128).sum()
    assert abs(width - ink.PEN_WIDTH) <= 1


def test_empty_stroke_is_ignored():
    assert np.array_equal(ink.draw([[]]), ink.draw([]))


def test_every_digit_has_a_style_and_every_style_is_one_digit():
    assert {style[0] for style in ink.STYLES} == set("0123456789")
    for style in ink.STYLES:
        points = np.concatenate([np.array(stroke) for stroke in ink.write(style)])
        assert 0 < points.min() < points.max() < ink.PAD_SIDE
        (found,) = find_digits(ink.draw(ink.write(style)))
        assert found.glyph.max() > 0.9


def test_curve_passes_the_points_and_keeps_the_corners(monkeypatch):
    corner = [(20, 20), (60, 20), (60, 20), (60, 80)]
    monkeypatch.setitem(ink.STYLES, "7 square", [corner])
    (stroke,) = ink.write("7 square")
    assert {(56.0, 56.0), (168.0, 56.0), (168.0, 224.0)} <= set(stroke)
    assert all(y == 56 or x == 168 for x, y in stroke)


def test_jitter_varies_a_written_digit():
    first, again, other = (
        ink.write("5", random) for random in map(np.random.default_rng, (1, 1, 2))
    )
    assert first == again
    assert first != other
    apart = np.abs(np.array(first[0]) - np.array(ink.write("5")[0]))
    assert 0 < apart.mean() < 0.1 * ink.PAD_SIDE


def test_a_saved_drawing_comes_back():
    strokes, pen_width = ink.from_json(ink.to_json(SEVEN, 20.0))
    assert strokes == SEVEN
    assert pen_width == 20.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        b"\xff\xfe{",
        "[" * 100_000,
        '{"kind": "another"}',
        '{"kind": "digitlib drawing", "pen_width": 14, "strokes": 5}',
        '{"kind": "digitlib drawing", "pen_width": 14, "strokes": [[[1]]]}',
        '{"kind": "digitlib drawing", "pen_width": 14, "strokes": [[["a", 1]]]}',
        '{"kind": "digitlib drawing", "pen_width": 14, "strokes": [[[1e999, 1]]]}',
        '{"kind": "digitlib drawing", "pen_width": 14, "strokes": [[[NaN, 1]]]}',
        '{"kind": "digitlib drawing", "pen_width": 0, "strokes": []}',
        '{"kind": "digitlib drawing", "strokes": []}',
        ink.to_json([[(1, 1)] * (ink.MAX_POINTS + 1)]),
    ],
    ids=range(15),
)
def test_text_that_is_no_drawing_gives_a_message(text):
    with pytest.raises(DrawingError, match="holds no drawing"):
        ink.from_json(text)
