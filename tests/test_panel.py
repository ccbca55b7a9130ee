"""What the dashboard says of a reading."""

import base64
import io
import re

import numpy as np
from PIL import Image

from digitlib.panel import HINT, error_html, to_html
from digitlib.predict import Digit, Reading


def digit(label, **probabilities):
    """A digit read with these probabilities, e.g. `_4=0.6, _9=0.4`."""
    row = np.zeros(10, np.float32)
    for name, probability in probabilities.items():
        row[int(name[1:])] = probability
    glyph = np.zeros((28, 28, 1), np.float32)
    glyph[4:24, 13:15] = 1
    return Digit(label, float(row.max()), row, (0, 0, 20, 20), glyph)


def test_one_digit():
    html = to_html(Reading("4", (digit("4", _4=0.953, _9=0.047),)))
    assert '<div class="digit-text">4</div><p>95.3% sure</p>' in html
    assert html.count("<li") == 10
    assert '<li class="digit-best"><b>4</b><i><i style="width: 95.3%">' in html
    assert '<li class=""><b>9</b><i><i style="width: 4.7%">' in html


def test_a_refused_digit_names_the_two_nearest():
    html = to_html(Reading("?", (digit("?", _4=0.44, _9=0.41, _7=0.15),)))
    assert "Not sure: perhaps 4, perhaps 9." in html


def test_several_digits_tell_the_least_sure():
    html = to_html(Reading("42", (digit("4", _4=0.8, _9=0.2), digit("2", _2=0.9))))
    assert "Least sure of the 4: 80.0%" in html
    assert "Probabilities of the last digit" in html
    assert html.count("<img") == 2
    assert '<li class="digit-best"><b>2</b>' in html


def test_the_picture_is_what_the_network_saw():
    seen = digit("1", _1=1.0)
    html = to_html(Reading("1", (seen,)))
    (encoded,) = re.findall(r"data:image/png;base64,([^\"]+)", html)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    np.testing.assert_array_equal(pixels, seen.glyph[..., 0] * 255)


def test_no_digit():
    assert HINT in to_html(Reading("", ()))
    assert "No ink found" in to_html(Reading("", (), "No ink found"))


def test_text_is_escaped():
    assert "<script>" not in to_html(Reading("", (), "<script>"))
    assert "<script>" not in error_html("<script>")
