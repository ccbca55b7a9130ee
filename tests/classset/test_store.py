"""The store of the class set: saved at once, deleted for good, exported whole."""

import io
import os
import sqlite3
import stat
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitlib.__main__ import main
from digitlib.classset import database, samples, store
from digitlib.classset.export import FORMATS, serialise
from digitlib.classset.store import Counts, FullError, Store
from digitlib.errors import DataError, DrawingError
from digitlib.reading import ink
from tests.conftest import ONE, SEVEN
from tests.together import run_together


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


def test_long_drawings_fill_the_set_too(three, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 1000)
    with pytest.raises(FullError, match="full: it holds 3"):
        three.add(SOME[0])


def test_many_threads_lose_nothing(empty):
    writers = [f"{i:032x}" for i in range(8)]

    def give(writer):
        return [empty.add(make_sample(label, writer)) for label in range(10)]

    with ThreadPoolExecutor(8) as pool:
        assert set(map(tuple, pool.map(give, writers))) == {tuple(range(1, 11))}
    assert empty.counts() == Counts(80, 8, (8,) * 10)


GIVE = """
import sys
from digitlib.classset import Store
from tests.classset.test_store import make_sample
held = Store(sys.argv[1])
for label in range(10):
    held.add(make_sample(label, f"{sys.argv[2]}{label // 5}"))
    if label == 4:
        assert held.delete(f"{sys.argv[2]}0") == 5
"""


def test_processes_that_give_and_delete_lose_nothing(empty):
    run_together(GIVE, [(empty.path, writer) for writer in "abc"])
    assert empty.counts().drawings == 15
    assert {each.writer for each in empty.all()} == {"a1", "b1", "c1"}


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
    quick = [each.replace("FULL", "OFF") for each in database.PRAGMAS]
    monkeypatch.setattr(database, "PRAGMAS", quick)
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


def test_nothing_is_rewritten_if_nothing_is_deleted(three):
    before = three.path.stat().st_mtime_ns, content_of(three)
    assert three.delete("c" * 32) == 0
    assert (three.path.stat().st_mtime_ns, content_of(three)) == before


@contextmanager
def reader(path):
    """Another program that reads what is there now."""
    other = sqlite3.connect(path)
    other.execute("BEGIN")
    other.execute("SELECT * FROM written").fetchone()
    yield other
    other.close()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(database, "READERS_TIMEOUT", 0.01)


@pytest.mark.usefixtures("impatient")
def test_what_somebody_still_reads_is_erased_when_they_end(three):
    with reader(three.path) as other:
        assert three.delete("b" * 32) == 2
        assert not three.erase()
        assert b"b" * 32 in content_of(three)
        assert len(other.execute("SELECT * FROM written").fetchall()) == 3
    assert three.erase()
    assert b"b" * 32 not in content_of(three)
    assert three.all() == SOME[:1]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "use", [lambda each: each.add(SOME[0]), Store.create], ids=["add", "create"]
)
def test_the_next_use_erases_even_in_another_process(three, use):
    with reader(three.path):
        three.delete("b" * 32)
        three.close()
    other = Store(three.path)
    use(other)
    assert b"b" * 32 not in content_of(three)
    other.close()


def test_kill_between_deleting_and_rewriting_is_made_good(three, monkeypatch):
    monkeypatch.setattr(database, "erase", lambda connection, seconds: False)
    three.delete("b" * 32)
    three.close()
    monkeypatch.undo()
    assert Store(three.path).erase()
    assert b"b" * 32 not in content_of(three)


def test_what_was_added_last_is_deleted(three):
    number = three.newest()
    assert number == 3
    added = make_sample(3, "c" * 32)
    three.add(added)
    assert three.count_since(number) == 1
    assert three.delete_since(number) == 1
    assert three.all() == SOME
    assert Store.newest(three) == 3


