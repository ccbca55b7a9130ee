"""The README's moving picture: digits drawn on the real dashboard, as it answers.

`python -m tests.browser.record` draws them in the browser of the tests and writes
`docs/dashboard.gif`.
"""

import io
import sys
from collections.abc import Iterator

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from digitlib.reading import ink
from digitlib.workshop.demo import dashboard_command
from tests.browser import chromium
from tests.browser.conftest import ROOT, open_page, serve
from tests.browser.test_dashboard import pad

PICTURE = ROOT / "docs" / "dashboard.gif"
SIZE = {"width": 1000, "height": 740}  # of the page
SHOWN = 640  # pixels: the width in the file
FRAME, HOLD = 90, 1500  # milliseconds
COLOURS = 32
POINTS = 6  # of a stroke from frame to frame


def smile() -> list[ink.Stroke]:
    """What is no digit, though its first stroke is one."""
    turns = np.linspace(0, 2 * np.pi, 41)
    face = np.stack([140 + 85 * np.sin(turns), 140 - 85 * np.cos(turns)], axis=1)
    eyes = [[(x, 112), (x + 1, 114)] for x in (112, 168)]
    mouth = [(x, 185 - (x - 140) ** 2 / 70) for x in range(102, 180, 4)]
    return [[*map(tuple, face)], *eyes, mouth]


def beside(left: ink.Stroke, right: ink.Stroke) -> list[ink.Stroke]:
    """Two digits on one pad, each half as large."""
    halves = []
    for strokes, start in ((left, 5), (right, 135)):
        halves += [[(start + x / 2, 70 + y / 2) for x, y in each] for each in strokes]
    return halves


DRAWINGS = [
    (ink.write("7 crossed"), "7"),
    (ink.write("2 looped"), "2"),
    (beside(ink.write("4 open"), ink.write("9 curled")), "49"),
    (smile(), "not a digit"),
]


def main() -> None:
    """Record all drawings, one after the other, and write the file."""
    frames: list[tuple[Image.Image, int]] = []
    with (
        serve(dashboard_command("{port}"), "/voila/static/voila.js") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox"]
        )
        with open_page(browser, viewport=SIZE) as page:
            page.goto(address)
            for strokes, answer in DRAWINGS:
                frames += record(page, strokes, answer)
        browser.close()
    first, *others = [to_colours(frame) for frame, _ in frames]
    durations = [duration for _, duration in frames]
    first.save(PICTURE, save_all=True, append_images=others, duration=durations, loop=0)
    print(f"{PICTURE.name}: {len(frames)} frames, {PICTURE.stat().st_size:,} bytes")


def record(
    page: Page, strokes: list[ink.Stroke], answer: str
) -> Iterator[tuple[Image.Image, int]]:
    """Draw on a clear pad; give each frame and how long it is shown, in ms."""
    left, top, scale = pad(page)
    for stroke in strokes:
        for i, (x, y) in enumerate(stroke):
            page.mouse.move(left + x * scale, top + y * scale)
            if i == 0:
                page.mouse.down()
            if i % POINTS == 0:
                yield look(page), FRAME
        page.mouse.up()
    expect(page.locator(".digit-answer")).to_contain_text(answer)
    expect(page.get_by_role("status")).to_contain_text(answer)  # it is said last
    yield look(page), HOLD
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".digit-answer p")).to_contain_text("Draw a digit")


def look(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot()))


def to_colours(frame: Image.Image) -> Image.Image:
    """A smaller picture of few colours, for a smaller file."""
    height = round(frame.height * SHOWN / frame.width)
    small = frame.convert("RGB").resize((SHOWN, height), Image.Resampling.LANCZOS)
    return small.quantize(COLOURS, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main())
