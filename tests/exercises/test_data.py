"""The checks of lesson 1 take every right answer, and no wrong one or nonsense."""

import numpy as np
import pytest

from digitlib import exercises

# Ten mean digits of 2 x 2: 3 has the least ink, 5 the most, 6 and 7 are alike.
MEANS = np.random.default_rng(0).uniform(0.3, 0.6, (10, 2, 2))
MEANS[3], MEANS[5], MEANS[7] = 0, 1, MEANS[6] + 0.001


def find_three(picture, pictures):
    distances = [np.sqrt(((each - picture) ** 2).sum()) for each in pictures]
    return np.argsort(distances)[:3]


def vote_of_three(picture, pictures, labels):
    near = labels[find_three(picture, pictures)].tolist()
    return max(near, key=near.count)


def nearest_only(picture, pictures, labels):
    return labels[find_three(picture, pictures)[0]]


def index_instead_of_label(picture, pictures, labels):
    return find_three(picture, pictures)[0]


def farthest_three(picture, pictures, labels):
    return vote_of_three(1 - picture, pictures, labels)


@pytest.mark.parametrize(
    ("check", "answer", "remark"),
    [
        (lambda a: exercises.check_ink(*a, MEANS), (None, None), "in place of"),
        (lambda a: exercises.check_ink(*a, MEANS), (3, 8), "One of the two"),
        (lambda a: exercises.check_ink(*a, MEANS), (5, 3), "Neither of the two"),
        (lambda a: exercises.check_alike(a, MEANS), None, "two different"),
        (lambda a: exercises.check_alike(a, MEANS), {6}, "two different"),
        (lambda a: exercises.check_alike(a, MEANS), 67, "two different"),
        (lambda a: exercises.check_alike(a, MEANS), set(range(10)), "two different"),
        (lambda a: exercises.check_alike(a, MEANS), {6, 8}, "Another pair"),
        (exercises.check_vote_of_three, None, "first"),
        (exercises.check_vote_of_three, lambda *_: None, "return"),
        (exercises.check_vote_of_three, lambda *_: "seven", "numbers"),
        (exercises.check_vote_of_three, lambda *_: [[1, 2], [3]], "numbers"),
        (exercises.check_vote_of_three, lambda *_: [1, 2, 3], "a single number"),
        (exercises.check_vote_of_three, lambda *_: 0, "is wrong"),
        (exercises.check_vote_of_three, nearest_only, "is wrong"),
        (exercises.check_vote_of_three, index_instead_of_label, "is wrong"),
        (exercises.check_vote_of_three, farthest_three, "is wrong"),
        (exercises.check_vote_of_three, lambda p, q: 0, "TypeError"),
    ],
)
def test_wrong_answers_are_refused(check, answer, remark, capsys):
    check(answer)
    printed = capsys.readouterr().out
    assert printed.startswith("Not yet.")
    assert remark in printed


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (lambda a: exercises.check_ink(*a, MEANS), (3, 5)),
        (lambda a: exercises.check_alike(a, MEANS), (7, 6)),
        (exercises.check_vote_of_three, vote_of_three),
    ],
)
def test_right_answers_are_taken(check, answer, capsys):
    check(answer)
    assert capsys.readouterr().out == "Right!\n"
