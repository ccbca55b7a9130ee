"""The store of the class set: saved at once, deleted for good, exported whole."""

import io
import sqlite3
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from digitlib.__main__ import main
from digitlib.classset import samples, store
from digitlib.classset.export import FORMATS, serialise
from digitlib.classset.store import Counts, FullError, Store
from digitlib.errors import DataError, DrawingError
from digitlib.reading import ink
from tests.conftest import ONE, SEVEN


def make_sample(label, writer="a" * 32, strokes=SEVEN, **others):
    strokes = tuple(map(tuple, strokes))
    return samples.Sample(strokes, label, writer, **others)


SOME = [
    make_sample(7, style="mouse"),
    make_sample(1, "b" * 32, ONE, style="finger", pen_width=20.5),
    make_sample(7, "b" * 32),
]


@pytest.fixture
def empty(tmp_path):
    opened = Store(tmp_path / "instance" / "class.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def three(empty):
    """Three digits of two writers."""
    for each in SOME:
        empty.add(each)
    return empty


def content_of(stored):
    """Return all bytes of the file and of the write-ahead log beside it."""
    files = stored.path.parent.glob(stored.path.name + "*")
    return b"".join(file.read_bytes() for file in files)


# --- Adding --------------------------------------------------------------------------


def test_what_was_added_comes_back_in_order(three):
    assert three.all() == SOME
    assert Store(three.path).all() == SOME  # from another connection
    assert store.read(three.path) == SOME


def test_adding_tells_how_many_the_writer_has(empty):
    assert [empty.add(each) for each in SOME] == [1, 1, 2]


def test_counts(three):
    digits = (0, 1, 0, 0, 0, 0, 0, 2, 0, 0)
    assert three.counts() == Counts(drawings=3, writers=2, digits=digits)


def test_new_set_is_empty_and_a_missing_one_is_an_error(empty):
    with pytest.raises(DataError, match="no class set"):
        empty.all()
    assert not empty.path.exists()
    empty.create()
    assert empty.all() == []
    assert empty.counts() == Counts(0, 0, (0,) * 10)


@pytest.mark.parametrize("strokes", [[], [[(2000, 2000)]]])
def test_drawing_without_ink_is_an_error(empty, strokes):
    with pytest.raises(DrawingError, match="nothing on the pad"):
        empty.add(make_sample(7, strokes=strokes))


def test_limits_of_a_writer_and_in_all(three, monkeypatch):
    monkeypatch.setattr(store, "MAX_PER_WRITER", 2)
    with pytest.raises(FullError, match="2 digits: that is enough"):
        three.add(SOME[2])
    assert three.add(SOME[0]) == 2  # by the other writer
    monkeypatch.setattr(store, "MAX_DRAWINGS", 4)
    with pytest.raises(FullError, match="full: it holds 4"):
        three.add(make_sample(3, "c" * 32))
    assert three.counts().drawings == 4


def test_many_threads_lose_nothing(empty):
    writers = [f"{i:032x}" for i in range(8)]

    def give(writer):
        return [empty.add(make_sample(label, writer)) for label in range(10)]

    with ThreadPoolExecutor(8) as pool:
        assert set(map(tuple, pool.map(give, writers))) == {tuple(range(1, 11))}
    assert empty.counts() == Counts(80, 8, (8,) * 10)


def test_reading_and_writing_do_not_block_each_other(three):
    other = sqlite3.connect(three.path)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    reading = other.execute("SELECT writer FROM written")
    reading.fetchone()  # the rest later
    three.add(SOME[0])
    assert len(reading.fetchall()) == 2
    other.close()


# --- Deleting ------------------------------------------------------------------------


def test_writer_is_deleted_and_the_others_stay(three):
    assert three.delete("b" * 32) == 2
    assert three.all() == SOME[:1]
    assert three.delete("b" * 32) == 0
    assert b"b" * 32 not in content_of(three)
    assert b"a" * 32 in content_of(three)


def test_nothing_deleted_remains_in_the_file(empty, monkeypatch):
    """Overwriting rows is not enough: SQLite leaves copies of rows that it moved."""
    quick = [each.replace("FULL", "OFF") for each in store.PRAGMAS]
    monkeypatch.setattr(store, "PRAGMAS", quick)
    random = np.random.default_rng(0)
    gone = set()
    for i in range(2000):  # with fewer, SQLite moves no rows
        writer = f"writer {random.integers(20):025}"
        if writer not in gone:
            points = [(50, 50), *random.uniform(0, 280, (random.integers(1, 60), 2))]
            empty.add(make_sample(i % 10, writer, [[tuple(p) for p in points]]))
        if random.random() < 0.01:
            gone.add(writer)
            empty.delete(writer)
    content = content_of(empty)
    assert len(gone) > 10
    assert not [writer for writer in gone if writer.encode() in content]


def test_everything_is_deleted_for_good(three):
    assert three.delete_all() == 3
    assert three.all() == []
    content = content_of(three)
    assert b"a" * 32 not in content
    assert b"b" * 32 not in content
    assert b"strokes" not in content
    assert three.add(SOME[0]) == 1


# --- Files that cannot be used -------------------------------------------------------


def test_other_file_is_an_error_and_stays_unchanged(tmp_path):
    text = tmp_path / "class.sqlite"
    text.write_text("no class set" * 100)
    with pytest.raises(DataError, match="cannot be used"):
        Store(text).create()
    assert text.read_text() == "no class set" * 100
    with pytest.raises(DataError, match="cannot be used"):
        Store(text / "inside.sqlite").create()


def test_set_of_another_version_is_an_error(three):
    three.close()
    other = sqlite3.connect(three.path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(DataError, match="another version"):
        three.all()


def test_full_disk_keeps_the_earlier_samples(three):
    three.close()
    limit = "max_page_count = 4"  # of 4 KiB: what the file has
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "PRAGMAS", (*store.PRAGMAS, limit))
        long = make_sample(3, "c" * 32, [[(i % 280, i % 270) for i in range(5000)]])
        with pytest.raises(DataError, match="room"):
            three.add(long)
        assert three.all() == SOME
    three.close()
    assert three.add(long) == 1


# --- Exporting -----------------------------------------------------------------------


def test_lines_come_back_equal(three, tmp_path):
    target = tmp_path / "class.jsonl"
    target.write_text("an older one")
    assert three.export(target) == 3
    assert samples.read_lines(target) == SOME
    assert [file.name for file in tmp_path.glob("class*")] == ["class.jsonl"]


@pytest.mark.parametrize("some", [SOME, []], ids=["three", "none"])
def test_arrays_have_the_shape_of_mnist(some):
    arrays = np.load(io.BytesIO(serialise(some, ".npz")), allow_pickle=False)
    n = len(some)
    images, labels, writers = samples.to_images(some)
    assert arrays["x"].shape == (n, 28, 28)
    assert arrays["x"].dtype == arrays["y"].dtype == np.uint8
    np.testing.assert_array_equal(arrays["x"], images)
    np.testing.assert_array_equal(arrays["y"], labels)
    np.testing.assert_array_equal(arrays["writer"], writers)


def test_pictures_are_what_was_drawn(three, tmp_path):
    three.export(tmp_path / "class.zip")
    with zipfile.ZipFile(tmp_path / "class.zip") as pictures:
        names = pictures.namelist()
        opened = [Image.open(pictures.open(name)) for name in names]
        for picture, each in zip(opened, SOME, strict=True):
            expected = ink.draw(each.strokes, pen_width=each.pen_width)
            np.testing.assert_array_equal(picture, expected)
    a, b = "a" * 32, "b" * 32
    assert names == [f"7_{a}_00001.png", f"1_{b}_00002.png", f"7_{b}_00003.png"]


def test_file_name_of_a_picture_is_not_a_path():
    sly = replace(SOME[0], writer="../../x y")
    with zipfile.ZipFile(io.BytesIO(serialise([sly], ".zip"))) as pictures:
        assert pictures.namelist() == ["7_------x-y_00001.png"]


def test_unknown_format_and_missing_folder_are_errors(three, tmp_path):
    with pytest.raises(DataError, match=r"\.jsonl \.npz \.zip"):
        three.export(tmp_path / "class.csv")
    with pytest.raises(DataError, match="cannot be written"):
        three.export(tmp_path / "missing" / "class.zip")


@pytest.mark.parametrize("kind", FORMATS)
def test_command_line_exports(three, tmp_path, capsys, kind):
    target = tmp_path / f"class{kind}"
    assert main(["class", "export", str(target), "--file", str(three.path)]) == 0
    assert str(target) in capsys.readouterr().out
    assert target.stat().st_size > 0


def test_command_line_without_a_class_set(tmp_path, capsys):
    missing = str(tmp_path / "no.sqlite")
    command = ["class", "export", str(tmp_path / "class.npz"), "--file", missing]
    assert main(command) == 1
    assert "no class set" in capsys.readouterr().err


def test_a_class_set_is_read_from_its_store_or_from_lines(tmp_path):
    sample = make_sample(7, style="finger", pen_width=12.5)
    held = Store(tmp_path / "class.sqlite")
    held.add(sample)
    held.close()
    (tmp_path / "class.jsonl").write_text(samples.to_line(sample) + "\n")
    for name in ("class.sqlite", "class.jsonl"):
        assert store.read(tmp_path / name) == [sample]
