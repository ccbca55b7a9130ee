"""Very dark and overexposed pictures are told, and no others."""

import numpy as np
import pytest
from PIL import Image

from digitlib.evaluation import scenes
from digitlib.evaluation.synthetic import EMPTY_PAPERS
from digitlib.evaluation.writing import Hand
from digitlib.reading.exposure import DARK, OVEREXPOSED, describe_exposure
from digitlib.reading.guesses import NO_INK
from digitlib.reading.loading import load_model
from digitlib.reading.picture import open_picture
from digitlib.reading.preprocess import find_digits, to_pixels


@pytest.fixture
def hand(seven, one):
    """Somebody who can write 7, 2 (like a 7) and 1."""
    images = [to_pixels(find_digits(each)[0].glyph) for each in (seven, one, seven)]
    return Hand(np.stack(images), np.array([7, 1, 2]), np.random.default_rng(0))


def say(scene):
    return describe_exposure(open_picture(scene.file).pixels)


def test_a_very_dark_picture_is_told(hand):
    for _ in range(20):
        assert say(scenes.very_dark(hand)) == DARK


def test_an_overexposed_picture_is_told(hand):
    told = [say(scenes.overexposed(hand)) for _ in range(20)]
    assert told == [OVEREXPOSED] * 20


@pytest.mark.parametrize("kind", scenes.KINDS)
def test_in_any_other_light_nothing_is_said(kind, hand):
    for _ in range(3):
        assert say(scenes.KINDS[kind](hand)) == ""


@pytest.mark.parametrize("kind", EMPTY_PAPERS)
def test_light_paper_is_not_overexposed(kind):
    random = np.random.default_rng(0)
    for _ in range(5):
        pixels = open_picture(EMPTY_PAPERS[kind](random)).pixels
        is_dark = pixels.max() < 72
        assert describe_exposure(pixels) in ("", DARK if is_dark else "")


def test_a_pale_drawing_is_not_overexposed(seven):
    pale = Image.fromarray((np.asarray(seven) // 4 + 192).astype(np.uint8))
    white = Image.eval(pale, lambda level: 255 if level > 254 else level)
    assert describe_exposure(open_picture(white).pixels) == ""


def test_a_thin_white_stroke_on_black_is_not_very_dark():
    board = np.zeros((300, 300), np.uint8)
    board[100:200, 150:152] = 255
    assert describe_exposure(open_picture(Image.fromarray(board)).pixels) == ""


def test_a_dark_reading_says_so(hand):
    model = load_model()
    dark = model.read(scenes.very_dark(hand).file)
    assert dark.message.startswith(DARK)
    assert model.read(Image.new("L", (90, 90), 0)).message == NO_INK
    noise = np.random.default_rng(0).integers(0, 12, (90, 90)).astype(np.uint8)
    assert model.read(Image.fromarray(noise)).message == DARK  # no one knows of ink
