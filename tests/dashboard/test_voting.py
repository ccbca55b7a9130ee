"""The ballot counts what is pressed, picture by picture."""

import io

import numpy as np
import pytest
from PIL import Image

from digitlib.dashboard import Ballot


@pytest.fixture
def ballot():
    return Ballot(np.array([np.zeros((28, 28)), np.full((28, 28), 255)], np.uint8))


def press(ballot, *digits):
    for digit in digits:
        ballot._buttons[digit].click()


def test_votes_are_counted_for_the_picture_that_is_shown(ballot):
    press(ballot, 3, 5, 5)
    ballot._choice.value = 2
    press(ballot, 9)
    assert ballot.tally[0].tolist() == [0, 0, 0, 1, 0, 2, 0, 0, 0, 0]
    assert ballot.tally[1].nonzero()[0].tolist() == [9]
    assert "2 of 2 pictures" in ballot._counts.value
    assert ballot.winners == [5, 9]


def test_equal_votes_have_no_winner(ballot):
    press(ballot, 3, 5)
    assert ballot.winners == [None, None]


def test_a_vote_can_be_taken_back(ballot):
    press(ballot, 3, 5)
    for _ in range(3):
        ballot._undo_button.click()
    assert not ballot.tally.any()


def test_the_picture_changes_with_the_slider(ballot):
    def shown():
        return np.asarray(Image.open(io.BytesIO(ballot._image.value))).max()

    assert shown() == 0
    ballot._choice.value = 2
    assert shown() == 255
