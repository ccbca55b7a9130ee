"""Who has a kernel: each visitor's page, from its request until the kernel has ended.

    request -> Room.admit -> a Visit -> its page joins the kernel, leaves, joins again

The room has a size, and nobody gets more than their share of it, so that one address
cannot keep the others out. `pool` has the kernels; this module only keeps the book.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from digitlib.dashboard import limits


@dataclass(eq=False)
class Visit:
    """One page, open or on its way.

    Attributes:
        address: the network address that asked for it.
        heard: when the page was last heard of, in seconds of the room's clock.
        kernel_id: its kernel; empty while the page is being prepared.
        joined: whether the page has ever opened the websocket of its kernel.
        sockets: how many are open.
    """

    address: str
    heard: float
    kernel_id: str = ""
    joined: bool = False
    sockets: int = 0

    @property
    def is_left(self) -> bool:
        """Whether the page was there, and is gone: closed, reloaded or asleep."""
        return self.joined and self.sockets <= 0


class Room:
    """The visits, of which there are never too many.

    Attributes:
        size: how many visits there may be at once.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.monotonic):
        self.size = size
        self._clock = clock
        self._visits: list[Visit] = []

    @property
    def share(self) -> int:
        """How many of them one address may have."""
        return math.ceil(self.size * limits.ROOM_OF_ONE)

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return sum(visit.sockets > 0 for visit in self._visits)

    def admit(self, address: str) -> Visit | None:
        """Begin a visit; None if there is no room for one of this address."""
        own = sum(visit.address == address for visit in self._visits)
        if len(self._visits) >= self.size or own >= self.share:
            return None
        visit = Visit(address, self._clock())
        self._visits.append(visit)
        return visit

    def end(self, visit: Visit) -> None:
        """End a visit, once its kernel has ended or will not be started."""
        if visit in self._visits:
            self._visits.remove(visit)

    def find(self, kernel_id: str) -> Visit | None:
        """Return the visit that has this kernel, if there is one."""
        found = (each for each in self._visits if each.kernel_id == kernel_id)
        return next(found, None)

    def hear(self, kernel_id: str) -> None:
        """Note that a page was heard of, which is still loading."""
        if visit := self.find(kernel_id):
            visit.heard = self._clock()

    def connect(self, kernel_id: str) -> None:
        """Note that a page has opened a websocket."""
        if visit := self.find(kernel_id):
            visit.joined = True
            visit.sockets += 1

    def disconnect(self, kernel_id: str) -> None:
        """Note that a websocket was closed."""
        if visit := self.find(kernel_id):
            visit.sockets -= 1
            visit.heard = self._clock()

    def replaceable(self, address: str) -> Visit | None:
        """Return which visit of an address to give up for a new one, if any.

        It is the one that was left the longest ago: a phone that loads the page again
        cannot always end its last kernel first.
        """
        left = [each for each in self._visits if each.address == address]
        left = [each for each in left if each.is_left]
        return min(left, key=lambda visit: visit.heard, default=None)

    def overdue(self) -> list[Visit]:
        """Return the visits whose page never joined its kernel, and is not coming."""
        limit = self._clock() - limits.JOIN_SECONDS
        return [
            visit
            for visit in self._visits
            if visit.kernel_id and not visit.joined and visit.heard < limit
        ]

    def ended(self, running: set[str]) -> list[Visit]:
        """Return the visits whose kernels are not among those that are running."""
        return [
            visit
            for visit in self._visits
            if visit.kernel_id and visit.kernel_id not in running
        ]
