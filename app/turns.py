"""Take turns at reading: whoever has had the least so far is next.

Reading needs a core of the processor. So that one request of twenty large pictures does
not keep a small one waiting, it gives way before each further page and each
explanation. Of those who have had about as much, whoever came first is next.
"""

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds: half a millisecond more for parsing must not let all newcomers overtake.
SHARE = 0.05
Ticket = tuple[int, int]  # how many shares its request has had; its place in the queue


class Turns:
    """A number of places. Several threads may use it at once."""

    def __init__(self, count: int):
        self._free = count
        self._waiting: list[Ticket] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, had: float) -> Iterator[None]:
        """Hold a place; wait until one is free, and nobody waits who has had less.

        Args:
            had: what the request has had so far, in seconds.
        """
        self._take(had)
        try:
            yield
        finally:
            self._give_back()

    def give_way(self, had: float) -> None:
        """Let those go first who have had less; only whoever holds a place may ask."""
        with self._changed:
            if not self._waiting or self._waiting[0][0] >= _shares(had):
                return
        self._give_back()
        self._take(had)

    def _take(self, had: float) -> None:
        with self._changed:
            ticket = _shares(had), next(self._numbers)
            heapq.heappush(self._waiting, ticket)
            self._changed.wait_for(lambda: self._free and self._waiting[0] == ticket)
            heapq.heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()  # there may be more places

    def _give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify_all()


def _shares(had: float) -> int:
    return int(had / SHARE)
