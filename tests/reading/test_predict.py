"""A Reading's content, the choice of hypothesis, and reading in many threads."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageOps

from digitlib.errors import ImageError
from digitlib.reading import ink, predict, segment
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import find_digits


@pytest.fixture(scope="module")
def cnn():
    return load_model()


@pytest.mark.parametrize("name", ["mlp", "lenet", "cnn"])
def test_every_shipped_network_reads_a_seven(seven, name):
    reading = load_model(name).read(seven)
    (digit,) = reading.digits
    assert (reading.text, digit.label, reading.message) == ("7", "7", "")
    assert digit.accepted
    assert digit.confidence == pytest.approx(digit.probabilities.max())
    assert 0.9 < digit.probabilities.sum() < 1.001  # the rest is "not a digit"
    assert digit.glyph.shape == (28, 28, 1)


def test_box_lies_tight_around_the_ink(cnn, seven):
    left, top, right, bottom = cnn.read(seven).digits[0].box
    dark = np.asarray(seven) < 128
    assert dark[top:bottom, left:right].sum() == dark.sum()
    assert dark[top + 2 : bottom - 2, left + 2 : right - 2].sum() < dark.sum()


def test_digits_are_read_from_left_to_right(cnn, seven, one):
    page = Image.new("L", (560, 280), 255)
    page.paste(one, (0, 0))
    page.paste(seven, (280, 0))
    assert cnn.read(page).text == "17"


def test_lines_are_read_from_top_to_bottom(cnn, seven, one):
    page = Image.new("L", (280, 560), 255)
    page.paste(seven, (0, 0))
    page.paste(one, (0, 280))
    assert cnn.read(page).text == "71"


def counting_model(whole, parts):
    """Return a fake network with these predictions, (label, confidence) each.

    It tells a whole from its parts by the number of glyphs in a batch.
    """

    def run(glyphs):
        label, confidence = whole if len(glyphs) == 1 else parts
        rows = np.zeros((len(glyphs), 10), np.float32)
        rows[:, label] = confidence
        return rows

    return predict.Model("fake", run)


def test_other_hypotheses_are_tried_only_in_doubt(monkeypatch):
    """A confident wide digit takes one prediction; a doubtful one is split."""
    tried = []
    monkeypatch.setattr(segment, "split", lambda ink: tried.append(ink) or [])
    page = Image.new("L", (100, 100), 255)
    page.paste(0, (20, 20, 80, 80))
    for confidence, is_tried in ((0.71, False), (0.69, True)):
        counting_model(whole=(4, confidence), parts=(1, 0)).read(page)
        assert bool(tried) == is_tried


def test_network_decides_whether_strokes_are_one_digit():
    """Of two strokes side by side, the more confident hypothesis wins by a margin."""
    page = Image.new("L", (100, 100), 255)
    page.paste(0, (30, 20, 40, 60))
    page.paste(0, (46, 20, 54, 85))

    def reading(whole):
        return counting_model(whole=(4, whole), parts=(1, 0.6)).read(page).text

    assert (reading(whole=0.95), reading(whole=0.8)) == ("4", "11")


@pytest.mark.parametrize(("left", "right", "shift"), [("3", "5", 120), ("2", "7", 140)])
def test_touching_digits_are_split(cnn, left, right, shift):
    page = Image.new("L", (460, 280), 255)
    page.paste(ink.draw(ink.write(left)), (0, 0))
    second = ink.draw(ink.write(right))
    page.paste(second, (shift, 0), mask=ImageOps.invert(second))
    assert len(find_digits(page)) == 1
    assert cnn.read(page).text == left + right


@pytest.mark.parametrize(
    ("width", "confidence", "text"),
    [(60, 0.95, "?"), (60, 0.98, "11"), (120, 0.95, "11"), (120, 0.85, "?")],
)
def test_splitting_narrow_ink_needs_more_confidence(width, confidence, text):
    """An H as wide as it is high can be split into two 1s; two digits are wider."""
    page = Image.new("L", (200, 100), 255)
    for box in ((20, 20, 28, 80), (20, 46, 20 + width, 54)):
        page.paste(0, box)
    page.paste(0, (12 + width, 20, 20 + width, 80))
    model = counting_model(whole=(4, 0.0), parts=(1, confidence))
    assert model.read(page).text == text


def test_no_ink_is_a_reading_with_a_message(cnn):
    reading = cnn.read(Image.new("L", (280, 280), 255))
    assert (reading.text, reading.digits) == ("", ())
    assert reading.message.startswith("No ink found")


def test_rejected_digit_is_a_question_mark(seven):
    unsure = predict.Model("unsure", lambda glyphs: np.full((len(glyphs), 10), 0.1))
    reading = unsure.read(seven)
    assert (reading.text, reading.digits[0].accepted) == ("?", False)
    assert reading.digits[0].confidence == pytest.approx(0.1)


def test_reading_is_plain_json(cnn, seven):
    plain = json.loads(json.dumps(cnn.read(seven).to_dict(), allow_nan=False))
    assert set(plain) == {"text", "message", "digits"}
    (digit,) = plain["digits"]
    assert set(digit) == {"label", "confidence", "probabilities", "box", "accepted"}
    assert len(digit["probabilities"]) == 10


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (0, "0.0 %"),
        (0.9531, "95.3 %"),
        (0.99899, "99.9 %"),
        (0.999, "99.9 %"),
        (np.float32(0.999), "99.9 %"),  # a little more than 0.999
        (0.999001, "over 99.9 %"),
        (0.9991, "over 99.9 %"),
        (1, "over 99.9 %"),
        (np.float32(1), "over 99.9 %"),
    ],
)
def test_confidence_is_never_shown_as_100_percent(probability, shown):
    assert predict.show_confidence(probability) == shown


def test_bad_picture_is_an_image_error(cnn):
    with pytest.raises(ImageError, match="damaged"):
        cnn.read(b"\x89PNG\r\n\x1a\n broken")


def test_probabilities_keep_order_and_shape(cnn, seven, one):
    glyphs = np.stack([find_digits(each)[0].glyph for each in (one, seven, one)])
    together = cnn.probabilities(glyphs)
    assert (together.shape, together.dtype) == ((3, 10), np.float32)
    assert together.argmax(axis=1).tolist() == [1, 7, 1]
    assert np.allclose(together[1], cnn.probabilities(glyphs[1:2])[0], atol=1e-5)
    assert cnn.probabilities(glyphs[:0]).shape == (0, 10)


@pytest.mark.parametrize(
    "shape", [(28, 28), (1, 28, 28), (1, 27, 28, 1), (1, 28, 28, 3)]
)
def test_wrong_shape_is_a_value_error(cnn, shape):
    with pytest.raises(ValueError, match=r"\(n, 28, 28, 1\)"):
        cnn.probabilities(np.zeros(shape, np.float32))


def test_many_threads_get_their_own_predictions(cnn):
    """Without the lock, one thread would get another one's predictions."""
    random = np.random.default_rng(0)
    batches = [random.random((1 + i % 3, 28, 28, 1), np.float32) for i in range(300)]
    alone = [cnn.probabilities(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(cnn.probabilities, batches))
    for expected, got in zip(alone, together, strict=True):
        assert np.allclose(expected, got, atol=1e-6)
