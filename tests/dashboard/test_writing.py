"""The pad that asks for digits: each one that is kept is on the disk at once."""

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
def writing_pad(path):
    return writing.WritingPad(path)


def buttons(writing_pad):
    return {
        name: getattr(writing_pad, f"_{name}_button")
        for name in ("keep", "clear", "delete")
    }


def keep(writing_pad):
    writing_pad.pad.put(SEVEN)
    writing_pad._keep_button.click()


def test_each_digit_is_requested_once_in_ten_and_saved_at_once(writing_pad, path):
    wanted = []
    for n in range(1, 21):
        wanted.append(writing_pad.wanted)
        assert f"Write a {wanted[-1]}" in writing_pad._prompt.value
        keep(writing_pad)
        kept = samples.read_lines(path)
        assert [each.label for each in kept] == wanted
        assert writing_pad._status.value == f"Digits kept: {n}"
        assert writing_pad.pad.is_empty
    assert sorted(wanted[:10]) == sorted(wanted[10:]) == [*range(10)]
    assert wanted[:10] != wanted[10:]
    assert (kept[0].writer, kept[0].style) == (ME, writing.STYLE)
    assert kept[0].strokes == tuple(map(tuple, SEVEN))


def test_drawing_with_the_mouse_enables_the_buttons(writing_pad):
    assert all(button.disabled for button in buttons(writing_pad).values())
    content = {"event": "mouse_down", "x": 50 * SHARPNESS, "y": 60 * SHARPNESS}
    writing_pad.pad.canvas[-1]._handle_frontend_event(None, content, [])
    assert not writing_pad._keep_button.disabled
    writing_pad._clear_button.click()
    assert writing_pad.pad.is_empty
    assert writing_pad._keep_button.disabled


def test_empty_pad_keeps_nothing(writing_pad, path):
    writing_pad.keep()
    writing_pad.forget()
    assert not path.exists()


def test_deleted_digit_is_requested_again(writing_pad, path):
    keep(writing_pad)
    wanted = writing_pad.wanted
    keep(writing_pad)
    writing_pad._delete_button.click()
    assert writing_pad.wanted == wanted
    assert len(samples.read_lines(path)) == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_continues_where_it_stopped(writing_pad, path):
    keep(writing_pad)
    assert writing.WritingPad(path).wanted == writing_pad.wanted
    keep(writing.WritingPad(path))
    assert len(samples.read_lines(path)) == 2


def test_other_file_is_not_changed(path):
    path.parent.mkdir()
    path.write_text("a diary")
    with pytest.raises(DrawingError, match="Line 1"):
        writing.WritingPad(path)
    assert path.read_text() == "a diary"


def test_page_gives_the_canvas_its_size(writing_pad):
    assert writing_pad.pad.canvas.layout.width == f"{PAD_SIDE}px"
