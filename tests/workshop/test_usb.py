"""A stick is filled, completed, checked, and installed from."""

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from digitlib.errors import DataError, DigitError
from digitlib.training import archives, data, sources
from digitlib.workshop import checks, install, usb, usb_data
from tests.together import hold_lock, run_together

PROJECT = """
[build-system]
requires = ["builder==1"]
[project]
dependencies = ["one", "two", "three"]
[project.optional-dependencies]
batch = ["four"]
learn = ["five"]
[tool.setuptools]
packages = ["digitlib", "digitlib.models"]
[tool.setuptools.package-dir]
"digitlib.models" = "models"
[tool.setuptools.package-data]
"digitlib.models" = ["cnn.*"]
"""
MADE_THERE = (
    *("data/own.png", ".venv/a", "instance/class.sqlite", "my-pictures/passport.jpg"),
    *("class.jsonl", "models/class.keras", "models/own.json", "notebooks/mine.ipynb"),
    "models/figures/class_mistakes.png",
)


def make_wheel(folder, name):
    """A package with nothing in it."""
    info = f"{name}-1.dist-info"
    wheel = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as content:
        header = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
        content.writestr(f"{info}/METADATA", header)
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        content.writestr(f"{info}/WHEEL", tags)
        content.writestr(f"{info}/RECORD", "")
    return wheel


class Shop:
    """Stands in for pip: makes the packages that are asked for, and are not there."""

    def __init__(self):
        self.fetched = []

    def __call__(self, wheels, packages, pins):
        for name in (package.partition("==")[0] for package in packages):
            if not (wheels / f"{name}-1-py3-none-any.whl").exists():
                self.fetched.append(make_wheel(wheels, name).name.partition("-")[0])


@pytest.fixture
def project(monkeypatch, tmp_path):
    """A small project, in no repository, with what should not be carried away."""
    folder = tmp_path / "project"
    for name in ("digitlib/x.py", "models/cnn.tflite", *MADE_THERE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "requirements.txt").write_text("")
    (tmp_path / "train").write_text("MNIST")
    monkeypatch.setattr(usb, "ROOT", folder)
    monkeypatch.setenv("DIGITLIB_DATA", str(tmp_path / "here"))
    monkeypatch.setattr(data, "PROJECT_DATA", folder / "data")
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache")
    monkeypatch.setattr(checks, "find_mnist", lambda: {"train": tmp_path / "train"})
    return folder


@pytest.fixture
def filled(project, tmp_path):
    usb.pack(tmp_path / "stick", download=Shop())
    return tmp_path / "stick"


def files_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_holds_project_mnist_packages_and_their_checksums(filled):
    files = files_in(filled)
    sums = files.pop("SHA256SUMS").decode().splitlines()
    assert set(files) == {
        "README.txt",
        "digitlib/data/train",
        "digitlib/digitlib/x.py",
        "digitlib/models/cnn.tflite",
        "digitlib/pyproject.toml",
        "digitlib/requirements.txt",
        "install.py",
        "stick.json",
        *(
            f"wheels/{name}-1-py3-none-any.whl"
            for name in ("builder", "one", "two", "three")
        ),
    }
    expected = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in files]
    assert sorted(sums) == sorted(expected)


