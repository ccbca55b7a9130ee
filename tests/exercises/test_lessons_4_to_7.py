"""The checks of lessons 4 to 7 take every right answer, and no tempting other."""

from itertools import zip_longest

import numpy as np
import pytest

from digitlib import exercises
from digitlib.evaluation import metrics
from digitlib.reading import ink, load_model
from digitlib.reading.ctc import edit_distance
from tests.conftest import SEVEN


@pytest.fixture
def is_right(capsys):
    """Whether what a check has just printed says so."""

    def read(_):
        (line,) = capsys.readouterr().out.splitlines()
        assert line == "Right!" or line.startswith("Not yet. ")
        return line == "Right!"

    return read


@pytest.fixture(scope="module")
def answers():
    """1,000 answers: the surer, the more often right."""
    random = np.random.default_rng(0)
    sure = np.sort(random.uniform(0.5, 1, 1000))
    labels = np.zeros(1000, int)
    labels[random.random(1000) > sure] = 1
    probabilities = np.zeros((1000, 10))
    probabilities[:, 0] = sure
    return labels, probabilities


def test_interval(is_right):
    low, high = metrics.confidence_interval(47, 50)
    assert is_right(exercises.check_interval(low, high, 47, 50))
    assert is_right(exercises.check_interval(round(low, 3), round(high, 3), 47, 50))
    for wrong in ((0.94, 0.94), (0.87, 1.01), (0.9, 0.98), (84, 98), (high, low)):
        assert not is_right(exercises.check_interval(*wrong, 47, 50))


def test_the_interval_is_not_told(capsys):
    exercises.check_interval(0.9, 0.99, 47, 50)
    assert "confidence_interval" not in capsys.readouterr().out


def test_needed_pairs(is_right):
    assert [n for n in range(50) if is_right(exercises.check_needed(n, 46))] == [31]


def test_threshold(answers, is_right):
    taken = [
        t
        for t in np.arange(0, 1, 0.01)
        if is_right(exercises.check_threshold(t, *answers, most_wrong=0.05))
    ]
    assert 0 < len(taken) < 5
    for wrong in (0, 0.5, 0.999, 1, 2):
        assert not is_right(exercises.check_threshold(wrong, *answers, 0.05))


def test_threshold_in_per_cent(answers, capsys):
    for wrong in (88, 1.01, -0.1):
        exercises.check_threshold(wrong, *answers, 0.05)
        assert capsys.readouterr().out == (
            "Not yet. A threshold lies between 0 and 1.\n"
        )


def test_cheapest_threshold(answers, is_right):
    taken = [
        t
        for t in np.arange(0, 1, 0.01)
        if is_right(exercises.check_cheapest(t, *answers, 20, 1))
    ]
    assert 0 < len(taken) < 25
    for wrong in (0, 0.5, 0.999, 1, -1):
        assert not is_right(exercises.check_cheapest(wrong, *answers, 20, 1))


def paired(first, second, draws):
    digits = np.random.default_rng(1).integers(len(first), size=(draws, len(first)))
    return first[digits].mean(axis=1) - second[digits].mean(axis=1)


def unpaired(first, second, draws):
    random = np.random.default_rng(1)
    return sum(
        sign * random.choice(right, (draws, len(right))).mean(axis=1)
        for sign, right in ((1, first), (-1, second))
    )


def test_difference(is_right):
    assert is_right(exercises.check_difference(paired))
    for wrong in (
        unpaired,
        lambda a, b, n: paired(b, a, n),
        lambda a, b, n: np.full(n, a.mean() - b.mean()),  # without replacement
        lambda a, b, n: a.mean() - b.mean(),
        lambda a, b, n: 100 * paired(a, b, n),
        lambda a, b, n: "0.1",
        lambda a, b, n: [[0.1], [0.1, 0.2]],
    ):
        assert not is_right(exercises.check_difference(wrong))


def test_lowest(is_right):
    values = {"fog": 0.5, "blur": 0.7}
    assert is_right(exercises.check_lowest("fog", values))
    wrong = ("blur", "", "canny edges")
    assert not any(is_right(exercises.check_lowest(n, values)) for n in wrong)


def test_lowest_says_which_names_there_are(capsys):
    exercises.check_lowest("canny edges", {"fog": 0.5, "canny_edges": 0.7})
    assert "The names are: fog, canny_edges." in capsys.readouterr().out


def test_stranger(is_right):
    model = load_model("lenet")
    seven = ink.draw(SEVEN)
    assert is_right(exercises.check_stranger("A", seven, model))  # read as a digit
    assert not is_right(exercises.check_stranger("A", ink.draw([]), model))
    assert not any(
        is_right(exercises.check_stranger(sign, seven, model))
        for sign in ("", "7", "AB", "O")
    )


def rub(model, glyph, row, column, side):
    rubbed = glyph.copy()
    rubbed[row : row + side, column : column + side] = 0
    before, after = model.probabilities(np.stack([glyph, rubbed]))
    return before.max() - after[before.argmax()]


