"""Tests with an event loop of their own, beside those that hold a browser."""

from concurrent.futures import ThreadPoolExecutor


def apart(function, *arguments):
    """Call it in a thread of its own: a browser's tests keep a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()
