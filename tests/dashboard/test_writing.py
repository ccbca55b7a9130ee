"""The pad that asks for digits: what is kept is on the disk, whatever comes next."""

import pytest

from digitlib.classset import samples
from digitlib.classset.writers import ME
from digitlib.dashboard import writing
from digitlib.dashboard.pad import SHARPNESS
from digitlib.errors import DrawingError
from digitlib.reading.ink import PAD_SIDE
from tests.conftest import SEVEN


@pytest.fixture
def path(tmp_path):
    return tmp_path / "my-digits" / "pad.jsonl"


@pytest.fixture
def asking(path):
    return writing.WritingPad(path)


def buttons(asking):
    return {
        name: getattr(asking, f"_{name}") for name in ("keeps", "clears", "forgets")
    }


def keep(asking):
    asking.pad.put(SEVEN)
    asking._keeps.click()


def test_each_digit_is_asked_for_once_in_ten_and_kept_at_once(asking, path):
    wanted = []
    for n in range(1, 21):
        wanted.append(asking.wanted)
        assert f"Write a {wanted[-1]}" in asking._asks.value
        keep(asking)
        written = samples.read_lines(path)
        assert [each.label for each in written] == wanted
        assert asking._says.value == f"Digits kept: {n}"
        assert asking.pad.is_empty
    assert sorted(wanted[:10]) == sorted(wanted[10:]) == [*range(10)]
    assert wanted[:10] != wanted[10:]
    assert (written[0].writer, written[0].style) == (ME, writing.STYLE)
    assert written[0].strokes == tuple(map(tuple, SEVEN))


def test_drawing_with_the_mouse_wakes_the_buttons(asking):
    assert all(button.disabled for button in buttons(asking).values())
    content = {"event": "mouse_down", "x": 50 * SHARPNESS, "y": 60 * SHARPNESS}
    asking.pad.canvas[-1]._handle_frontend_event(None, content, [])
    assert not asking._keeps.disabled
    asking._clears.click()
    assert asking.pad.is_empty
    assert asking._keeps.disabled


def test_empty_pad_keeps_nothing(asking, path):
    asking.keep()
    asking.forget()
    assert not path.exists()


def test_slip_is_deleted_and_asked_for_again(asking, path):
    keep(asking)
    wanted = asking.wanted
    keep(asking)
    asking._forgets.click()
    assert asking.wanted == wanted
    assert len(samples.read_lines(path)) == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_goes_on_where_it_was_left(asking, path):
    keep(asking)
    assert writing.WritingPad(path).wanted == asking.wanted
    keep(writing.WritingPad(path))
    assert len(samples.read_lines(path)) == 2


def test_file_of_something_else_is_left_alone(path):
    path.parent.mkdir()
    path.write_text("a diary")
    with pytest.raises(DrawingError, match="Line 1"):
        writing.WritingPad(path)
    assert path.read_text() == "a diary"


def test_page_gives_the_canvas_its_size(asking):
    assert asking.pad.canvas.layout.width == f"{PAD_SIDE}px"
