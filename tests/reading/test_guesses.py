"""Which guess at the ink is kept, and what a reading says that it left out."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from digitlib.reading import guesses, ink
from digitlib.reading.background import find_ink
from digitlib.reading.components import LeftOut
from digitlib.reading.loading import load_model
from digitlib.reading.segment import take_apart

SIZE = 100, 100


@dataclass(frozen=True)
class Digit:
    """What was read of a digit."""

    confidence: float
    accepted: bool = True
    box: tuple[int, int, int, int] = (10, 10, 20, 30)


def test_sure_digits_inside_the_picture_need_no_other_guess():
    sure, at_edge = Digit(0.99), Digit(0.99, box=(0, 10, 20, 30))
    assert guesses.is_clear([sure], SIZE)
    assert not guesses.is_clear([at_edge], SIZE)
    assert not guesses.is_clear([Digit(0.7)], SIZE)
    assert not guesses.is_clear([], SIZE)
    assert guesses.is_clear([sure] * 4 + [Digit(0.1, accepted=False)], SIZE)


def test_rejected_and_unsure_digits_count_against_a_guess():
    sure, unsure, rejected = Digit(1.0), Digit(0.8), Digit(0.1, accepted=False)
    assert guesses.gain([sure, sure]) == 2
    assert guesses.gain([sure, rejected]) == 0
    assert guesses.gain([unsure], least=guesses.CLEAR) == guesses.REJECTED
    assert guesses.gain([]) == 0
    assert guesses.gain([sure, sure], small=10) < 0


def test_what_an_edge_cuts_off_is_an_object_only_beside_digits():
    cut = Digit(0.1, accepted=False, box=(90, 10, 100, 30))
    assert guesses.is_object(cut, [cut, Digit(0.9)], SIZE)
    assert not guesses.is_object(cut, [cut], SIZE)
    assert not guesses.is_object(Digit(0.9, box=cut.box), [Digit(0.9)], SIZE)


def test_messages():
    def say(has_ink=True, has_digits=True, has_objects=False, **left_out):
        counts = LeftOut(**left_out)
        return guesses.describe(counts, has_ink, has_digits, has_objects)

    assert say() == ""
    assert say(has_ink=False, has_digits=False) == guesses.NO_INK
    assert say(has_digits=False) == guesses.NO_DIGIT
    assert say(small=40).startswith("40 more marks are too small")
    assert say(small=1) == ""  # dust
    assert "7 more" in say(many=7)
    assert say(has_objects=True) == guesses.AT_EDGE


def test_no_ink_is_said_only_where_there_is_none(seven):
    model = load_model()
    assert model.read(Image.new("L", (200, 200), 255)).message == guesses.NO_INK
    around = np.full((280, 280), 255, np.uint8)  # a stroke along all edges of the pad
    cv2.rectangle(around, (4, 4), (276, 276), 0, 16)
    assert model.read(Image.fromarray(around)).message == guesses.NO_DIGIT
    assert model.read(seven).message == ""
    dash = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(dash).line([(90, 100), (210, 100)], fill=0, width=24)
    assert model.read(dash).message == guesses.NO_DIGIT
    around = np.full((280, 280), 255, np.uint8)  # a stroke along all edges of the pad
    cv2.rectangle(around, (4, 4), (276, 276), 0, 16)
    assert model.read(Image.fromarray(around)).message == guesses.NO_DIGIT


def test_a_tight_crop_is_read(seven):
    cut = np.asarray(seven)
    dark = cut < 128
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    crop = cut[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    model = load_model()
    for picture in (crop, 255 - crop):
        assert model.read(Image.fromarray(picture)).text == "7"


def test_no_piece_of_ink_is_lost_without_a_word():
    """Of a page with large digits and small ones, each is a digit or is counted."""
    page = Image.new("L", (600, 400), 255)
    seven = [[(20, 20), (80, 20), (45, 110)]]
    large = ink.draw(seven, (100, 130), pen_width=10)
    for i in range(4):
        page.paste(large, (40 + 110 * i, 40))
    for i in range(9):
        page.paste(large.resize((20, 26)), (40 + 60 * i, 300))
    mask = (np.asarray(page) < 128).astype(np.uint8)
    pieces = cv2.connectedComponents(mask)[0] - 1
    separated = take_apart(find_ink(np.dstack([np.asarray(page)] * 3)))
    left_out = separated.left_out
    counted = left_out.small + left_out.many + left_out.at_edge + left_out.frames
    assert len(separated.regions) + counted == pieces == 13
