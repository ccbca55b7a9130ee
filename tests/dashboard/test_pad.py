"""The pad, with the events that the page would send: mouse, finger, keyboard."""

import pytest
from PIL import Image

from digitlib.dashboard import limits
from digitlib.dashboard.pad import SHARPNESS, Pad
from digitlib.reading import ink
from digitlib.reading.ink import PAD_SIDE
from tests.conftest import ONE, SEVEN


@pytest.fixture
def changes():
    return []


@pytest.fixture
def pad(changes):
    return Pad(lambda: changes.append(1))


def send(pad, event, **content):
    pad.canvas[-1]._handle_frontend_event(None, {"event": event, **content}, [])


def mouse(pad, event, x, y):
    send(pad, f"mouse_{event}", x=x * SHARPNESS, y=y * SHARPNESS)


def touch(pad, event, *points):
    touches = [{"x": x * SHARPNESS, "y": y * SHARPNESS} for x, y in points]
    send(pad, f"touch_{event}", touches=touches)


def press(pad, *keys, shift=False, control=False):
    for key in keys:
        modifiers = {"shift_key": shift, "ctrl_key": control, "meta_key": False}
        send(pad, "key_down", key=key, **modifiers)


def draw(pad, strokes):
    for stroke in strokes:
        mouse(pad, "down", *stroke[0])
        for point in stroke[1:]:
            mouse(pad, "move", *point)
        mouse(pad, "up", *stroke[-1])


def test_a_mouse_draws(pad, changes):
    draw(pad, SEVEN)
    assert pad.strokes == SEVEN
    assert len(changes) == len(SEVEN[0])
    assert pad.draw().tobytes() == ink.draw(SEVEN).tobytes()


def test_a_finger_draws_and_a_second_one_does_not(pad):
    for stroke in SEVEN:
        touch(pad, "start", stroke[0])
        touch(pad, "start", stroke[0], (10, 10))
        for point in stroke[1:]:
            touch(pad, "move", point, (10, 10))
        touch(pad, "end")
    assert pad.strokes == SEVEN


@pytest.mark.parametrize("end", ["up", "out"])
def test_a_pen_that_is_up_does_not_draw(pad, end):
    mouse(pad, "move", 5, 5)
    mouse(pad, "down", 90, 60)
    mouse(pad, "move", 95, 200)
    mouse(pad, end, 300, 200)
    mouse(pad, "move", 200, 200)
    assert pad.strokes == [[(90, 60), (95, 200)]]


def test_undo_and_redo(pad):
    draw(pad, SEVEN)
    draw(pad, ONE)
    pad.undo()
    assert pad.strokes == SEVEN
    pad.redo()
    assert pad.strokes == [*SEVEN, *ONE]
    pad.clear()
    assert pad.is_empty
    pad.undo()
    assert pad.strokes == [*SEVEN, *ONE], "undo also reverts Clear"
    for _ in range(5):
        pad.undo()
    assert pad.is_empty
    pad.redo()
    draw(pad, ONE)
    pad.redo()
    assert pad.strokes == [*SEVEN, *ONE], "nothing to redo after a new stroke"


def test_the_keyboard_draws(pad):
    press(pad, "ArrowDown")
    assert pad.is_empty, "its pen is up at first"
    press(pad, " ", "ArrowDown", "ArrowDown")
    press(pad, "ArrowRight", shift=True)
    press(pad, " ", "ArrowDown")
    (stroke,) = pad.strokes
    (x, y) = stroke[0]
    assert stroke == [(x, y), (x, y + 10), (x, y + 20), (x + 2, y + 20)]
    press(pad, "Backspace")
    assert pad.is_empty
    press(pad, "Z", shift=True, control=True)
    assert pad.strokes == [stroke]
    press(pad, "z", control=True)
    assert pad.is_empty


def test_the_keyboards_pen_stays_on_the_pad(pad):
    press(pad, " ", *["ArrowLeft"] * 50, *["ArrowUp"] * 50)
    assert pad.strokes[0][-1] == (0, 0)
    press(pad, *["ArrowRight"] * 50, *["ArrowDown"] * 50)
    assert pad.strokes[0][-1] == (PAD_SIDE, PAD_SIDE)


