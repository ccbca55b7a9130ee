"""What one request may cost: the time of the processor, and explanations.

`uploads` and `results` spend it. Waiting for other requests costs nothing.
"""

import time

from flask import current_app, g

EXPLANATIONS = 10  # of digits; each takes some hundred predictions, a third of a second


class Budget:
    """What a request may still cost. It belongs to one thread."""

    def __init__(self, seconds: float):
        self._end = time.thread_time() + seconds
        self._explanations = EXPLANATIONS

    def spend(self, seconds: float) -> None:
        """Count time that another process has computed for this request."""
        self._end -= seconds

    @property
    def left(self) -> float:
        """The seconds of the processor that are left; 0 or less if none are."""
        return self._end - time.thread_time()

    def may_explain(self) -> bool:
        """Return whether one more digit may be explained, and count it."""
        if self.left <= 0 or not self._explanations:
            return False
        self._explanations -= 1
        return True


def budget() -> Budget:
    """Return the budget of the current request, which begins when first asked for."""
    if "budget" not in g:
        g.budget = Budget(current_app.config["MAX_SECONDS"])
    return g.budget
