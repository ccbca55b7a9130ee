"""Batches of scans: read in parallel, resumed after a kill, failed files listed."""

import os
import subprocess
import sys
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psutil
import pytest

from digitlib.batch import batch, patterns, tables
from digitlib.batch.batch import Summary
from digitlib.batch.workers import Workers
from digitlib.errors import DigitError
from digitlib.reading.loading import load_model
from tests import filing
from tests.together import hold_lock

STOPPED = 10  # rows
RUN = f"""
import itertools, sys, time
from pathlib import Path
from digitlib.batch import batch, patterns, tables

def stop(row, to_json=tables.to_json, count=itertools.count()):
    if next(count) == {STOPPED}:
        print("here", flush=True)
        time.sleep(60)
    return to_json(row)

if __name__ == "__main__":
    tables.to_json = stop
    batch.run(patterns.find(sys.argv[1]), Path(sys.argv[2]), workers=2)
"""


@pytest.fixture
def scans(seven, one, tmp_path):
    """A folder with a 7, a bad file, and a subfolder with a 1 and an empty page."""
    folder = tmp_path / "scans"
    (folder / "monday").mkdir(parents=True)
    seven.save(folder / "seven.png")
    one.save(folder / "monday" / "one.png")
    seven.point(lambda level: 255).save(folder / "monday" / "page.png")
    (folder / "bad.png").write_text("no picture")
    return folder


@pytest.fixture
def threads(monkeypatch):
    """Threads instead of processes, for tests that do not depend on the workers."""

    @contextmanager
    def start(count):
        with ThreadPoolExecutor(count) as executor:
            yield Workers(executor, count)

    monkeypatch.setattr(batch, "on_this_machine", start)


def rows_of(path):
    return {Path(row["file"]).name: row for row in tables.read(path)}


def pictures(folder):
    return patterns.find(f"{folder}/**/*.png")


def test_files_are_found_at_any_depth_and_sorted(scans):
    names = ["bad.png", "monday/one.png", "monday/page.png", "seven.png"]
    assert pictures(scans) == [scans / name for name in names]


def test_pattern_that_matches_nothing_is_explained(scans):
    with pytest.raises(DigitError, match=r"folder/\*\*/\*\.png"):
        patterns.find(f"{scans}/monday")


def test_each_folder_is_entered_once_whatever_links_say(tmp_path, seven):
    folder = tmp_path / "scans"
    (folder / "b").mkdir(parents=True)
    seven.save(folder / "b" / "7.png")
    (tmp_path / "other").mkdir()
    seven.save(tmp_path / "other" / "7.png")
    for link, target in (("a", "b"), ("loop", "."), ("z", "."), ("out", "../other")):
        (folder / link).symlink_to(target, target_is_directory=True)
    found = [folder / "b/7.png", folder / "out/7.png"]
    for pattern in ("**/*.png", "**/**/*.png", "**"):
        assert patterns.find(f"{folder}/{pattern}") == found


def test_pattern_may_be_relative_and_lie_in_a_folder_of_any_name(
    tmp_path, seven, monkeypatch
):
    (tmp_path / "a[1]*").mkdir()
    (tmp_path / "a[1]*" / ".hidden").mkdir()
    seven.save(tmp_path / "a[1]*" / "7.png")
    seven.save(tmp_path / "a[1]*" / ".hidden" / "7.png")
    monkeypatch.chdir(tmp_path)
    assert patterns.find("**/*.png") == [Path("a[1]*/7.png")]


def expect_all_read(summary, out, printed):
    """Check that the table has the same readings as `Model.read`, and the bad file."""
    assert summary == Summary(read=3, skipped=0, failed=1)
    rows = rows_of(out)
    assert list(rows) == ["bad.png", "one.png", "page.png", "seven.png"]
    reading = load_model().read(rows["seven.png"]["file"]).to_dict()
    (digit,) = rows["seven.png"]["digits"]
    assert rows["seven.png"]["text"] == "7"
    assert digit.items() <= reading["digits"][0].items()
    assert rows["one.png"]["text"] == "1"
    assert rows["page.png"]["message"].startswith("No ink")
    assert rows["bad.png"]["error"].startswith("The file is not a picture")
    assert f"bad.png: {rows['bad.png']['error']}" in printed.err
    assert printed.out == f"{out}: 3 read now, 0 before, 1 failed\n"


