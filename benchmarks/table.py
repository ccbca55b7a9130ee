"""Format the table of `python -m benchmarks`: the task, ours, the baseline, the ratio.

Every figure is the median of several runs, with the minimum and maximum beside it.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

UNITS = {"s": 1, "ms": 1000, "MiB": 1, "a second": 1, "%": 100}  # factors
MORE_IS_BETTER = ("a second", "%")
HEAD = f"{'':36} {'ours':>15} {'the plain way':>36} {'better':>21}   what that is"


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        what: the task that was measured.
        unit: a key of `UNITS`.
        ours: the figures of our runs: seconds, MiB, pictures a second, or shares.
        plain: the figures of the baseline.
        against: what the baseline is.
    """

    what: str
    unit: str
    ours: Sequence[float]
    plain: Sequence[float]
    against: str

    @property
    def ratio(self) -> float:
        """The factor by which ours is better; below 1 it is worse."""
        ours, plain = statistics.median(self.ours), statistics.median(self.plain)
        return ours / plain if self.unit in MORE_IS_BETTER else plain / ours

    def __str__(self) -> str:
        ours, plain = (_show(each, self.unit) for each in (self.ours, self.plain))
        return f"{self.what:36} {ours} {plain} {self.ratio:7.3g} x   {self.against}"


def times(action: Callable[[], object], runs: int) -> list[float]:
    """Measure the seconds that an action takes in each run, after one warm-up run."""
    action()
    return [seconds(action) for _ in range(runs)]


def seconds(action: Callable[[], object]) -> float:
    """Measure the seconds that an action takes once."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _show(values: Sequence[float], unit: str) -> str:
    """Format the median, minimum and maximum with three digits each, and the unit."""
    figures = statistics.median(values), min(values), max(values)
    median, minimum, maximum = (_digits(each * UNITS[unit]) for each in figures)
    spread = f"({minimum} to {maximum})" if len(values) > 1 else ""
    return f"{median:>6} {unit:<8} {spread:<16}"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