def test_writer_is_deleted_by_the_name_in_exports(three):
    (newest, other) = three.writers()
    assert (newest.digits, other.digits) == (2, 1)
    assert three.delete_named("b" * 32) == 0  # that is the id
    assert three.delete_named(newest.name) == 2
    assert three.all() == SOME[:1]


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
    with pytest.raises(DataError, match=r"cannot be used \([^\[\]]+\): check"):
        Store(tmp_path).create()


def test_database_of_another_program_stays_as_it_is(tmp_path):
    path = tmp_path / "bookmarks.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (a)")
    other.close()
    with pytest.raises(DataError, match="another program"):
        Store(path).create()
    tables = sqlite3.connect(path).execute("SELECT name FROM sqlite_schema")
    assert tables.fetchall() == [("mine",)]


def test_set_of_the_version_before_is_used_on(tmp_path):
    path = tmp_path / "class.sqlite"
    old = sqlite3.connect(path)
    for statement in (*database.SCHEMA[1], "PRAGMA user_version = 1"):
        old.execute(statement)
    old.close()
    opened = Store(path)
    assert opened.add(SOME[0]) == 1
    assert opened.delete(SOME[0].writer) == 1
    opened.close()


@pytest.mark.parametrize("leave", [lambda path: None, Path.touch], ids=["no", "empty"])
def test_digit_is_not_acknowledged_into_a_file_that_is_gone(three, leave):
    for file in three.path.parent.iterdir():
        file.unlink()
    leave(three.path)
    assert three.add(SOME[0]) == 1  # the first of a new file
    assert Store(three.path).all() == SOME[:1]


def test_digit_whose_file_is_deleted_while_it_is_added_is_an_error(three, monkeypatch):
    count = store._count_with_one_more

    def delete(*arguments):
        for file in three.path.parent.iterdir():
            file.unlink()
        return count(*arguments)

    monkeypatch.setattr(store, "_count_with_one_more", delete)
    with pytest.raises(DataError, match="moved or deleted"):
        three.add(SOME[0])


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_only_its_owner_can_read_the_set(three):
    files = [three.path.parent, *three.path.parent.iterdir()]
    assert len(files) == 4  # the folder, the file, its log and its index
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}
    three.close()
    three.path.chmod(0o644)  # as an older digitlib left it
    three.create()
    assert stat.S_IMODE(three.path.stat().st_mode) == 0o600


def test_set_of_another_version_is_an_error(three):
    three.close()
    other = sqlite3.connect(three.path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(DataError, match="another version"):
        three.all()


def test_full_disk_keeps_the_earlier_samples(three):
    three.close()
    limit = "max_page_count = 5"  # of 4 KiB: what the file has
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "PRAGMAS", (*database.PRAGMAS, limit))
        long = make_sample(3, "c" * 32, [[(i % 280, i % 270) for i in range(5000)]])
        with pytest.raises(DataError, match="room"):
            three.add(long)
        assert three.all() == SOME
    three.close()
    assert three.add(long) == 1


# --- Exporting -----------------------------------------------------------------------


def renamed(stored):
    """Return the samples as exports name their writers."""
    first, second = (writer.name for writer in reversed(stored.writers()))
    names = {"a" * 32: first, "b" * 32: second}
    return [replace(each, writer=names[each.writer]) for each in SOME]


def test_lines_come_back_equal_but_for_the_writers_names(three, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 2)
    target = tmp_path / "class.jsonl"
    target.write_text("an older one")
    assert three.export(target) == 3
    assert samples.read_lines(target) == renamed(three)
    assert [file.name for file in tmp_path.glob("class*")] == ["class.jsonl"]


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_names_nobody_by_the_id_that_deletes(three, kind):
    content = b"".join(three.serialise(kind))
    if kind == ".npz":
        content = np.load(io.BytesIO(content))["writer"].tobytes().replace(b"\0", b"")
    name = three.writers()[0].name
    assert name.encode() in content
    assert three.delete(name) == 0
    for writer in ("a" * 32, "b" * 32):
        assert writer.encode() not in content
    assert Store(three.path).writers()[0].name == name  # and it stays the same


