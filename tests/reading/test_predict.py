"""A Reading's content, the choice of hypothesis, and reading in many threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageOps

from digitlib.errors import ImageError
from digitlib.reading import ink, predict, reader
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import find_digits
from tests import filing


@pytest.fixture(scope="module")
def cnn():
    return load_model()


@pytest.mark.parametrize("name", ["mlp", "tiny", "lenet", "cnn"])
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


def counting_model(whole, parts, sizes):
    """Return a fake network with these predictions, (label, confidence) each.

    It tells a whole from its parts by the number of glyphs in a batch, and notes that.
    """

    def run(glyphs):
        sizes.append(len(glyphs))
        label, confidence = whole if len(glyphs) == 1 else parts
        rows = np.zeros((len(glyphs), 10), np.float32)
        rows[:, label] = confidence
        return rows

    return predict.Model("fake", run)


def test_other_hypotheses_are_tried_only_in_doubt():
    """A confident digit takes one prediction; a doubtful one of two strokes more."""
    page = Image.new("L", (100, 100), 255)
    for box in ((30, 20, 36, 60), (30, 54, 50, 60), (46, 20, 54, 50)):
        page.paste(0, box)
    for confidence, tried in ((0.71, [1]), (0.69, [1, 2])):
        sizes = []
        counting_model((4, confidence), (1, 0), sizes).read(page)
        assert sizes == tried


def test_network_decides_whether_strokes_are_one_digit():
    """Of two strokes side by side, the more confident hypothesis wins by a margin."""
    page = Image.new("L", (100, 100), 255)
    page.paste(0, (30, 20, 40, 60))
    page.paste(0, (46, 20, 54, 85))

    def reading(whole):
        return counting_model((4, whole), (1, 0.6), []).read(page).text

    assert (reading(whole=0.95), reading(whole=0.8)) == ("4", "11")


@pytest.mark.parametrize(("left", "right", "shift"), [("3", "5", 120), ("2", "7", 140)])
def test_touching_digits_are_split(cnn, left, right, shift):
    page = Image.new("L", (460, 280), 255)
    page.paste(ink.draw(ink.write(left)), (0, 0))
    second = ink.draw(ink.write(right))
    page.paste(second, (shift, 0), mask=ImageOps.invert(second))
    assert len(find_digits(page)) == 1
    assert cnn.read(page).text == left + right


def test_no_ink_is_a_reading_with_a_message(cnn):
    reading = cnn.read(Image.new("L", (280, 280), 255))
    assert (reading.text, reading.digits) == ("", ())
    assert reading.message.startswith("No ink found")


def test_rejected_digit_is_a_question_mark(seven):
    unsure = predict.Model("unsure", lambda glyphs: np.full((len(glyphs), 10), 0.1))
    reading = unsure.read(seven)
    assert (reading.text, reading.digits[0].accepted) == ("?", False)
    assert reading.digits[0].confidence == pytest.approx(0.1)


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


def test_page_that_makes_the_program_fail_does_not_stop_the_others(
    cnn, seven, one, monkeypatch, caplog
):
    """Whatever a page raises is its own error, and is logged for who can mend it."""
    find, calls = reader.guess_writings, iter([False, True, False])

    def fail_once(source):
        if next(calls):
            raise IndexError("index -1 is out of bounds")
        return find(source)

    monkeypatch.setattr(reader, "guess_writings", fail_once)
    pages = list(cnn.read_pages(filing.tiff(seven, one, seven), "a.tif"))
    assert [page.reading.text if page.reading else "" for page in pages] == [
        "7",
        "",
        "7",
    ]
    assert "makes the program fail" in str(pages[1].error)
    assert "index -1 is out of bounds" in caplog.text
