"""The capacity of this machine: how many visitors fit into its memory.

    free memory -> measure -> Capacity -> options of dashboard.server

Each open dashboard has a kernel behind it. This module tells `demo` and `workshop` how
many of them there may be, how many should wait for visitors, and how long to keep one
whose page is gone.
"""

from dataclasses import dataclass

MEBIBYTE = 2**20
KERNEL_MEMORY = 64 * MEBIBYTE  # measured after reading a picture: 56 own, 110 resident
RESERVE = 512 * MEBIBYTE  # for both servers, shared memory, a large picture or two
MAX_VISITORS = 200  # each needs ten open files of the dashboard's server
MAX_WAITING = 12  # kernels; starting one takes a second or two of a core
CLASS_SIZE = 30  # visitors


@dataclass(frozen=True)
class Capacity:
    """What the memory allows.

    Attributes:
        visitors: how many may have a dashboard open at once; 0 without enough memory.
        waiting: the number of kernels that wait for visitors, so that pages open fast.
        idle: seconds before a kernel without a page is ended; a phone that was asleep
            for less time finds its drawing again.
    """

    visitors: int
    waiting: int
    idle: int

    def options(self) -> list[str]:
        """Return the options that make `dashboard.server` respect this capacity."""
        return [
            f"--WaitingKernels.most_visitors={self.visitors}",
            f"--VoilaConfiguration.default_pool_size={self.waiting}",
            f"--MappingKernelManager.cull_idle_timeout={self.idle}",
        ]


def measure(available: int) -> Capacity:
    """Divide the memory among kernels.

    Args:
        available: bytes that programs can use without others being swapped out.

    Returns:
        What fits. A fifth of the kernels wait for visitors. Kernels of sleeping phones
        are kept for ten minutes if two classes fit, for two minutes if one fits, and
        for one minute otherwise.
    """
    kernels = max(0, available - RESERVE) // KERNEL_MEMORY
    waiting = min(-(-kernels // 5), MAX_WAITING)  # rounded up
    visitors = min(kernels - waiting, MAX_VISITORS)
    idle = 60 if visitors < CLASS_SIZE else 120 if visitors < 2 * CLASS_SIZE else 600
    return Capacity(visitors, waiting, idle)


# What a lesson's kernel takes at most, MiB: `python -m benchmarks.lessons`. The files
# of its libraries, which all kernels share, are in the reserve.
LESSONS = {1: 500, 2: 390, 3: 800, 4: 390, 5: 900, 6: 310, 7: 660}
SEAT_MEMORY = 90 * MEBIBYTE  # of a pupil's JupyterLab, beside the kernel


def lesson_memory(notebook: str = "") -> int:
    """Return how many bytes the kernel of a lesson needs.

    Args:
        notebook: the lesson's file, such as "03_training.ipynb"; of any other name, it
            may be the lesson that needs most.
    """
    number = notebook[:2]
    lesson = int(number) if number.isdecimal() else 0
    return LESSONS.get(lesson, max(LESSONS.values())) * MEBIBYTE


def count_seats(available: int, notebook: str = "") -> int:
    """Return how many pupils can work at a lesson at once in so many bytes."""
    return max(0, available - RESERVE) // (SEAT_MEMORY + lesson_memory(notebook))
