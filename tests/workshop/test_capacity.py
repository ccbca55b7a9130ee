"""The memory that there is holds the visitors that are let in."""

from itertools import pairwise

import pytest

from digitlib.workshop.capacity import CLASS, KERNEL, MAX_VISITORS, RESERVE, measure

GIBIBYTE = 2**30


@pytest.mark.parametrize("available", [0, RESERVE, RESERVE + KERNEL - 1])
def test_without_memory_there_is_no_room(available):
    assert measure(available).visitors == 0


def test_all_kernels_fit_and_some_wait():
    for available in range(RESERVE + 2 * KERNEL, 16 * GIBIBYTE, 50_000_000):
        room = measure(available)
        assert RESERVE + KERNEL * (room.visitors + room.waiting) <= available
        assert 1 <= room.waiting <= max(1, room.visitors)


def test_more_memory_is_never_less_room():
    rooms = [measure(megabytes * 10**6) for megabytes in range(0, 40_000, 100)]
    for less, more in pairwise(rooms):
        assert less.visitors <= more.visitors
        assert less.waiting <= more.waiting
        assert less.idle <= more.idle
    assert rooms[-1].visitors == MAX_VISITORS


def test_four_gibibytes_serve_a_class():
    assert measure(4 * GIBIBYTE).visitors >= CLASS


def test_the_server_is_told():
    room = measure(4 * GIBIBYTE)
    assert f"--WaitingKernels.most_visitors={room.visitors}" in room.options()
