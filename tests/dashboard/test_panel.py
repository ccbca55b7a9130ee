"""How the dashboard presents a reading."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from digitlib.dashboard.panel import (
    HINT,
    answer,
    answer_html,
    bars_html,
    digits_html,
    download_html,
    error_html,
    figures_html,
    networks_html,
    sentence,
    steps_html,
)
from digitlib.reading.loading import load_model
from digitlib.reading.results import Digit, Reading
from digitlib.reading.steps import walk


def digit(label, **probabilities):
    """A digit read with these probabilities, e.g. `_4=0.6, _9=0.4`."""
    row = np.zeros(10, np.float32)
    for name, probability in probabilities.items():
        row[int(name[1:])] = probability
    glyph = np.zeros((28, 28, 1), np.float32)
    glyph[4:24, 13:15] = 1
    return Digit(label, float(row.max()), row, (0, 0, 20, 20), glyph)


def reading(*digits):
    return Reading.of(*digits)


def test_one_digit():
    four = reading(digit("4", _4=0.953, _9=0.047))
    html = answer_html(four)
    assert '<div class="digit-text">4</div><p>95.3 % sure</p>' in html
    bars = bars_html(four.digits)
    assert bars.count("<li") == 10
    assert '<li class="digit-best"><b>4</b><i class="digit-best-bar">' in bars
    assert '<i style="width: 95.3%">' in bars
    assert '<li class=""><b>9</b><i><i style="width: 4.7%">' in bars


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ([digit("4", _4=0.99)], "4"),
        ([digit("4", _4=0.51, _9=0.45)], "4 or 9?"),
        ([digit("?", _4=0.44, _9=0.41, _7=0.15)], "4 or 9?"),
        ([digit("4", _4=0.7, _9=0.3)], "4"),
        ([digit("?", _4=0.3, _9=0.02)], "not a digit"),
        ([digit("?", _4=0.04, _9=0.04)], "not a digit"),
        ([digit("4", _4=0.9), digit("?", _2=0.2)], "4?"),
        ([digit("4", _4=0.9), digit("2", _2=0.9)], "42"),
        ([], ""),
    ],
)
def test_the_answer(digits, expected):
    assert answer(reading(*digits)) == expected


def test_a_rejected_digit_names_the_nearest():
    html = answer_html(reading(digit("?", _4=0.34, _9=0.02)))
    assert "not a digit" in html
    assert "The nearest digit is 4, at 34.0 %." in html


def test_nobody_is_told_100_percent():
    four = reading(digit("4", _4=1.0))
    assert "<p>over 99.9 % sure</p>" in answer_html(four)
    bars = bars_html(four.digits)
    assert '<i style="width: 100.0%"></i></i><span>over 99.9 %</span>' in bars
    assert bars.count("<span>0.0 %</span>") == 9


def test_of_several_digits_the_least_sure_is_named():
    both = reading(digit("4", _4=0.8, _9=0.2), digit("2", _2=0.9))
    html = answer_html(both)
    assert "Least sure about the 4: 80.0 %" in html
    assert html.count("<img") == 2
    bars = bars_html(both.digits)
    assert "digit by digit" in bars
    assert bars.count("<i style") == 20
    assert bars.count("digit-best-bar") == 2


def test_many_digits_are_folded_and_those_in_doubt_come_first():
    digits = [digit(str(i % 10), _1=0.9 + i / 1000) for i in range(12)]
    many = reading(*digits, digit("?", _4=0.2))
    top = answer_html(many)
    assert "0123456789" + "01?" in top
    assert "<img" not in top
    listed = digits_html(many)
    assert "<summary>13 digits: 12 sure, 1 in doubt</summary>" in listed
    assert re.findall(r"<b>(.)</b>", listed)[:3] == ["?", "0", "1"]
    assert re.findall(r"<br>([^<]*)<", listed)[:2] == ["digit 13", "digit 1"]
    assert listed.count("digit-doubt") == 1
    assert listed.count("<img") == 13
    assert sentence(many).startswith("13 digits: 12 sure, 1 in doubt. ? means")
    few = reading(*digits)
    assert digits_html(few) == bars_html(few.digits)
    assert sentence(few).startswith("012345678901 Least sure")


def test_the_picture_is_what_the_network_saw():
    seen = digit("1", _1=1.0)
    np.testing.assert_array_equal(
        decoded(answer_html(reading(seen))), seen.glyph[..., 0] * 255
    )


def decoded(html):
    (encoded,) = re.findall(r"data:image/png;base64,([^\"]+)", html)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))


def test_each_step_has_a_picture(seven):
    (seen,) = load_model().read(seven).digits
    assert steps_html(walk(seven, seen)).count("<img") == 4
    assert HINT in steps_html(None)


def test_figures_have_captions():
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    html = figures_html({"a < b": pixels})
    assert "a &lt; b" in html
    np.testing.assert_array_equal(decoded(html), pixels)


def test_networks_are_listed_together():
    html = networks_html({"mlp": digit("?", _4=0.2), "cnn": digit("4", _4=0.9991)})
    assert '<th scope="row">mlp</th><td>not a digit</td><td>20.0 %</td>' in html
    assert '<th scope="row">cnn</th><td>4</td><td>over 99.9 %</td>' in html
    assert HINT in networks_html({})


def test_a_download_contains_the_file():
    html = download_html("a.json", "application/json", b'{"a": "<"}', "Save")
    assert html.startswith('<a download="a.json" href="data:application/json;base64,')
    (encoded,) = re.findall(r"base64,([^\"]+)", html)
    assert base64.b64decode(encoded) == b'{"a": "<"}'


def test_no_digit():
    assert HINT in answer_html(Reading(()))
    assert "No ink found" in answer_html(Reading((), "No ink found"))


def test_text_is_escaped():
    assert "<script>" not in answer_html(Reading((), "<script>"))
    assert "<script>" not in error_html("<script>")
