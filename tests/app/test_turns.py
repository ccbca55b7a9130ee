"""Whoever has had least is next; nobody waits behind a request of many pictures."""

import threading
import time

import pytest

from app.turns import Turns
from tests.launching import wait_for


def test_places_are_limited_and_come_back():
    turns, most, running = Turns(2), 0, 0
    lock = threading.Lock()

    def work():
        nonlocal most, running
        with turns.turn(0):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.01)
            with lock:
                running -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (most, running) == (2, 0)


def test_place_comes_back_after_an_error():
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.turn(0):
        raise ZeroDivisionError
    with turns.turn(0):
        pass


@pytest.mark.parametrize(
    ("had", "expected"),
    [
        ([5, 0], [1, 0]),  # whoever has had less goes first
        (
            [0.0009, 0.0005, 0.0007, 0.0001],
            [0, 1, 2, 3],
        ),  # all but alike: who was first
    ],
)
def test_whose_turn_it_is(had, expected):
    turns, order, threads = Turns(1), [], []

    def work(name, seconds):
        with turns.turn(seconds):
            order.append(name)

    with turns.turn(0):
        for i, seconds in enumerate(had):
            threads.append(threading.Thread(target=work, args=(i, seconds)))
            threads[-1].start()
            wait_for(lambda n=i: len(turns._waiting) == n + 1)
    [thread.join() for thread in threads]
    assert order == expected


def test_a_long_request_gives_way_between_two_pages():
    turns, order = Turns(1), []

    def come():
        with turns.turn(0):
            order.append("new")

    with turns.turn(0):
        order.append("page 1")
        thread = threading.Thread(target=come)
        thread.start()
        wait_for(lambda: turns._waiting)
        turns.give_way(2.0)
        order.append("page 2")
        turns.give_way(3.0)  # nobody waits
    thread.join()
    assert order == ["page 1", "new", "page 2"]
