"""How many visitors the memory has room for: numbers for the dashboard's server.

Each open dashboard has a kernel behind it. `workshop` asks here how many there
may be, how many should wait for visitors, and how long one is kept whose page is gone.
"""

from dataclasses import dataclass

MEBIBYTE = 2**20
KERNEL = 64 * MEBIBYTE  # measured: 56 of its own once a picture was read; 110 resident
RESERVE = 512 * MEBIBYTE  # both servers, what kernels share, a large picture or two
MAX_VISITORS = 200  # each is ten open files of the dashboard's server
MAX_WAITING = 12  # kernels; a new one takes a second or two of a core
CLASS = 30  # visitors


@dataclass(frozen=True)
class Capacity:
    """What the memory allows.

    Attributes:
        visitors: how many may have a dashboard open at once; 0: there is no memory.
        waiting: kernels that wait for visitors, so that pages open at once.
        idle: seconds until a kernel ends whose page is gone: a phone that was asleep
            for less finds its drawing again.
    """

    visitors: int
    waiting: int
    idle: int

    def options(self) -> list[str]:
        """The options of `dashboard.server` that keep to it."""
        return [
            f"--WaitingKernels.most_visitors={self.visitors}",
            f"--VoilaConfiguration.default_pool_size={self.waiting}",
            f"--MappingKernelManager.cull_idle_timeout={self.idle}",
        ]


def measure(available: int) -> Capacity:
    """Divide the memory among kernels.

    Args:
        available: bytes that programs can have without others being pushed out.

    Returns:
        What fits. Kernels that wait take a fifth of it; where two classes fit, those of
        sleeping phones are kept for ten minutes, where not even one does, for one.
    """
    kernels = max(0, available - RESERVE) // KERNEL
    waiting = min(-(-kernels // 5), MAX_WAITING)  # rounded up
    visitors = min(kernels - waiting, MAX_VISITORS)
    idle = 60 if visitors < CLASS else 120 if visitors < 2 * CLASS else 600
    return Capacity(visitors, waiting, idle)
