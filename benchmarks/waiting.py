"""Wait until the page that runs in the browser can read, whichever browser it is."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 300  # seconds
# Nothing while the page loads, "" once it can read, else the sentence that it shows.
STATE = """() => {
    const loading = document.querySelector("#loading");
    if (!loading) return document.readyState === "complete" ? "" : null;
    return loading.querySelector(".problem")?.textContent ?? null;
}"""


def wait_until_ready(evaluate: Callable[[str], Any]) -> None:
    """Wait until the page can read.

    Args:
        evaluate: calls a function of JavaScript in the page.

    Raises:
        RuntimeError: the page could not start; the message is its own.
        TimeoutError: it is still loading after `PATIENCE`.
    """
    deadline = time.monotonic() + PATIENCE
    while (state := evaluate(STATE)) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the page was not ready after {PATIENCE} s")
        time.sleep(0.1)
    if state:
        raise RuntimeError(state)