def test_the_installer_is_a_program_of_its_own(filled, tmp_path):
    (filled / "digitlib/digitlib/x.py").unlink()
    command = [sys.executable, "-I", "install.py", tmp_path / "home"]
    done = subprocess.run(
        command, cwd=filled, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("digitlib/digitlib/x.py is missing")


def test_lessons_are_more_packages(project, tmp_path):
    shop = Shop()
    usb.pack(tmp_path / "stick", with_lessons=True, download=shop)
    assert {"four", "five"} <= set(shop.fetched)
    assert "and the lessons" in (tmp_path / "stick" / "README.txt").read_text()


def test_a_second_run_mends_what_is_missing_or_damaged_and_no_more(filled):
    whole = files_in(filled)
    (filled / "wheels/one-1-py3-none-any.whl").write_bytes(b"half a wheel")
    (filled / "digitlib/digitlib/x.py").write_text("old")
    (filled / "digitlib/data/train").unlink()
    untouched = (filled / "digitlib/pyproject.toml").stat().st_mtime_ns
    shop = Shop()
    usb.pack(filled, download=shop)
    assert shop.fetched == ["one"]
    assert set(files_in(filled)) == set(whole)
    assert files_in(filled)["digitlib/digitlib/x.py"] == b"digitlib/x.py"
    assert (filled / "digitlib/pyproject.toml").stat().st_mtime_ns == untouched


@pytest.mark.parametrize("repository", [False, True])
def test_what_was_made_there_is_not_carried_away(project, tmp_path, repository):
    """Nor does it matter whether the folder lies in a repository of something else."""
    if repository:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert usb._project() == [
        *("digitlib/x.py", "models/cnn.tflite", "pyproject.toml", "requirements.txt"),
    ]


# Needed by who changes the project, and by nobody who uses it from a stick.
NOT_PACKED = re.compile(
    r"(tests|web)/|\.(binder|ci|devcontainer|github)/|Dockerfile|Procfile"
    r"|\.(gitignore|dockerignore|pre-commit-config\.yaml|gitattributes)"
)


def test_the_whole_project_is_packed_and_nothing_that_git_does_not_know():
    """Whoever adds a file names it: in the wheel's data, in BESIDE or in NOT_PACKED."""
    command = ["git", "ls-files", "-z"]
    try:
        said = subprocess.run(command, cwd=usb.ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the project's repository")
    known = [name for name in os.fsdecode(said.stdout).split("\0") if name]
    there = {name for name in known if (usb.ROOT / name).is_file()}
    needed = {name for name in there if not NOT_PACKED.match(name)}
    packed = set(usb._project())
    assert needed <= packed
    assert not {name for name in packed - there if not name.endswith(".py")}


ANSWERS = "notebooks/solutions/01_data.ipynb", "teaching/quizzes/1_data.md"
WORDS = "teaching/glossary.md"


def test_a_copy_for_pupils_has_no_answers_but_the_words(project, tmp_path):
    for name in (*ANSWERS, WORDS, "notebooks/01_data.ipynb"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name)
    stick = tmp_path / "stick"
    usb.pack(stick, download=Shop())
    assert all((stick / "digitlib" / name).is_file() for name in (*ANSWERS, WORDS))
    usb.pack(stick, with_answers=False, download=Shop())
    assert (stick / "digitlib" / WORDS).is_file()
    assert (stick / "digitlib/notebooks/01_data.ipynb").is_file()
    assert not any((stick / "digitlib" / name).exists() for name in ANSWERS)
    assert "solutions" not in (stick / "SHA256SUMS").read_text()


def test_no_page_with_answers_is_left_in_the_pupils_copy():
    left_out = {*usb._project()} - {*usb._project(with_answers=False)}
    assert {
        f"notebooks/solutions/{n}.ipynb" for n in ("01_data", "06_numbers")
    } < left_out
    pages = {
        each.relative_to(usb.ROOT) for each in (usb.ROOT / "teaching").rglob("*.md")
    }
    assert {each.as_posix() for each in pages} - left_out == {WORDS}


def test_a_folder_of_somebody_else_is_left_alone(project, tmp_path):
    stick = tmp_path / "stick"
    mine = ("wheels/holiday.jpg", "README.txt", "install.py", "digitlib/x.py")
    for name in mine:
        (stick / name).parent.mkdir(parents=True, exist_ok=True)
        (stick / name).write_text("mine")
    before = files_in(stick)
    with pytest.raises(DigitError, match=r"did not write \(digitlib, wheels, install"):
        usb.pack(stick, download=Shop())
    assert files_in(stick) == before


def test_files_beside_it_and_put_into_it_stay_and_are_not_installed(project, tmp_path):
    stick = tmp_path / "stick"
    (stick / "photos").mkdir(parents=True)
    (stick / "photos" / "a.jpg").write_text("mine")
    usb.pack(stick, download=Shop())
    mine = ("wheels/holiday.jpg", "digitlib/digitlib/own.py")
    for name in mine:
        (stick / name).write_text("mine")
    usb.pack(stick, download=Shop())
    for name in ("photos/a.jpg", *mine):
        assert (stick / name).read_text() == "mine"
        assert name not in (stick / "SHA256SUMS").read_text()


def test_what_left_the_project_leaves_the_stick(project, filled):
    (project / "digitlib/x.py").rename(project / "digitlib/y.py")
    (project / "models/cnn.tflite").unlink()
    usb.pack(filled, download=Shop())
    assert not (filled / "digitlib/digitlib/x.py").exists()
    assert (filled / "digitlib/digitlib/y.py").exists()
    assert not (filled / "digitlib/models").exists()


def test_what_left_the_project_stays_if_somebody_changed_it(project, filled):
    (project / "models/cnn.tflite").unlink()
    (filled / "digitlib/models/cnn.tflite").write_text("changed")
    usb.pack(filled, download=Shop())
    assert (filled / "digitlib/models/cnn.tflite").read_text() == "changed"


@pytest.mark.parametrize("name", ["digitlib/digitlib/x.py", "SHA256SUMS", "wheels"])
def test_nothing_is_written_through_a_link(project, filled, tmp_path, name):
    outside = tmp_path / "outside"
    (filled / name).rename(outside)
    (filled / name).symlink_to(outside)
    with pytest.raises(DigitError, match="is a link"):
        usb.pack(filled, download=Shop())


@pytest.mark.parametrize("damage", ["", "{", '{"platform": "li'])
def test_a_stick_that_lost_its_description_is_filled_again(filled, damage):
    whole = files_in(filled)
    (filled / "stick.json").write_text(damage)
    usb.pack(filled, download=Shop())
    assert files_in(filled) == whole


def test_a_second_process_is_told(filled, tmp_path):
    with (
        hold_lock(filled / "SHA256SUMS", tmp_path / "left"),
        pytest.raises(DigitError, match="Another process is filling"),
    ):
        usb.pack(filled, download=Shop())


# Fills a folder again and again, each time in a process that is killed at a later line.
KILLS = """
import os, signal, subprocess, sys
from pathlib import Path
from digitlib import files
from digitlib.workshop import checks, usb, usb_data
from tests.workshop.test_usb import Shop

project, stick, mnist = map(Path, sys.argv[1:])
usb.ROOT = project
checks.find_mnist = lambda: {"train": mnist}
usb_data.find_people = lambda card: ({}, "")
CODE = {files.__file__, usb.__file__}

def die(after):
    def trace(frame, event, arg):
        nonlocal after
        after -= event == "line"
        if after == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace if frame.f_code.co_filename in CODE else None
    return trace

sys.stdout = open(os.devnull, "w")
for kills in range(1, 10_000, 7):
    (project / "digitlib/x.py").write_text(f"x = {kills}")
    child = os.fork()
    if not child:
        sys.settrace(die(kills))
        usb.pack(stick, download=Shop())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status == 0:
        break
print(kills // 7, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
def test_kills_at_forty_moments_leave_what_the_same_command_completes(
    project, tmp_path, run_installer
):
    arguments = [(project, tmp_path / "stick", tmp_path / "train")]
    run_together(KILLS, arguments)
    run_installer(tmp_path / "home")
    assert (tmp_path / "home/digitlib/x.py").read_text().startswith("x = ")
    assert not [*(tmp_path / "stick").rglob(".digitlib-*")]


def test_a_full_disk_is_one_sentence_and_nothing_half_stays(
    monkeypatch, project, tmp_path
):
    def copy(_source, target):
        target.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(usb.shutil, "copyfile", copy)
    with pytest.raises(DigitError, match=r"is full: make room\. .* same command again"):
        usb.pack(tmp_path / "stick", download=Shop())
    assert set(files_in(tmp_path / "stick")) == {"stick.json"}


def test_a_place_that_cannot_be_written_is_one_sentence(project, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DigitError, match="cannot be filled"):
        usb.pack(tmp_path / "file" / "stick", download=Shop())


def test_an_installed_package_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(usb, "IS_INSTALLED", True)
    with pytest.raises(DigitError, match=r"download .* run .* --pack .*stick$"):
        usb.pack(tmp_path / "stick")


def test_mnist_is_downloaded_if_it_is_not_there(monkeypatch, project, tmp_path):
    def find():
        if not loaded:
            raise DataError("MNIST is not on this machine")
        return {"train": tmp_path / "train"}

    loaded = []
    monkeypatch.setattr(checks, "find_mnist", find)
    monkeypatch.setattr(data, "load_mnist", lambda: loaded.append(True))
    usb.pack(tmp_path / "stick", download=Shop())
    assert (tmp_path / "stick/digitlib/data/train").read_text() == "MNIST"


def test_without_the_package_that_downloads_it_says_so(monkeypatch, project, tmp_path):
    def find():
        raise DataError("MNIST is not on this machine")

    monkeypatch.setattr(checks, "find_mnist", find)
    monkeypatch.setattr(usb_data, "find_spec", lambda name: None)
    with pytest.raises(DataError):
        usb.pack(tmp_path / "stick", download=Shop())


# --- digits by known people -----------------------------------------------------------


@pytest.fixture
def sets(monkeypatch, project, tmp_path):
    """Small sets of all sources, on this machine, and no internet to have others."""
    (project / "models/DATA.md").write_text("Who wrote this, and the licences.")
    for number, name in enumerate(sources.DIGESTS):
        arrays = {"number": np.arange(number)}
        path = tmp_path / "here" / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **arrays)
        monkeypatch.setitem(sources.DIGESTS, name, (sources.digest(arrays),))
    monkeypatch.setattr(sources, "RAW", "http://127.0.0.1:9/{}/{}/{}")
    monkeypatch.setattr(sources, "ARCHIVE", "http://127.0.0.1:9/{}/{}.tar.gz")
    return tmp_path / "here"


def test_sets_of_people_and_their_licences_are_taken_along(sets, tmp_path, capsys):
    usb.pack(tmp_path / "stick", download=Shop())
    there, sums = tmp_path / "stick/digitlib/data", tmp_path / "stick/SHA256SUMS"
    for name in sources.DIGESTS:
        copy, file = there / f"{name}.npz", sets / f"{name}.npz"
        assert copy.read_bytes() == file.read_bytes()
        assert f"  digitlib/data/{name}.npz\n" in sums.read_text()
    assert (there / "DATA.md").read_text() == "Who wrote this, and the licences."
    said = capsys.readouterr().out
    assert "people      9 files" in said
    assert (
        "The stick has MNIST, QMNIST's lists of writers, the Swiss digits, UNIPEN's pen"
        " strokes and Omniglot's characters.\n"
    ) in said


def test_the_installed_copy_finds_them_without_internet(
    sets, run_installer, monkeypatch, tmp_path
):
    run_installer(tmp_path / "home")
    shutil.rmtree(sets)
    monkeypatch.delenv("DIGITLIB_DATA")
    with pytest.raises(DataError, match="not on this machine"):
        sources.load(archives.SWISS)
    monkeypatch.setattr(data, "PROJECT_DATA", tmp_path / "home/data")
    for source in archives.PEOPLE:
        assert sources.is_here(source)
        assert len(sources.load(source)) == len(source.sets)


def test_a_missing_set_is_named_with_the_command_that_brings_it(
    sets, project, tmp_path, capsys
):
    shutil.rmtree(sets / "swiss")
    (sets / "unipen/signs.npz").unlink()  # so the rest of this source is not enough
    usb.pack(tmp_path / "stick", download=Shop())
    there = tmp_path / "stick/digitlib/data"
    assert {path.name for path in there.iterdir()} == {
        *("train", "mnist", "omniglot", "DATA.md"),
    }
    assert (
        "The stick has MNIST, QMNIST's lists of writers and Omniglot's characters but"
        " lacks the Swiss digits and UNIPEN's pen strokes: connect to the internet, run"
        " `digitlib data --people`, then use the same command again.\n"
    ) in capsys.readouterr().out


def test_a_damaged_set_is_not_taken_along(sets, project, tmp_path):
    (sets / "swiss/digits.npz").write_bytes(b"half")
    with pytest.raises(DataError, match=r"digits\.npz is incomplete"):
        usb.pack(tmp_path / "stick", download=Shop())


def test_without_the_package_that_downloads_they_are_found_all_the_same(
    sets, monkeypatch
):
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    files, _ = usb_data.find_people(sets / "card")
    assert set(files) == {*(f"{name}.npz" for name in sources.DIGESTS), "DATA.md"}


# --- pip itself, with a package of this machine ---------------------------------------


@pytest.fixture
def only_this_machine(monkeypatch, tmp_path):
    """Where pip looks for packages: one folder, with one package."""
    shop = tmp_path / "shop"
    shop.mkdir()
    make_wheel(shop, "one")
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": shop.as_uri()}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return shop


def test_pip_fetches_once(only_this_machine, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    usb._download(wheels, ["one"], None)
    assert [wheel.name for wheel in wheels.iterdir()] == ["one-1-py3-none-any.whl"]
    shutil.rmtree(only_this_machine)
    usb._download(wheels, ["one"], None)


def test_what_pip_cannot_have_is_named(only_this_machine, tmp_path):
    with pytest.raises(DigitError, match=r"requirement two .* same command again"):
        usb._download(tmp_path, ["two"], None)


def test_a_disk_that_is_full_for_pip_is_full(monkeypatch, project, tmp_path):
    said = "ERROR: Could not install: [Errno 28] No space left on device"
    done = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(usb.subprocess, "run", lambda *_args, **_options: done)
    monkeypatch.setattr(usb, "_project", lambda with_answers: [])
    with pytest.raises(DigitError, match="is full"):
        usb.pack(tmp_path / "stick")


def test_without_pip_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(usb, "find_spec", lambda name: None)
    with pytest.raises(DigitError, match="ensurepip"):
        usb._download(tmp_path, ["one"], None)


# --- Installing ----------------------------------------------------------------------


@pytest.fixture
def run_installer(monkeypatch, filled):
    """Installs from the stick; what it would have others do is listed."""

    def run(*arguments, status=0):
        commands = []

        def note(command, cwd, check):
            commands.append([str(word) for word in command])
            (cwd / ".venv").mkdir(exist_ok=True)
            return subprocess.CompletedProcess(command, status)

        monkeypatch.setattr(install, "STICK", filled)
        monkeypatch.setattr(install.subprocess, "run", note)
        monkeypatch.setattr(sys, "argv", ["install.py", *map(str, arguments)])
        install.main()
        return commands

    return run


def test_it_installs_from_the_stick_alone(run_installer, filled, tmp_path, capsys):
    venv, pip = run_installer(tmp_path / "home")
    assert venv == [sys.executable, "-m", "venv", ".venv"]
    assert {"--no-index", f"--find-links={filled / 'wheels'}"} <= set(pip)
    assert pip[-1] == "."
    assert (tmp_path / "home" / "data" / "train").read_text() == "MNIST"
    assert "-m digitlib demo" in capsys.readouterr().out


def test_what_was_made_there_stays(run_installer, tmp_path):
    run_installer(tmp_path / "home")
    (tmp_path / "home" / "digitlib" / "own.txt").write_text("mine")
    run_installer(tmp_path / "home")
    assert (tmp_path / "home" / "digitlib" / "own.txt").read_text() == "mine"


def test_only_what_is_listed_is_installed(run_installer, filled, tmp_path):
    (filled / "digitlib/digitlib/evil.py").write_text("import os")
    (filled / "digitlib/sitecustomize.py").symlink_to("/etc/hostname")
    run_installer(tmp_path / "home")
    made = set(files_in(tmp_path / "home"))
    assert not made & {"digitlib/evil.py", "sitecustomize.py"}
    make_wheel(filled / "wheels", "one.evil")
    with pytest.raises(SystemExit, match=r"wheels/one\.evil-1.* was not packed"):
        run_installer(tmp_path / "home")


def test_a_link_in_the_folder_is_replaced_and_not_followed(run_installer, tmp_path):
    run_installer(tmp_path / "home")
    outside = tmp_path / "precious"
    outside.write_text("precious")
    (tmp_path / "home/digitlib/x.py").unlink()
    (tmp_path / "home/digitlib/x.py").symlink_to(outside)
    run_installer(tmp_path / "home")
    assert outside.read_text() == "precious"
    assert (tmp_path / "home/digitlib/x.py").read_text() == "digitlib/x.py"


@pytest.mark.parametrize("name", ["stick.json", "SHA256SUMS", "install.py"])
@pytest.mark.parametrize("tenth", [*range(10), None])
def test_a_stick_cut_anywhere_is_a_sentence(
    run_installer, filled, tmp_path, name, tenth
):
    whole = (filled / name).read_bytes()
    (filled / name).unlink()
    if tenth is not None:
        (filled / name).write_bytes(whole[: len(whole) * tenth // 10])
    with pytest.raises(SystemExit, match=r"is missing or damaged: fill the stick"):
        run_installer(tmp_path / "home")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["../train", "/etc/hostname", "digitlib/../../train"])
def test_names_that_lead_out_of_the_stick_are_refused(
    run_installer, filled, tmp_path, name
):
    digest = hashlib.sha256((tmp_path / "train").read_bytes()).hexdigest()
    with (filled / "SHA256SUMS").open("a") as sums:
        sums.write(f"{digest}  {name}\n")
    with pytest.raises(SystemExit, match="is missing or damaged"):
        run_installer(tmp_path / "home")


def test_a_place_where_nothing_can_be_installed_is_a_sentence(
    run_installer, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="is a file: name another folder"):
        run_installer(tmp_path / "file")
    with pytest.raises(SystemExit, match="cannot be used"):
        run_installer(tmp_path / "file" / "home")

    def copy(source, target):
        raise OSError(errno.ENOSPC, "No space left on device", source, None, target)

    monkeypatch.setattr(install.shutil, "copyfile", copy)
    with pytest.raises(SystemExit, match=r"home/.* \(No space left on device\): make"):
        run_installer(tmp_path / "home")
    assert not files_in(tmp_path / "home")


def test_a_damaged_stick_is_not_installed(run_installer, filled, tmp_path):
    (filled / "digitlib/digitlib/x.py").write_text("bits are lost")
    with pytest.raises(SystemExit, match=r"digitlib/digitlib/x\.py is .* damaged"):
        run_installer(tmp_path / "home")
    (filled / "digitlib/digitlib/x.py").unlink()
    with pytest.raises(SystemExit, match=r"digitlib/digitlib/x\.py is missing"):
        run_installer(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_another_python_is_told_which(run_installer, filled, tmp_path):
    made_for = json.loads((filled / "stick.json").read_text())
    (filled / "stick.json").write_text(json.dumps(made_for | {"python": "3.5"}))
    with pytest.raises(SystemExit, match=r"with Python 3\.5, this is"):
        run_installer(tmp_path / "home")


def test_a_folder_with_something_else_is_left_alone(run_installer, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.odt").touch()
    with pytest.raises(SystemExit, match="holds something else"):
        run_installer(tmp_path / "home")


def test_a_failed_installation_says_what_may_be_missing(run_installer, tmp_path):
    with pytest.raises(SystemExit, match="python3-venv"):
        run_installer(tmp_path / "home", status=1)
