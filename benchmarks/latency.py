"""The latency of the dashboard: from opening it to a pad, from an event to new bars.

`python -m benchmarks.latency` serves the dashboard as `make demo` does, opens it in
Chromium on this machine, and draws with the mouse, one event after the answer to the
last. The page's own clock records both moments: that of the event, and that of the next
change of the bars.
"""

import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from digitlib.reading import ink
from digitlib.workshop.demo import HOST, dashboard_command
from tests.browser import chromium

PORT = 8899
PAGES = 5  # each opened by a new visitor
BREAK = 8.0  # s between them
DIGITS = 20  # drawn
BETWEEN = (
    16  # ms from an answer to the next event; a mouse sends sixty events per second
)
WATCH = """() => {
    window.waits = [];
    window.drawn = null;
    const canvas = document.querySelector(".digit-pad canvas");
    const bars = document.querySelector(".digit-bars").closest(".digit-panel");
    const note = (event) => { if (event.buttons) window.drawn = performance.now(); };
    canvas.addEventListener("mousedown", note, true);
    canvas.addEventListener("mousemove", note, true);
    new MutationObserver(() => {
        if (window.drawn === null) return;
        window.waits.push(performance.now() - window.drawn);
        window.drawn = null;
    }).observe(bars, { childList: true, subtree: true });
}"""


# Bars that do not change send nothing; such an event is not counted.
ANSWERED = """() => {
    if (performance.now() - window.drawn > 1000) window.drawn = null;
    return window.drawn === null;
}"""


def main() -> None:
    """Draw digits, and print how long the answers took."""
    server = subprocess.Popen(
        [sys.executable, *dashboard_command(PORT)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_server()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.find(), args=["--no-sandbox"]
            )
            time.sleep(BREAK)  # to fill the pool of waiting kernels
            opened = [_open(browser) for _ in range(PAGES)]
            waits = _measure(browser.new_page())
    finally:
        server.terminate()
        server.wait()
    print(
        f"page to pad, a kernel waiting: median {np.median(opened):.2f} s"
        f" ({len(opened)} pages, from {min(opened):.2f} to {max(opened):.2f} s)"
    )
    median, late = np.percentile(waits, [50, 95])
    print(f"pointer to bars: median {median:.1f} ms, 95 % within {late:.1f} ms")
    print(f"({len(waits)} answers, from {min(waits):.1f} to {max(waits):.1f} ms)")


def _await_server() -> None:
    while True:
        try:
            urllib.request.urlopen(
                f"http://{HOST}:{PORT}/voila/static/voila.js"
            ).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return


def _open(browser: Browser) -> float:
    """Return the seconds until a new visitor has a pad to draw on."""
    with browser.new_context() as context:
        page = context.new_page()
        start = time.perf_counter()
        page.goto(f"http://{HOST}:{PORT}")
        page.locator(".digit-pad canvas").wait_for()
        seconds = time.perf_counter() - start
    time.sleep(BREAK)
    return seconds


def _measure(page: Page) -> list[float]:
    page.goto(f"http://{HOST}:{PORT}")
    canvas = page.locator(".digit-pad canvas")
    canvas.wait_for()
    page.wait_for_function("document.querySelector('[role=application]')")
    box = canvas.bounding_box()
    scale = box["width"] / ink.PAD_SIDE
    page.evaluate(WATCH)
    styles, random = list(ink.STYLES), np.random.default_rng(0)
    for i in range(DIGITS):
        for stroke in ink.write(styles[i % len(styles)], random):
            for j, (x, y) in enumerate(stroke[::4]):
                page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
                if not j:
                    page.mouse.down()
                page.wait_for_function(ANSWERED)
                page.wait_for_timeout(BETWEEN)
            page.mouse.up()
        page.get_by_role("button", name="Clear").click()
        page.wait_for_timeout(20 * BETWEEN)
    return page.evaluate("window.waits")


if __name__ == "__main__":
    main()
