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


def test_who_has_had_less_goes_first_whenever_they_come():
    turns, order = Turns(1), []

    def work(name, had):
        with turns.turn(had):
            order.append(name)

    with turns.turn(0):
        threads = [
            threading.Thread(target=work, args=each)
            for each in [("long", 5), ("new", 0)]
        ]
        [thread.start() for thread in threads]
        wait_for(lambda: len(turns._waiting) == 2)
    [thread.join() for thread in threads]
    assert order == ["new", "long"]


def test_of_those_who_have_had_about_as_much_the_first_is_next():
    turns, order = Turns(1), []

    def work(name, had):
        with turns.turn(had):
            order.append(name)

    with turns.turn(0):
        threads = []
        for i, had in enumerate([0.0009, 0.0005, 0.0007, 0.0001]):  # s, for parsing
            threads.append(threading.Thread(target=work, args=(i, had)))
            threads[-1].start()
            wait_for(lambda n=i: len(turns._waiting) == n + 1)
    [thread.join() for thread in threads]
    assert order == [0, 1, 2, 3]


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
