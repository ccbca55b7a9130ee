"""Deleted digits leave the file by themselves, and the last minutes are known."""

import time

import pytest

from digitlib.classset import Store, database
from digitlib.classset.upkeep import Upkeep
from tests.classset.test_store import SOME, content_of, make_sample, reader


@pytest.fixture
def three(tmp_path):
    held = Store(tmp_path / "class.sqlite")
    for each in SOME:
        held.add(each)
    yield held
    held.close()


def test_what_was_read_while_it_was_deleted_goes_by_itself(three, monkeypatch):
    monkeypatch.setattr(database, "READERS_TIMEOUT", 0.01)
    upkeep = Upkeep(three, seconds=0.05)
    upkeep.start()
    with reader(three.path):
        three.delete("b" * 32)
        time.sleep(0.2)
        assert b"b" * 32 in content_of(three)
    deadline = time.monotonic() + 20
    while b"b" * 32 in content_of(three) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert b"b" * 32 not in content_of(three)
    upkeep.end()
    upkeep.join()


def test_newest_of_some_minutes_ago_is_known(three):
    upkeep = Upkeep(three)
    upkeep._known.clear()
    upkeep.note(now=100)  # there were 3
    three.add(make_sample(3, "c" * 32))
    upkeep.note(now=200)
    three.add(make_sample(3, "c" * 32))
    upkeep.note(now=300)
    ago = [upkeep.newest_before(seconds, now=300) for seconds in (0, 50, 100, 150, 200)]
    assert ago == [5, 4, 4, 3, 3]
    assert upkeep.newest_before(1000, now=300) == 3  # the server started at 100


def test_numbers_that_are_given_again_count_as_new(three):
    upkeep = Upkeep(three)
    upkeep._known.clear()
    upkeep.note(now=100)
    three.delete("b" * 32)  # numbers 2 and 3
    upkeep.note(now=200)
    three.add(SOME[1])
    assert three.count_since(upkeep.newest_before(100, now=250)) == 1


def test_no_file_is_no_fault(tmp_path):
    upkeep = Upkeep(Store(tmp_path / "class.sqlite"))
    assert upkeep.newest_before(60) == 0