def test_a_mouse_passing_by_does_not_lift_the_keyboards_pen(pad):
    press(pad, " ", "ArrowDown")
    mouse(pad, "move", 5, 5)
    mouse(pad, "out", 0, 0)
    press(pad, "ArrowDown")
    assert len(pad.strokes[0]) == 3
    draw(pad, ONE)
    assert pad.strokes[1:] == ONE


@pytest.fixture
def painted(monkeypatch):
    """Record what is painted on any canvas: (name of the method, arguments)."""
    calls = []
    for name in ("stroke_lines", "stroke_rect", "draw_image", "fill_circle"):

        def note(_, *arguments, name=name):
            calls.append((name, arguments))

        monkeypatch.setattr("ipycanvas.Canvas." + name, note)
    return calls


def test_a_page_that_opens_later_shows_the_strokes(pad, painted):
    draw(pad, SEVEN)
    painted.clear()
    send(pad, "client_ready")
    ((name, (points,)),) = painted
    assert name == "stroke_lines"
    assert points[:-1] == [(x * SHARPNESS, y * SHARPNESS) for x, y in SEVEN[0]]


def test_boxes_are_drawn_in_their_places(pad, painted):
    pad.mark([(10, 20, 40, 80)])
    assert painted == [("stroke_rect", tuple(n * SHARPNESS for n in (10, 20, 30, 60)))]
    pad.mark([(10, 20, 40, 80)])
    assert len(painted) == 1, "the same boxes are not drawn again"


def test_boxes_of_what_is_in_doubt_are_dashed(pad, painted, monkeypatch):
    monkeypatch.setattr(
        "ipycanvas.Canvas.set_line_dash",
        lambda _canvas, dash: painted.append(("dash", bool(dash))),
    )
    sure, doubtful = (10, 20, 40, 80), (50, 20, 90, 80)
    pad.mark([sure], [doubtful])
    assert [name for name, _ in painted] == [
        "dash",
        "stroke_rect",
        "dash",
        "stroke_rect",
    ]
    assert painted[0] == ("dash", True)
    assert painted[1][1][0] == 50 * SHARPNESS
    assert painted[2] == ("dash", False)
    pad.mark([sure, doubtful])
    assert len(painted) == 6, "the second is no longer in doubt"


def test_a_picture_is_centred(pad, painted):
    pad.show(Image.new("L", (560, 280), 255))
    ((name, (_, *place)),) = painted
    assert name == "draw_image"
    assert place == [n * SHARPNESS for n in (0, 70, 280, 140)]
    pad.mark([(0, 0, 560, 280)])
    assert painted[-1] == (
        "stroke_rect",
        tuple(n * SHARPNESS for n in (0, 70, 280, 140)),
    )


def test_a_stroke_replaces_a_picture(pad):
    pad.show(Image.new("L", (100, 100), 255))
    draw(pad, SEVEN)
    assert pad.picture is None
    assert pad.strokes == SEVEN


@pytest.mark.limit("UNDO_STATES")
def test_undo_goes_back_so_many_steps(pad):
    for i in range(limits.UNDO_STATES + 10):
        pad.put([[(i, i)]])
    for _ in range(limits.UNDO_STATES + 10):
        pad.undo()
    assert pad.strokes == [[(9, 9)]]


@pytest.mark.limit("UNDO_POINTS")
def test_undo_does_not_keep_many_long_drawings(pad):
    for _ in range(6):
        pad.put([[(1, 1)] * 49_000])
    kept = 0
    while pad._past:
        pad.undo()
        kept += 1
    assert kept * 49_000 <= limits.UNDO_POINTS
    assert kept


def test_a_drawing_is_never_longer_than_one_that_can_be_opened(pad):
    pad.put([[(1, 1)] * (ink.MAX_POINTS - 1)])
    for _ in range(3):
        pad._pen_down(9, 9)
        pad._pen_move(9, 9)
        pad._pen_up()
    strokes, _ = ink.from_json(ink.to_json(pad.strokes))
    assert sum(map(len, strokes)) == ink.MAX_POINTS
