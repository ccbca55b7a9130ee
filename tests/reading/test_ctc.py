"""Logits become text, with a confidence and a place for each sign."""

import numpy as np
import pytest

from digitlib.reading import ctc


def make_logits(path: str, strength: float = 8.0) -> np.ndarray:
    """Write a path of classes: a sign of the alphabet, or "_" for blank."""
    logits = np.zeros((len(path), ctc.CLASSES), np.float32)
    for row, character in zip(logits, path, strict=True):
        row[0 if character == "_" else ctc.ALPHABET.index(character) + 1] = strength
    return logits


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("__1__2_", "12"),
        ("_111_1_", "11"),  # only a blank parts two equal signs
        ("1122", "12"),
        ("_3_.1_44_4", "3.144"),
        ("_?_??_5", "??5"),
        ("____", ""),
    ],
)
def test_repeats_and_blanks_are_left_out(path, text):
    assert ctc.decode(make_logits(path)).text == text


def test_each_sign_has_its_columns_its_peak_and_its_confidence():
    logits = make_logits("__77_0")
    logits[3] *= 2  # the second 7 is the surer one
    decoded = ctc.decode(logits)
    assert decoded.columns.tolist() == [[2, 4], [5, 6]]
    assert decoded.peaks.tolist() == [3, 5]
    sure = np.exp(8) / (np.exp(8) + ctc.CLASSES - 1)
    assert decoded.confidences[1] == pytest.approx(sure, abs=1e-5)
    assert decoded.confidences[0] > decoded.confidences[1]


def test_nothing_has_no_columns():
    decoded = ctc.decode(make_logits("__"))
    assert decoded.columns.shape == (0, 2)
    assert len(decoded.confidences) == len(decoded.peaks) == 0


def test_text_is_encoded_as_it_is_decoded():
    text = ctc.ALPHABET
    path = "_".join(text)
    assert ctc.decode(make_logits(path)).text == text
    assert ctc.encode("0?") == [1, ctc.CLASSES - 1]


@pytest.mark.parametrize(
    ("a", "b", "distance"), [("", "", 0), ("123", "123", 0), ("123", "13", 1),
                             ("", "55", 2), ("3.14", "314", 1), ("12", "21", 2)],
)  # fmt: skip
def test_edit_distance(a, b, distance):
    assert ctc.edit_distance(a, b) == ctc.edit_distance(b, a) == distance


def test_letters_are_rarer_than_in_training_and_no_sign_is_lost():
    logits = make_logits("_?5?_")
    logits[3, 8] = 7.0  # a "?" that may be a 7
    met = ctc.as_met(logits)
    assert ctc.decode(logits).text == "?5?"
    assert ctc.decode(met).text == "?57"
    blank = ctc.softmax(logits)[:, ctc.BLANK]
    assert ctc.softmax(met)[:, ctc.BLANK] == pytest.approx(blank, abs=1e-6)
