"""The visitors that are admitted fit into the memory."""

from itertools import pairwise

import pytest

from digitlib.workshop.capacity import (
    CLASS_SIZE,
    KERNEL_MEMORY,
    MAX_VISITORS,
    RESERVE,
    measure,
)

GIBIBYTE = 2**30


@pytest.mark.parametrize("available", [0, RESERVE, RESERVE + KERNEL_MEMORY - 1])
def test_without_memory_there_is_no_capacity(available):
    assert measure(available).visitors == 0


def test_all_kernels_fit_and_some_wait():
    for available in range(RESERVE + 2 * KERNEL_MEMORY, 16 * GIBIBYTE, 50_000_000):
        capacity = measure(available)
        kernels = capacity.visitors + capacity.waiting
        assert RESERVE + KERNEL_MEMORY * kernels <= available
        assert 1 <= capacity.waiting <= max(1, capacity.visitors)


def test_more_memory_is_never_less_capacity():
    capacities = [measure(megabytes * 10**6) for megabytes in range(0, 40_000, 100)]
    for less, more in pairwise(capacities):
        assert less.visitors <= more.visitors
        assert less.waiting <= more.waiting
        assert less.idle <= more.idle
    assert capacities[-1].visitors == MAX_VISITORS


def test_four_gibibytes_serve_a_class():
    assert measure(4 * GIBIBYTE).visitors >= CLASS_SIZE


def test_the_server_gets_the_capacity():
    capacity = measure(4 * GIBIBYTE)
    assert f"--WaitingKernels.most_visitors={capacity.visitors}" in capacity.options()