def test_the_same_writer_has_another_name_in_another_set(three, tmp_path):
    other = Store(tmp_path / "other.sqlite")
    other.add(SOME[0])
    assert not {each.name for each in other.writers()} & {
        each.name for each in three.writers()
    }
    other.close()


@pytest.mark.parametrize("kind", FORMATS)
def test_exporting_takes_little_memory_and_blocks_nobody(empty, kind):
    """The points of 80 long drawings would take 60 MB."""
    points = [[(i % 280, i % 270) for i in range(4000)]]
    for i in range(80):
        empty.add(make_sample(i % 10, f"{i:032x}", points))
    tracemalloc.start()
    pieces = empty.serialise(kind)
    first = next(pieces)
    assert empty.delete("f" * 32) == 0  # nobody waits
    size = len(first) + sum(map(len, pieces))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 1000
    assert most < 12_000_000


def test_deleting_meanwhile_leaves_an_export_whole(three):
    lines = three.lines()
    assert samples.from_line(next(lines)).label == 7
    three.delete("b" * 32)
    assert three.erase()  # the export holds nothing back
    lines.close()


@pytest.mark.parametrize("some", [SOME, []], ids=["three", "none"])
def test_arrays_have_the_shape_of_mnist(some):
    content = b"".join(serialise(map(samples.to_line, some), len(some), ".npz"))
    arrays = np.load(io.BytesIO(content), allow_pickle=False)
    n = len(some)
    images, labels, writers = samples.to_images(some)
    assert arrays["x"].shape == (n, 28, 28)
    assert arrays["x"].dtype == arrays["y"].dtype == np.uint8
    np.testing.assert_array_equal(arrays["x"], images)
    np.testing.assert_array_equal(arrays["y"], labels)
    np.testing.assert_array_equal(arrays["writer"], writers)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_first_piece_comes_before_the_last_drawing(kind):
    lines = iter([samples.to_line(SOME[0])] * 100)
    pieces = serialise(lines, 100, kind)
    assert next(pieces)
    assert len(list(lines)) > 50  # not yet asked for


def test_arrays_leave_out_who_came_later_and_miss_nobody():
    line = samples.to_line(SOME[0])
    content = b"".join(serialise([line] * 3, 2, ".npz"))
    with np.load(io.BytesIO(content)) as arrays:
        assert {len(arrays[name]) for name in ("x", "y", "writer")} == {2}
    pieces = serialise([line] * 3, 4, ".npz")
    with pytest.raises(DataError, match="deleted during the export"):
        list(pieces)


def test_a_file_of_before_stays_if_digits_are_deleted_meanwhile(
    three, tmp_path, monkeypatch
):
    target = tmp_path / "class.npz"
    target.write_text("an older one")
    monkeypatch.setattr(three, "lines", lambda: map(samples.to_line, SOME[:2]))
    with pytest.raises(DataError, match="deleted during the export"):
        three.export(target)
    assert [file.name for file in tmp_path.glob("class.npz*")] == ["class.npz"]
    assert target.read_text() == "an older one"


def test_pictures_are_what_was_drawn(three, tmp_path):
    three.export(tmp_path / "class.zip")
    with zipfile.ZipFile(tmp_path / "class.zip") as pictures:
        names = pictures.namelist()
        opened = [Image.open(pictures.open(name)) for name in names]
        for picture, each in zip(opened, SOME, strict=True):
            expected = ink.draw(each.strokes, pen_width=each.pen_width)
            np.testing.assert_array_equal(picture, expected)
    a, b, _ = (each.writer for each in renamed(three))
    assert names == [f"7_{a}_00001.png", f"1_{b}_00002.png", f"7_{b}_00003.png"]


def test_file_name_of_a_picture_is_not_a_path():
    sly = replace(SOME[0], writer="../../x y")
    content = b"".join(serialise([samples.to_line(sly)], 1, ".zip"))
    with zipfile.ZipFile(io.BytesIO(content)) as pictures:
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
