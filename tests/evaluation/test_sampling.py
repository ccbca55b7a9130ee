"""Bootstrap, pairs and writers: small examples whose answer is known."""

import numpy as np
import pytest

from digitlib.evaluation import sampling
from digitlib.training import data


def test_bootstrap_spreads_as_the_formula_says():
    right = np.arange(1000) % 10 > 0  # 90 in 100
    drawn = sampling.bootstrap(right, draws=4000)
    assert drawn.shape == (4000,)
    assert drawn.mean() == pytest.approx(0.9, abs=0.001)
    assert drawn.std() == pytest.approx(np.sqrt(0.9 * 0.1 / 1000), rel=0.05)


def test_a_writers_digits_are_drawn_together():
    """Ten hands, each wholly right or wholly wrong: ten independent results."""
    writers = np.repeat(np.arange(10), 100)
    right = writers < 9
    drawn = sampling.bootstrap(right, writers, draws=4000)
    assert drawn.mean() == pytest.approx(0.9, abs=0.01)
    assert drawn.std() == pytest.approx(np.sqrt(0.9 * 0.1 / 10), rel=0.1)
    assert set((10 * drawn).round(9)) <= set(range(11))


def test_writers_of_one_digit_each_change_nothing():
    right = np.arange(500) % 4 > 0
    plain, alone = (
        sampling.bootstrap(right, writers, draws=3000).std()
        for writers in (None, np.arange(500))
    )
    assert plain == pytest.approx(alone, rel=0.06)


def test_middle_leaves_out_the_ends():
    low, high = sampling.find_middle(np.arange(1001))
    assert (low, high) == (25, 975)


def test_pairs_count_only_where_the_networks_differ():
    first = np.array([1] * 900 + [1] * 24 + [0] * 14 + [0] * 62, bool)
    second = np.array([1] * 900 + [0] * 24 + [1] * 14 + [0] * 62, bool)
    pairs = sampling.compare_pairs(first, second)
    assert (pairs.only_first, pairs.only_second) == (24, 14)
    assert pairs.p_value == pytest.approx(0.143, abs=0.001)  # two-sided, exact
    assert sampling.compare_pairs(first, first).p_value == 1


def test_unknown_writers_are_said_to_be_unknown(capsys):
    writers, groups = sampling.load_test_writers(np.zeros(297, int))
    assert len(np.unique(writers)) == 297
    assert set(groups) == {"everybody"}
    assert "not known" in capsys.readouterr().out


def test_mnist_was_written_by_students_then_clerks(mnist, capsys):
    writers, groups = sampling.load_test_writers(mnist[1][1])
    if "not known" in capsys.readouterr().out:
        pytest.skip("needs the list of MNIST's writers")
    assert (groups[:5001] == "students").all()
    assert (groups[5001:] == "clerks").all()
    assert len(writers) == data.MNIST_TEST_SIZE
