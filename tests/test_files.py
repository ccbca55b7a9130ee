"""A file is the old one or the new one, whole, and one process at a time writes it."""

import os
import stat

import pytest

from digitlib.errors import DigitError
from digitlib.files import locked, printable, replacing
from tests.together import hold_lock, run_together


def test_the_new_takes_the_place_of_the_old_at_the_end(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with replacing(path) as beside:
        beside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [*tmp_path.iterdir()] == [path]


def test_an_error_leaves_the_old_and_nothing_beside(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail():
        with replacing(path) as beside:
            beside.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_nobodys_file_is_overwritten_or_written_through(tmp_path):
    """Whatever names a user chose, the name beside the file is another one."""
    mine = tmp_path / "mine"
    mine.write_text("mine")
    path = tmp_path / "file.txt"
    for name in ("file.txt.new", "file.txt.part"):
        (tmp_path / name).symlink_to(mine)
    with replacing(path) as beside:
        assert beside.read_bytes() == b""
        beside.write_text("new")
    assert mine.read_text() == "mine"
    assert len([*tmp_path.iterdir()]) == 4


def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    path, link = tmp_path / "file.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to(path)
    with replacing(link) as beside:
        beside.write_text("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("a" * 255)
    with locked(path, "busy"), replacing(path) as beside:
        beside.write_text("new")
    assert [*tmp_path.iterdir()] == [path]


WRITE = """
path = Path(sys.argv[1])
for i in range(50):
    with replacing(path) as beside:
        beside.write_text(sys.argv[2] * 100_000)
    assert len(set(path.read_text())) == 1
    assert path.stat().st_size == 100_000
"""


def test_processes_that_replace_one_file_leave_a_whole_one(tmp_path):
    imports = "import sys; from pathlib import Path; from digitlib.files import *"
    run_together(imports + WRITE, [(tmp_path / "file.txt", each) for each in "abc"])
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


COUNT = """
import sys; from pathlib import Path; from digitlib.files import locked
path = Path(sys.argv[1])
for i in range(100):
    with locked(path, "busy", 60):
        path.write_text(str(int(path.read_text()) + 1))
"""


def test_only_one_process_has_the_lock(tmp_path):
    path = tmp_path / "number"
    path.write_text("0")
    run_together(COUNT, [(path,)] * 3)
    assert path.read_text() == "300"
    assert [*tmp_path.iterdir()] == [path]


def test_a_lock_makes_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError), locked(tmp_path / "no" / "x", "busy"):
        pass
    assert not [*tmp_path.iterdir()]


def test_the_second_process_is_told_and_a_kill_ends_the_lock(tmp_path):
    path = tmp_path / "file.txt"
    left = tmp_path / "left"
    with hold_lock(path, left) as process:
        assert left.read_text() == "half"
        with pytest.raises(DigitError, match="try later"), locked(path, "try later"):
            pass
        process.kill()
        process.wait()
    assert len([*tmp_path.glob(".digitlib-*.new")]) == 1  # what it was writing
    with locked(path, "try later"):
        assert not [*tmp_path.glob(".digitlib-*.new")]


def test_a_name_does_nothing_to_a_terminal():
    assert printable("Å 7.png") == "Å 7.png"
    assert printable("\x1b]0;x\x07\n\u202e\udcff.png") == (
        r"\x1b]0;x\x07\n\u202e\udcff.png"
    )
