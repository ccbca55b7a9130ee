"""Who has a kernel, and for how long."""

import pytest

from digitlib.dashboard import limits
from digitlib.dashboard.room import Room


class Clock:
    """A clock that stands still."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def room(clock):
    return Room(4, clock)


def enter(room, address, name):
    visit = room.admit(address)
    visit.kernel_id = name
    return visit


@pytest.mark.limit("ROOM_OF_ONE")
def test_one_address_does_not_get_the_whole_room(room):
    enter(room, "one", "a")
    enter(room, "one", "b")
    assert room.admit("one") is None
    enter(room, "other", "c")
    enter(room, "third", "d")
    assert room.admit("fourth") is None, "the room is full"
    assert Room(1).share == 1


@pytest.mark.limit("JOIN_SECONDS")
def test_a_page_that_never_joins_its_kernel_is_overdue(room, clock):
    silent, joined, loading = (enter(room, name, name) for name in "abc")
    room.connect("b")
    clock.now = limits.JOIN_SECONDS - 1
    room.hear("c")
    clock.now = limits.JOIN_SECONDS + 1
    assert room.overdue() == [silent]
    room.disconnect("b")
    assert room.overdue() == [silent], "what was left is culled, and later"
    clock.now *= 2
    assert room.overdue() == [silent, loading]
    assert joined.is_left


def test_who_comes_again_takes_the_place_of_a_page_that_was_left(room, clock):
    for name in "ab":
        enter(room, "one", name)
        room.connect(name)
    assert room.replaceable("one") is None
    for name in "ba":
        clock.now += 1
        room.disconnect(name)
    assert room.replaceable("one").kernel_id == "b", "the one left first"
    assert room.replaceable("other") is None
    room.end(room.find("b"))
    assert room.admit("one")


def test_a_kernel_that_has_ended_takes_no_place(room):
    visit = enter(room, "one", "a")
    room.admit("one")
    assert room.ended({"a"}) == []
    assert room.ended({"b"}) == [visit], "not the one that has no kernel yet"
