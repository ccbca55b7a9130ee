"""The table of `python -m benchmarks`: what, ours, the plain way, how much better.

Every figure is the median of several runs, with the least and the most beside it.
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
    """A line of the table.

    Attributes:
        what: was measured.
        unit: a key of `UNITS`.
        ours: the figures of our runs: seconds, MiB, pictures a second, or shares.
        plain: those of the plain way.
        against: what the plain way is.
    """

    what: str
    unit: str
    ours: Sequence[float]
    plain: Sequence[float]
    against: str

    @property
    def ratio(self) -> float:
        """How many times better ours is; below 1 it is worse."""
        ours, plain = statistics.median(self.ours), statistics.median(self.plain)
        return ours / plain if self.unit in MORE_IS_BETTER else plain / ours

    def __str__(self) -> str:
        ours, plain = (_show(each, self.unit) for each in (self.ours, self.plain))
        return f"{self.what:36} {ours} {plain} {self.ratio:7.3g} x   {self.against}"


def times(action: Callable[[], object], runs: int) -> list[float]:
    """The seconds that an action takes, after one run that is not counted."""
    action()
    return [seconds(action) for _ in range(runs)]


def seconds(action: Callable[[], object]) -> float:
    """The seconds that an action takes, once."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _show(values: Sequence[float], unit: str) -> str:
    """Median, least, most and unit, in three digits each."""
    figures = statistics.median(values), min(values), max(values)
    median, least, most = (_digits(each * UNITS[unit]) for each in figures)
    spread = f"({least} to {most})" if len(values) > 1 else ""
    return f"{median:>6} {unit:<8} {spread:<16}"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
