"""Less memory for a server of many threads; called before the first one starts."""

import ctypes
import sys

M_ARENA_MAX = -8  # of glibc's malloc.h


def share_one_arena() -> None:
    """Have all threads take their memory from one place.

    glibc gives nearly every thread an arena of its own, and none gives back what a
    large picture needed. As reading takes turns, they never compete for one: with two
    workers and thirty senders of photos it is 290 MB in place of 480, by `python -m
    benchmarks.load`. Elsewhere than on glibc this does nothing.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:
            mallopt(M_ARENA_MAX, 1)
