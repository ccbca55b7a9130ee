"""The dashboard without a browser: its pad gets the events a page would send."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace

import ipywidgets as widgets
import numpy as np
import pytest

from digitlib.dashboard import widget
from digitlib.dashboard.access import Access
from digitlib.dashboard.limits import FILE_BYTES
from digitlib.dashboard.pad import SHARPNESS
from digitlib.dashboard.panel import HINT
from digitlib.dashboard.upload import Upload
from digitlib.dashboard.widget import FAILED, Dashboard, dashboard
from digitlib.reading import ink
from digitlib.reading.loading import load_model
from digitlib.reading.picture import encode
from digitlib.workshop.demo import NOTEBOOKS
from tests.apart import apart
from tests.conftest import ONE, SEVEN


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture
def board(model):
    return Dashboard(model)


def parts(widget, kind):
    """Return all widgets of a kind within a widget, in the order of the page."""
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
    board.pad.canvas[-1]._handle_frontend_event(None, {"event": event, **content}, [])


def mouse(board, event, x, y):
    send(board, f"mouse_{event}", x=x * SHARPNESS, y=y * SHARPNESS)


def draw(board, strokes):
    for stroke in strokes:
        mouse(board, "down", *stroke[0])
        for point in stroke[1:]:
            mouse(board, "move", *point)
        mouse(board, "up", *stroke[-1])


def play(board, *actions):
    """Run actions in an event loop, like a kernel's, and wait for the reading."""

    async def run():
        for action, *arguments in actions:
            action(board, *arguments)
        await board.settle()

    apart(lambda: asyncio.run(run()))


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


def test_clear_removes_everything(board):
    play(board, (draw, SEVEN))
    play(board, (press, "Clear"))
    assert board.pad.is_empty
    assert board.reading.text == ""
    assert HINT in text(board.widget)


def test_a_reading_begun_before_clear_is_not_shown_after_it(board):
    play(board, (draw, SEVEN), (press, "Clear"))
    assert board.reading.text == ""
    assert HINT in text(board.widget)


def test_a_burst_of_events_is_one_reading(board, model, monkeypatch):
    seen = []
    read = model.read
    monkeypatch.setattr(
        model, "read", lambda drawing: seen.append(drawing) or read(drawing)
    )
    play(board, (draw, SEVEN))
    assert len(seen) == 1
    assert seen[0].tobytes() == ink.draw(SEVEN).tobytes()


def test_all_cards_are_about_the_drawing(board):
    assert card(board, "four networks").count("<tr>") == 0
    play(board, (draw, SEVEN))
    assert card(board, "From your drawing").count("<img") == 4
    assert card(board, "four networks").count("<td>7</td>") == 4
    assert "supports the 7" in card(board, "Why")
    assert "Found in stage 3" in card(board, "Why")
    play(board, (press, "Clear"))
    assert HINT in card(board, "Why")


def card(board, title):
    """Return all text of the card with this title."""
    return next(
        "".join(html.value for html in parts(box, widgets.HTML))
        for box in parts(board.widget, widgets.VBox)
        if title in getattr(box.children[0], "value", "")
    )


def test_without_a_step_the_networks_see_something_else(board):
    play(board, (draw, [[(x / 3, y / 3) for x, y in SEVEN[0]]]))
    before = card(board, "four networks")
    for box in parts(board.widget, widgets.Checkbox):
        box.value = False
        changed = card(board, "four networks")
        assert changed != before, box.description
        before = changed
    assert changed.count("<td>7</td>") < 3


def test_a_network_without_maps_explains_with_ink_only():
    board = Dashboard(load_model("mlp"))
    play(board, (draw, SEVEN))
    assert card(board, "Why").count("<img") == 1


def test_an_example_is_laid_on_the_pad(board):
    (example,) = (
        d for d in parts(board.widget, widgets.Dropdown) if d.description == "Load"
    )
    for style in ("4 open", "4 open", "7 crossed"):
        play(board, (lambda _, style: setattr(example, "value", style), style))
        assert board.reading.text == style[0]
    assert len(example.options) == len(ink.STYLES) + 1


def test_a_pen_is_chosen(board):
    (pen,) = (
        d for d in parts(board.widget, widgets.Dropdown) if d.description == "Pen"
    )
    play(board, (draw, SEVEN), (lambda _: setattr(pen, "value", 22.0),))
    assert board.pad.draw().tobytes() == ink.draw(SEVEN, pen_width=22).tobytes()


