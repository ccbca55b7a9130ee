"""The dashboard without a browser: its pad is driven as the page would drive it."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import ipywidgets as widgets
import numpy as np
import pytest

from digitlib import ink
from digitlib.dashboard import SHARPNESS, Dashboard, dashboard
from digitlib.demo import NOTEBOOKS
from digitlib.panel import HINT
from digitlib.predict import load_model
from tests.conftest import ONE, SEVEN


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture
def board(model):
    return Dashboard(model)


def parts(widget, kind):
    """All widgets of a kind in a widget, in the order of the page."""
    own = [widget] if isinstance(widget, kind) else []
    return own + [
        each for c in getattr(widget, "children", ()) for each in parts(c, kind)
    ]


def text(widget):
    return "".join(html.value for html in parts(widget, widgets.HTML)[1:])


def press(board, name):
    next(
        b for b in parts(board.widget, widgets.Button) if b.description == name
    ).click()


def send(board, event, **content):
    board.pad.canvas._handle_frontend_event(None, {"event": event, **content}, [])


def mouse(board, event, x, y):
    send(board, f"mouse_{event}", x=x * SHARPNESS, y=y * SHARPNESS)


def touch(board, event, *points):
    touches = [{"x": x * SHARPNESS, "y": y * SHARPNESS} for x, y in points]
    send(board, f"touch_{event}", touches=touches)


def draw(board, strokes):
    for stroke in strokes:
        mouse(board, "down", *stroke[0])
        for point in stroke[1:]:
            mouse(board, "move", *point)
        mouse(board, "up", *stroke[-1])


def play(board, *actions):
    """Do things in an event loop, as a kernel has one, until the reading is there.

    In a thread, for the browser that other tests hold keeps a loop in this one.
    """

    async def run():
        for action, *arguments in actions:
            action(board, *arguments)
        await board.settle()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(run())).result()


def test_a_drawn_seven_is_read_and_shown(board):
    play(board, (draw, SEVEN))
    assert board.reading.text == "7"
    assert '<div class="digit-text">7</div>' in text(board.widget)


def test_the_reading_is_the_librarys(board, model):
    play(board, (draw, SEVEN))
    expected = model.read(ink.draw(SEVEN))
    assert board.reading.to_dict() == expected.to_dict()
    for mine, other in zip(board.reading.digits, expected.digits, strict=True):
        np.testing.assert_array_equal(mine.glyph, other.glyph)


def test_before_the_first_stroke_there_is_a_hint(board):
    assert board.reading.text == ""
    assert HINT in text(board.widget)


def test_clear_takes_all_away(board):
    play(board, (draw, SEVEN))
    play(board, (press, "Clear"))
    assert board.pad.strokes == []
    assert board.reading.text == ""
    assert HINT in text(board.widget)


def test_a_reading_begun_before_clear_is_not_shown_after_it(board):
    play(board, (draw, SEVEN), (press, "Clear"))
    assert board.reading.text == ""
    assert HINT in text(board.widget)


def test_undo_takes_the_last_stroke_away(board):
    play(board, (draw, SEVEN), (draw, [[(20, 20), (260, 260)]]), (press, "Undo"))
    assert board.pad.strokes == SEVEN
    assert board.reading.text == "7"
    play(board, (press, "Undo"), (press, "Undo"))
    assert board.pad.strokes == []


def test_a_finger_draws_and_a_second_one_does_not(board):
    def draw_by_touch(board):
        for stroke in SEVEN:
            touch(board, "start", stroke[0])
            touch(board, "start", stroke[0], (10, 10))
            for point in stroke[1:]:
                touch(board, "move", point, (10, 10))
            touch(board, "end")

    play(board, (draw_by_touch,))
    assert board.pad.strokes == SEVEN
    assert board.reading.text == "7"


@pytest.mark.parametrize("end", ["up", "out"])
def test_a_pen_that_is_up_does_not_draw(board, end):
    play(
        board,
        (mouse, "move", 5, 5),
        (mouse, "down", 90, 60),
        (mouse, "move", 95, 200),
        (mouse, end, 300, 200),
        (mouse, "move", 200, 200),
    )
    assert board.pad.strokes == [[(90, 60), (95, 200)]]


def test_a_burst_of_events_is_one_reading(board, model, monkeypatch):
    seen = []
    monkeypatch.setattr(
        board,
        "_model",
        type("Spy", (), {"read": lambda _, p: seen.append(p) or model.read(p)})(),
    )
    play(board, (draw, SEVEN))
    assert len(seen) == 1
    assert seen[0].tobytes() == ink.draw(SEVEN).tobytes()


def test_two_dashboards_share_nothing(board, model):
    other = Dashboard(model)
    play(board, (draw, SEVEN))
    play(other, (draw, ONE))
    assert (board.reading.text, other.reading.text) == ("7", "1")
    assert (board.pad.strokes, other.pad.strokes) == (SEVEN, ONE)


def test_a_page_that_opens_later_shows_the_strokes(board, monkeypatch):
    play(board, (draw, SEVEN))
    painted = []
    monkeypatch.setattr(
        type(board.pad.canvas), "stroke_lines", lambda _, p: painted.append(p)
    )
    send(board, "client_ready")
    (points,) = painted
    assert points[:-1] == [(x * SHARPNESS, y * SHARPNESS) for x, y in SEVEN[0]]


def test_a_missing_network_is_a_message(tmp_path):
    widget = dashboard(tmp_path / "none.tflite")
    assert "There is no network at" in text(widget)
    assert "make train" in text(widget)


def test_a_kernel_loads_nothing_heavy():
    code = (
        "import sys; from digitlib.dashboard import dashboard; dashboard();"
        "print({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_notebook_is_short_and_not_executed():
    notebook = json.loads((NOTEBOOKS / "dashboard.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) <= 4
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
