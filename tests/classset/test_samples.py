"""Samples of a class: written as lines, read again, drawn like MNIST."""

import json

import numpy as np
import pytest

from digitlib.classset import samples
from digitlib.classset.samples import Sample
from digitlib.classset.synthetic import synthesise
from digitlib.errors import DrawingError
from digitlib.reading import ink
from digitlib.reading.preprocess import find_digits, to_pixels
from tests.conftest import SEVEN

STROKES = tuple(map(tuple, SEVEN))
SAMPLE = Sample(STROKES, 7, "a1b2", "finger", 12.5)


def damage(**changes):
    """Return the line of a valid sample with some of its fields changed."""
    return json.dumps(json.loads(samples.to_line(SAMPLE)) | changes)


def test_a_sample_is_written_as_one_line_and_read_unchanged():
    line = samples.to_line(SAMPLE)
    assert "\n" not in line
    assert samples.from_line(line) == SAMPLE


EMPTY = json.loads(ink.to_json([]))
LINES = {
    "no json": "seven",
    "not an object": "[7]",
    "nothing": "{}",
    "label of two digits": damage(label=10),
    "label of text": damage(label="7"),
    "boolean label": damage(label=True),
    "nobody": damage(writer=""),
    "no word": damage(writer=7),
    "long style": damage(style="x" * 65),
    "no drawing": damage(drawing=None),
    "no strokes": damage(drawing=EMPTY),
    "far away": damage(drawing=EMPTY | {"strokes": [[[1e9, 0]]]}),
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_damaged_line_is_a_drawing_error(line):
    with pytest.raises(DrawingError):
        samples.from_line(line)


def test_file_is_read_in_order_and_blank_lines_are_skipped(tmp_path):
    digits = synthesise(2, 3, seed=1)
    path = tmp_path / "class.jsonl"
    lines = [samples.to_line(each) for each in digits]
    path.write_text("\n\n".join(lines) + "\n")
    read = samples.read_lines(str(path))
    assert [(each.label, each.writer) for each in read] == [
        (label, writer)
        for writer in ("made up 01", "made up 02")
        for label in (0, 1, 2)
    ]


def test_damaged_file_says_which_line(tmp_path):
    path = tmp_path / "class.jsonl"
    path.write_text(samples.to_line(SAMPLE) + "\nseven\n")
    with pytest.raises(DrawingError, match=r"Line 2 of class\.jsonl"):
        samples.read_lines(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_file_that_cannot_be_read_says_so(tmp_path, content):
    path = tmp_path / "class.jsonl"
    if content:
        path.write_bytes(content)
    with pytest.raises(DrawingError, match=r"class\.jsonl cannot be read"):
        samples.read_lines(path)


def test_images_are_what_the_reader_sees():
    images, labels, writers = samples.to_images([SAMPLE])
    drawing = ink.draw(STROKES, pen_width=12.5)
    (found,) = find_digits(drawing)
    assert np.array_equal(images, to_pixels(found.glyph)[None])
    assert images.dtype == labels.dtype == np.uint8
    assert (list(labels), list(writers)) == ([7], ["a1b2"])


def test_strokes_far_apart_are_one_digit():
    apart = Sample(((((40, 40)), (40, 240)), ((240, 40), (240, 240))), 0, "a")
    assert len(find_digits(ink.draw(apart.strokes))) == 2
    images, _, _ = samples.to_images([apart])
    columns = np.flatnonzero(images[0].any(axis=0))
    assert np.ptp(columns) >= 18  # both strokes are there


def test_no_samples_give_no_images():
    images, labels, writers = samples.to_images([])
    assert images.shape == (0, 28, 28)
    assert len(labels) == len(writers) == 0
