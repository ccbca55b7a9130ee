"""What one request may cost: time, and explanations.

`uploads` and `results` spend it. How long a request may take is counted by the clock,
from its first turn on; whose turn it is, by what each has computed.
"""

import os
import time

import cv2
from flask import current_app, g

from app.turns import Turns

# How many pictures this process reads at once, however many requests wait.
READERS = int(os.environ.get("DIGITLIB_READERS") or os.cpu_count() or 1)
TURNS = Turns(READERS)
# On a busy machine, threads that share the work on one picture wait for each other for
# most of the time; and what they compute is in no request's `thread_time`.
cv2.setNumThreads(max(1, (os.cpu_count() or 1) // READERS))
EXPLANATIONS = 10  # of digits; each takes some hundred predictions, a third of a second


class Budget:
    """What a request may still cost. It belongs to one thread.

    Attributes:
        has_process: whether a process waits for this request, as for the next page of a
            PDF; then the request gives way to no other.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._start = time.thread_time()
        self._end: float | None = None
        self._explanations = EXPLANATIONS
        self.has_process = False

    def begin(self) -> None:
        """Let the clock run from now on, if it does not yet."""
        if self._end is None:
            self._end = time.monotonic() + self._seconds

    def spend(self, seconds: float) -> None:
        """Count time that another process has computed for this request."""
        self._start -= seconds

    @property
    def left(self) -> float:
        """The seconds that are left; 0 or less if none are."""
        return self._seconds if self._end is None else self._end - time.monotonic()

    def has_time(self) -> bool:
        """Return whether any seconds are left."""
        return self.left > 0

    @property
    def had(self) -> float:
        """The seconds of the processor that the request has had."""
        return time.thread_time() - self._start

    def give_way(self) -> None:
        """Let requests go first that have had less than this one, which has a turn."""
        if not self.has_process:
            TURNS.give_way(self.had)

    def may_explain(self) -> bool:
        """Return whether one more digit may be explained, and count it."""
        if not (self.has_time() and self._explanations):
            return False
        self._explanations -= 1
        return True


def budget() -> Budget:
    """Return the budget of the current request."""
    if "budget" not in g:
        g.budget = Budget(current_app.config["MAX_SECONDS"])
    return g.budget