def test_processes_read_like_a_single_reading(scans, tmp_path, capsys):
    out = tmp_path / "readings.parquet"
    summary = batch.run(pictures(scans), out, workers=2)
    expect_all_read(summary, out, capsys.readouterr())
    assert sorted(tmp_path.iterdir()) == [out, scans]  # and nothing beside it


def test_cluster_reads_the_same(scans, tmp_path, capsys):
    from distributed import LocalCluster

    out = tmp_path / "readings.jsonl"
    own = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0")
    with own:
        summary = batch.run(pictures(scans), out, cluster=own.scheduler_address)
    expect_all_read(summary, out, capsys.readouterr())


@pytest.mark.usefixtures("threads")
def test_only_new_changed_or_failed_files_are_read_again(scans, one, tmp_path):
    out = tmp_path / "readings.csv"
    batch.run(pictures(scans), out)
    assert batch.run(pictures(scans), out) == Summary(read=0, skipped=3, failed=1)
    one.save(scans / "seven.png")
    os.utime(scans / "seven.png", (1, 1))
    one.save(scans / "new.png")
    (scans / "monday" / "page.png").unlink()
    assert batch.run(pictures(scans), out) == Summary(read=2, skipped=1, failed=1)
    texts = {name: row["text"] for name, row in rows_of(out).items()}
    assert texts == {
        **{"one.png": "1", "page.png": "", "bad.png": ""},
        **{"new.png": "1", "seven.png": "1"},
    }
    assert len(list(tables.read(out))) == 5  # no file twice


@pytest.mark.usefixtures("threads")
def test_another_network_reads_again(scans, tmp_path):
    out, files = tmp_path / "readings.csv", [scans / "seven.png"]
    batch.run(files, out)
    assert batch.run(files, out, network="mlp").read == 1
    assert [row["network"] for row in tables.read(out)] == ["mlp"]


@pytest.mark.slow
def test_killed_run_resumes_and_leaves_no_worker(seven, tmp_path):
    (tmp_path / "scans").mkdir()
    for i in range(30):
        seven.save(tmp_path / "scans" / f"{i:02}.png")
    pattern, out = f"{tmp_path}/scans/*.png", tmp_path / "readings.parquet"
    command = [sys.executable, "-c", RUN, pattern, str(out)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline()
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert len(workers) >= 2
    _, alive = psutil.wait_procs(workers, 10)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]
    assert not out.exists()
    part = tmp_path / "readings.parquet.part"
    with part.open("a") as file:
        file.write('{"file": "half a r')  # as if it had been killed while it wrote
    summary = batch.run(patterns.find(pattern), out, workers=1)
    assert summary == Summary(read=30 - STOPPED, skipped=STOPPED, failed=0)
    assert [row["text"] for row in tables.read(out)] == ["7"] * 30
    assert not part.exists()


def test_second_run_into_the_same_table_is_refused(scans, tmp_path):
    out = tmp_path / "readings.csv"
    with (
        hold_lock(out, tmp_path / "left"),
        pytest.raises(DigitError, match=r"Another run is writing .*readings\.csv"),
    ):
        batch.run(pictures(scans), out)


