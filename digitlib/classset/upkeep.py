"""What a server does for its class set meanwhile: it erases, and remembers when.

    Upkeep -> Store.erase, Store.newest, every few seconds

No time is stored in the set, so that the presenter's "last minutes" are those that the
server itself remembers, for an hour, and forgets when it ends.
"""

import threading
import time
from contextlib import suppress

from digitlib.classset.store import Store
from digitlib.errors import DataError

SECONDS = 5.0
HOUR = 3600


class Upkeep(threading.Thread):
    """A thread that looks after a class set for as long as the process runs.

    Every process that serves the set has one, and knows what all of them added.
    """

    def __init__(self, store: Store, seconds: float = SECONDS):
        super().__init__(name="class set", daemon=True)
        self._store = store
        self._seconds = seconds
        self._ended = threading.Event()
        # When the newest sample had which number; the oldest first.
        self._most = int(HOUR / seconds) + 1
        self._known: list[tuple[float, int]] = []
        self.note()

    def run(self) -> None:
        """Erase and note, until `end`."""
        while not self._ended.wait(self._seconds):
            with suppress(DataError):  # the file is gone or busy; so try again
                self._store.erase()
            self.note()

    def end(self) -> None:
        """End the thread."""
        self._ended.set()

    def note(self, now: float | None = None) -> None:
        """Note which sample is the newest now; call it after a deletion, too.

        Args:
            now: in seconds, of a clock that is never set back; None for the time.
        """
        try:
            newest = self._store.newest()
        except DataError:
            return
        # Numbers that a deletion set free are given again.
        known = [(when, min(number, newest)) for when, number in self._known]
        known.append((time.monotonic() if now is None else now, newest))
        self._known = known[-self._most :]

    def newest_before(self, seconds: float, now: float | None = None) -> int:
        """Return the number of the newest sample that is at least as old as this.

        Where the server has not been running for so long, nothing counts as older than
        what it found.
        """
        now = time.monotonic() if now is None else now
        old = [number for when, number in self._known if when <= now - seconds]
        return old[-1] if old else self._known[0][1] if self._known else 0