def rub_in_place(model, glyph, row, column, side):
    before = model.probabilities(glyph[None])[0]
    glyph[row : row + side, column : column + side] = 0
    return before.max() - model.probabilities(glyph[None])[0, before.argmax()]


def test_drop(is_right):
    assert is_right(exercises.check_drop(rub))
    for wrong in (
        rub_in_place,
        lambda m, g, r, c, s: -rub(m, g, r, c, s),
        lambda m, g, r, c, s: rub(m, g, c, r, s),
        lambda m, g, r, c, s: 0,
        lambda m, g, r, c, s: "much",
        lambda m, g, r, c, s: [0.1, 0.2],
    ):
        assert not is_right(exercises.check_drop(wrong))


def test_columns(is_right):
    assert [n for n in range(30) if is_right(exercises.check_columns(n))] == [14]
    assert not is_right(exercises.check_columns(None))


def test_card(is_right):
    assert is_right(exercises.check_card(0.99 ** (1 / 16)))
    assert is_right(exercises.check_card(0.9994))
    for wrong in (0.99, 0.999, 0.9999, 0, 1, 99.94):
        assert not is_right(exercises.check_card(wrong))


def decode(table, signs, keep=max, blank=0):
    text, sure, before = "", [], blank
    for column in table:
        best = column.argmax()
        if best not in (blank, before):
            text, sure = text + signs[best], [*sure, column[best]]
        elif best != blank:
            sure[-1] = keep(sure[-1], column[best])
        before = best
    return text, sure


def test_decode(is_right):
    assert is_right(exercises.check_decode(decode))
    for wrong in (
        None,
        lambda t, s: decode(t, s)[0],
        lambda t, s: (decode(t, s)[0], []),
        lambda t, s: (decode(t, s)[0], 0.9),
        lambda t, s: (decode(t, s)[0], "0.9"),
        lambda t, s: decode(t, s, keep=min),
        lambda t, s: decode(t, s, keep=lambda first, other: first),
        lambda t, s: decode(t[t.argmax(axis=1) > 0], s),  # blanks are dropped first
        lambda t, s: decode(t, s, blank=1),
        lambda t, s: ("".join(s[i] for i in t.argmax(axis=1)), t.max(axis=1)),
    ):
        assert not is_right(exercises.check_decode(wrong))


def test_distance(is_right):
    assert is_right(exercises.check_distance(edit_distance))
    for wrong in (
        None,
        lambda a, b: sum(x != y for x, y in zip(a, b, strict=False)),
        lambda a, b: sum(x != y for x, y in zip_longest(a, b)),
        lambda a, b: abs(len(a) - len(b)),
        lambda a, b: np.arange(3),
        lambda a, b: len({*a} ^ {*b}),
        lambda a, b: edit_distance(a, b) - (sorted(a) == sorted(b) and a != b),
    ):
        assert not is_right(exercises.check_distance(wrong))


def test_forgotten(is_right):
    before, after = np.array([1, 1, 1, 0], bool), np.array([0, 0, 1, 1], bool)
    assert is_right(exercises.check_forgotten(1, before, after))
    assert not any(
        is_right(exercises.check_forgotten(n, before, after)) for n in (0, 2, -1)
    )


def test_few(is_right):
    assert is_right(exercises.check_few(10, 0.3, 0.5))
    for wrong in ((10, 0.1, 0.5), (0, 0.5, 0.5), (30, 0.5, 0.5)):
        assert not is_right(exercises.check_few(*wrong))


def mix(news, olds, n, share):
    new = np.resize(np.arange(news), round(share * n))
    random = np.random.default_rng(2)
    return new, random.choice(olds, n - len(new), replace=False)


def test_mix(is_right):
    assert is_right(exercises.check_mix(mix))
    random = np.random.default_rng(3)
    for wrong in (
        lambda a, b, n, share: (
            mix(a, b, n, share)[0], np.arange(n - round(share * n))
        ),
        lambda a, b, n, share: mix(a, b, n, 1 - share + 0.01),
        lambda a, b, n, share: (
            np.zeros(round(share * n), int), mix(a, b, n, share)[1]
        ),
        lambda a, b, n, share: (
            mix(a, b, n, share)[0], random.integers(b, size=n - round(share * n))
        ),
    ):  # fmt: skip
        assert not is_right(exercises.check_mix(wrong))


@pytest.mark.parametrize(
    "result",
    [
        np.arange(200),  # one array instead of two
        5,
        (np.arange(60), np.arange(70), np.arange(70)),
        (np.arange(60), None),
        (np.full(60, 30), np.arange(140)),  # there are only thirty new ones
        (np.full(60, -1), np.arange(140)),
        (np.linspace(0, 1, 60), np.arange(140)),
        ([[0, 1], [2]], np.arange(140)),
    ],
)
def test_mix_that_returns_something_else(result, capsys):
    exercises.check_mix(lambda *_: result)
    assert capsys.readouterr().out == (
        "Not yet. Your function must return two arrays: the places of new digits, "
        "here below 30, and of old ones, below 1000.\n"
    )
