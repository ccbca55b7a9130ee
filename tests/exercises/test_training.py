"""The checks of lesson 3 take every right answer, and no wrong one or nonsense."""

import numpy as np
import pytest

from digitlib import exercises


def pool_by_loops(numbers):
    pooled = np.zeros((len(numbers) // 2, numbers.shape[1] // 2))
    for y, x in np.ndindex(pooled.shape):
        pooled[y, x] = numbers[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].max()
    return pooled


RIGHT_EDGES = np.array([[1, 0, -1]] * 3)


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (exercises.check_parameters, 26_506),
        (exercises.check_right_edges, RIGHT_EDGES),
        (exercises.check_right_edges, [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        (exercises.check_pooling, pool_by_loops),
    ],
)
def test_right_answers_are_taken(check, answer, capsys):
    check(answer)
    assert capsys.readouterr().out == "Right!\n"


@pytest.mark.parametrize(
    ("check", "answer", "remark"),
    [
        (exercises.check_parameters, None, "in place of"),
        (exercises.check_parameters, 26_432, "What else"),
        (exercises.check_parameters, 13_002, "layer by layer"),
        (exercises.check_right_edges, None, "three rows"),
        (exercises.check_right_edges, np.zeros((3, 3)), "left side"),
        (exercises.check_right_edges, [[1, 0], [1, 0, -1]], "three rows"),
        (exercises.check_right_edges, -RIGHT_EDGES, "left side"),
        (exercises.check_right_edges, RIGHT_EDGES.T, "left side"),
        (exercises.check_right_edges, np.ones((3, 3)), "right side"),
        (exercises.check_right_edges, RIGHT_EDGES + RIGHT_EDGES.T / 2, "upper"),
        (exercises.check_right_edges, [[2, 0, -1]] * 3, "full of ink"),
        (exercises.check_pooling, None, "first"),
        (exercises.check_pooling, lambda numbers: None, "return"),
        (exercises.check_pooling, lambda numbers: numbers, "shape"),
        (exercises.check_pooling, lambda numbers: numbers[::2, ::2], "[[0.1]]"),
        (exercises.check_pooling, lambda numbers: numbers[9], "IndexError"),
        (exercises.check_pooling, lambda n: pool_by_loops(n).clip(0), "[[0.0]]"),
    ],
)  # fmt: skip
def test_wrong_answers_are_refused(check, answer, remark, capsys):
    check(answer)
    printed = capsys.readouterr().out
    assert printed.startswith("Not yet.")
    assert remark in printed
