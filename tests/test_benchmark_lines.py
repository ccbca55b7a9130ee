"""Whole numbers are compared as the labels of each kind of picture are written."""

import csv

import cv2
import numpy as np
from PIL import Image

from benchmarks import lines
from digitlib.reading import ctc


def say(text: str):
    """Make a network that reads the same on every strip."""
    logits = np.zeros((1, 2 * len(text), ctc.CLASSES), np.float32)
    logits[0, ::2][np.arange(len(text)), ctc.encode(text)] = 9
    logits[0, 1::2, ctc.BLANK] = 9
    return lambda strips: logits


def test_labels_of_digits_and_of_signs():
    strip = np.zeros((40, 80), np.float32)
    pairs = [(strip, "1200"), (strip, "1300")]
    right, errors, texts = lines.measure(say("1.200-"), pairs, lines.digits_alone)
    assert (right, errors, texts) == (0.5, 1 / 8, ["1.200-"] * 2)
    right, _, _ = lines.measure(say("12/05"), [(strip, "12?05")], lines.signs_alike)
    assert right == 1


def test_pictures_of_a_sheet_are_cut_to_the_writing(tmp_path):
    sheet = np.full((600, 800), 220, np.uint8)
    cv2.putText(sheet, "42", (300, 300), cv2.FONT_HERSHEY_SIMPLEX, 2, 30, 5)
    Image.fromarray(sheet).save(tmp_path / "a.png")
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["file", "label"], ["a.png", "42"]])
    ((name, (strip, label)),) = lines.load_pictures(tmp_path, cut=True)
    assert (name, label) == ("a.png", "42")
    rows = np.flatnonzero((strip > 0.5).any(axis=1))
    assert rows[-1] - rows[0] > 25  # of 3 if it were not cut