@pytest.mark.usefixtures("threads")
def test_files_of_that_name_are_left_alone(scans, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    out = tmp_path / "readings.csv"
    (tmp_path / "readings.csv.new").symlink_to(mine)
    batch.run(pictures(scans), out)
    assert (tmp_path / "readings.csv.new").is_symlink()
    part = tmp_path / "readings.csv.part"
    for create in (lambda: part.symlink_to(mine), lambda: part.write_text("mine")):
        create()
        with pytest.raises(DigitError, match="is in the way"):
            batch.run(pictures(scans), out, network="mlp")
        assert part.read_text() == mine.read_text() == "mine"
        part.unlink()


@pytest.mark.usefixtures("threads")
def test_table_that_is_a_link_stays_one(scans, tmp_path):
    (tmp_path / "store").mkdir()
    out = tmp_path / "readings.csv"
    out.symlink_to(tmp_path / "store" / "readings.csv")
    batch.run(pictures(scans), out)
    assert out.is_symlink()
    assert len(rows_of(tmp_path / "store" / "readings.csv")) == 4


@pytest.mark.skipif(os.name != "posix", reason="only there a name may be any bytes")
@pytest.mark.usefixtures("threads")
def test_files_with_odd_names_all_have_a_row_that_is_known_again(seven, tmp_path):
    names = [b"a\xff.png", b"a\xfe.png", b"=1+1.png", b"'=.png", b"n\n.png", b"\r.png"]
    folder = os.fsencode(tmp_path)
    for name in names:
        with open(os.path.join(folder, name), "wb") as file:
            seven.save(file, "PNG")
    files = pictures(tmp_path)
    for out in ("r.csv", "r.jsonl", "r.parquet"):
        assert batch.run(files, tmp_path / out).read == len(names)
        assert batch.run(files, tmp_path / out).skipped == len(names)
        assert len(rows_of(tmp_path / out)) == len(names)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")
@pytest.mark.usefixtures("threads")
def test_pipe_or_device_is_not_waited_for(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.png")
    files = [tmp_path / "pipe.png", Path("/dev/zero")]
    assert batch.run(files, tmp_path / "readings.csv").failed == 2
    assert capsys.readouterr().err.count("This is no file") == 2


@pytest.mark.usefixtures("threads")
def test_name_of_a_bad_file_does_nothing_to_the_terminal(tmp_path, capsys):
    bad = tmp_path / "\x1b[31m.png"
    bad.write_text("no picture")
    batch.run([bad], tmp_path / "readings.csv")
    err = capsys.readouterr().err
    assert r"\x1b[31m.png: The file is not a picture" in err
    assert "\x1b[31m" not in err


@pytest.mark.parametrize("seconds", [-1e9, 2**33, 2**40])
def test_date_of_any_century_is_no_fault(scans, seconds):
    os.utime(scans / "seven.png", (seconds, seconds))
    assert isinstance(batch._modified(scans / "seven.png"), str)


def test_output_that_is_something_else_stays_unchanged(scans, tmp_path):
    out = tmp_path / "readings.csv"
    out.write_text("name,age\n")
    with pytest.raises(DigitError, match="not a table of readings"):
        batch.run(pictures(scans), out)
    assert out.read_text() == "name,age\n"


class Slow(Executor):
    """An executor that reads only when waited for, and counts pending pictures."""

    def __init__(self):
        self.pending = self.most = 0

    def submit(self, function, *arguments):
        self.pending += 1
        self.most = max(self.most, self.pending)
        future = Future()
        future.finish = lambda: future.set_result(function(*arguments))
        return future

    def wait(self, futures, timeout):
        self.pending -= 1
        futures[0].finish()
        return wait(futures, timeout)


def test_few_pictures_are_in_memory(seven, tmp_path, monkeypatch):
    seven.save(tmp_path / "seven.png")
    executor = Slow()
    waiting = [(tmp_path / "seven.png", "")] * 20
    monkeypatch.setattr(batch, "wait", executor.wait)
    rows = list(batch._rows(waiting, "cnn", Workers(executor, 2)))
    assert [row["text"] for row in rows] == ["7"] * 20
    assert executor.most == 8


def die(content, network):
    """Stand in for a reading: the worker is killed, for example for lack of memory."""
    os._exit(1)


def test_killed_worker_ends_the_run_with_a_message(scans, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "read_content", die)
    with pytest.raises(DigitError, match="try fewer"):
        batch.run(pictures(scans), tmp_path / "readings.csv", workers=1)
    assert not (tmp_path / "readings.csv").exists()


def fail(content, network):
    """Stand in for a reading: what Dask raises if this project is not installed."""
    raise RuntimeError("Error during deserialization of the task graph.")


@pytest.mark.usefixtures("threads")
def test_cluster_without_the_project_is_reported(scans, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "read_content", fail)
    threads = nullcontext(Workers(ThreadPoolExecutor(1), 1))
    monkeypatch.setattr(batch, "on_cluster", lambda address: threads)
    with pytest.raises(DigitError, match="need the same version"):
        batch.run(pictures(scans), tmp_path / "readings.csv", cluster="tcp://x")
    with pytest.raises(DigitError, match=r"workers could not go on \(RuntimeError\)"):
        batch.run(pictures(scans), tmp_path / "readings.csv")


class Lost(Executor):
    """A cluster whose scheduler is gone: its answers never arrive."""

    def submit(self, function, *arguments):
        return Future()


def gone():
    raise ConnectionError


def test_lost_connection_ends_the_run_with_a_message(scans, tmp_path, monkeypatch):
    lost = nullcontext(Workers(Lost(), 1, gone))
    monkeypatch.setattr(batch, "on_cluster", lambda address: lost)
    monkeypatch.setattr(batch, "CHECK_SECONDS", 0.01)
    with pytest.raises(DigitError, match="was lost"):
        batch.run(pictures(scans), tmp_path / "readings.csv", cluster="tcp://x")


def press_ctrl_c(path):
    """Press Ctrl-C instead of reading the third file."""
    if path.name == "page.png":
        raise KeyboardInterrupt
    return path.read_bytes()


@pytest.mark.usefixtures("threads")
def test_ctrl_c_keeps_what_was_read(scans, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_content", press_ctrl_c)
    monkeypatch.setattr(batch, "PENDING_PER_WORKER", 1)
    out = tmp_path / "readings.csv"
    with pytest.raises(DigitError, match="Stopped"):
        batch.run(pictures(scans), out, workers=1)
    monkeypatch.undo()
    assert batch.run(pictures(scans), out, workers=1).skipped == 1


@pytest.mark.parametrize("place", ["predict.Model.read", "tiff.find_pages"])
def test_error_in_the_program_fails_only_that_file(seven, monkeypatch, caplog, place):
    """The table has a sentence, the log where it happened."""

    def fail(*_given):
        raise IndexError("index -1 is out of bounds")

    monkeypatch.setattr(f"digitlib.reading.{place}", fail)
    (row,) = batch.read_content(filing.tiff(seven), "cnn")
    assert (row["page"], row["pages"], row["text"]) == (1, 1, "")
    assert "makes the program fail" in row["error"]
    assert "index -1 is out of bounds" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.usefixtures("threads")
def test_every_page_has_a_row(seven, one, tmp_path, capsys):
    scan, bad = tmp_path / "a.pdf", tmp_path / "b.tif"
    scan.write_bytes(filing.scan(seven, one))
    bad.write_bytes(filing.damage_page(filing.tiff(seven, one, seven), 2))
    out = tmp_path / "readings.csv"
    assert batch.run([scan, bad], out) == Summary(read=1, skipped=0, failed=1)
    rows = [
        (Path(row["file"]).name, row["page"], row["pages"], row["text"])
        for row in tables.read(out)
    ]
    assert rows == [
        *[("a.pdf", 1, 2, "7"), ("a.pdf", 2, 2, "1")],
        *[("b.tif", 1, 3, "7"), ("b.tif", 2, 3, ""), ("b.tif", 3, 3, "7")],
    ]
    assert f"page 2 of {bad}: The picture is damaged" in capsys.readouterr().err
    bad.write_bytes(filing.tiff(one, seven))  # mended, and shorter
    assert batch.run([scan, bad], out) == Summary(read=1, skipped=1, failed=0)
    assert [row["text"] for row in tables.read(out)] == ["7", "1", "1", "7"]


@pytest.mark.usefixtures("threads")
def test_missing_or_huge_file_fails(scans, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "MAX_FILE_BYTES", 0)
    out = tmp_path / "readings.csv"
    files = [scans / "gone.png", scans / "seven.png"]
    assert batch.run(files, out).failed == 2
    errors = [row["error"] for row in tables.read(out)]
    assert errors[0] == "The file cannot be opened: No such file or directory."
    assert errors[1].startswith("The file is larger")


@pytest.mark.usefixtures("threads")
def test_long_list_of_failed_files_is_cut(scans, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(batch, "MAX_LISTED", 0)
    batch.run(pictures(scans), tmp_path / "readings.csv")
    assert "and 1 more" in capsys.readouterr().err


def test_missing_package_names_the_command(scans, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(DigitError, match=r"tqdm .*\n.*pip install"):
        batch.run(pictures(scans), tmp_path / "readings.csv")