def test_a_picture_is_read_as_the_library_reads_it(board, model):
    photo = encode(ink.draw(SEVEN).convert("RGB"))
    play(board, (Dashboard.open_file, photo))
    assert board.reading.to_dict() == model.read(photo).to_dict()
    play(board, (draw, ONE))
    assert board.reading.text == "1", "a stroke replaces the picture"


def test_a_saved_drawing_is_opened(board):
    saved = ink.to_json(SEVEN, 20.0).encode()
    play(board, (Dashboard.open_file, saved))
    assert (board.pad.strokes, board.pad.pen_width) == (SEVEN, 20.0)
    assert board.reading.text == "7"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "larger than 20 MB"),
        (b"x" * (FILE_BYTES + 1), "larger than 20 MB"),
        (b"", "empty"),
        (b"no picture", "not a picture"),
        (b"{}", "holds no drawing"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_a_file_that_cannot_be_opened_is_a_message(board, content, message):
    play(board, (draw, SEVEN))
    play(board, (Dashboard.open_file, content))
    assert message in text(board.widget)
    assert board.reading.text == "7", "the drawing is kept"
    play(board, (draw, ONE))
    assert message not in text(board.widget)


@pytest.mark.parametrize("error", [IndexError, MemoryError, RuntimeError("cv2")])
@pytest.mark.parametrize("where", ["read", "explain", "steps"])
def test_whatever_a_picture_raises_is_its_own_error(board, monkeypatch, error, where):
    def fail(*_):
        raise error

    play(board, (draw, SEVEN))
    target = {
        "read": (board._model, "read"),
        "explain": (widget.explain, "explain"),
        "steps": (widget.steps, "walk"),
    }[where]
    with monkeypatch.context() as patch:
        patch.setattr(*target, fail)
        play(board, (draw, ONE))
    assert FAILED in text(board.widget)
    assert board.reading.text == "", "the old answer is not kept"
    assert '<div class="digit-text">7</div>' not in text(board.widget)
    assert "<td>7</td>" not in text(board.widget)
    play(board, (press, "Clear"), (draw, SEVEN))
    assert FAILED not in text(board.widget)
    assert board.reading.text == "7"


def test_a_file_that_raises_anything_is_a_message(board, monkeypatch):
    def fail(_):
        raise IndexError

    monkeypatch.setattr(widget.picture, "pages", fail)
    play(board, (draw, SEVEN))
    play(board, (Dashboard.open_file, b"picture"))
    assert FAILED in text(board.widget)


def test_of_several_pages_the_first_is_shown_and_that_is_said(board, seven, one):
    tiff = encode(seven, "TIFF", save_all=True, append_images=[one, one])
    play(board, (Dashboard.open_file, tiff))
    assert board.reading.text == "7"
    assert "page 1 of 3" in text(board.widget)
    play(board, (Dashboard.open_file, encode(one)))
    assert "page 1" not in text(board.widget)
    play(board, (Dashboard.open_file, tiff), (draw, ONE))
    assert "page 1" not in text(board.widget), "the stroke replaces the picture"


def test_what_was_left_out_is_said(board, seven, monkeypatch):
    read = board._model.read(seven)
    partly = replace(read, message="Only the sheet was read.")
    monkeypatch.setattr(board._model, "read", lambda _picture: partly)
    play(board, (Dashboard.open_file, encode(seven)))
    assert "Only the sheet was read." in board._message.value
    assert "7" in board._answer.value


def test_the_uploads_message_is_a_file_or_none(board, seven):
    (upload,) = parts(board.widget, Upload)
    for content, sent in (
        ({"fits": True}, [memoryview(encode(seven))]),
        ({"fits": False}, []),
    ):
        play(board, (lambda _, *a: upload._handle_custom_msg(*a), content, sent))
    assert board.reading.text == "7"
    assert "larger than 20 MB" in text(board.widget)


def test_screen_readers_get_the_answer(board):
    (access,) = parts(board.widget, Access)
    play(board, (draw, SEVEN))
    assert access.status.startswith("7 ")
    assert access.status.endswith(" % sure")


def test_two_dashboards_share_nothing(board, model):
    other = Dashboard(model)
    play(board, (draw, SEVEN))
    play(other, (draw, ONE))
    assert (board.reading.text, other.reading.text) == ("7", "1")
    assert (board.pad.strokes, other.pad.strokes) == (SEVEN, ONE)


def test_a_missing_network_is_a_message(tmp_path):
    widget = dashboard(tmp_path / "none.tflite")
    assert "There is no network at" in text(widget)
    assert "make train" in text(widget)


def test_a_kernel_loads_nothing_heavy():
    code = (
        "import sys; from digitlib.dashboard.widget import dashboard; dashboard();"
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
