"""A stick is filled, completed, checked, and installed from."""

import errno
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile

import pytest

from digitlib.errors import DataError, DigitError
from digitlib.training import data
from digitlib.workshop import checks, install, usb

PROJECT = """
[build-system]
requires = ["builder==1"]
[project]
dependencies = ["one", "two", "three"]
[project.optional-dependencies]
batch = ["four"]
learn = ["five"]
"""


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
    for name in ("digitlib/x.py", "data/own.png", ".venv/a", "instance/class.sqlite"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(name)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "requirements.txt").write_text("")
    (tmp_path / "train").write_text("MNIST")
    monkeypatch.setattr(usb, "ROOT", folder)
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


def test_only_what_git_knows_is_carried_away(project, filled):
    for command in (["init", "-q"], ["add", "pyproject.toml"]):
        subprocess.run(["git", *command], cwd=project, check=True)
    assert [str(file) for file in usb._project_files()] == ["pyproject.toml"]


def test_a_full_disk_is_one_sentence_and_nothing_half_stays(
    monkeypatch, project, tmp_path
):
    def copy(_source, target):
        target.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(usb.shutil, "copyfile", copy)
    with pytest.raises(DigitError, match=r"is full: make room\. .* same command again"):
        usb.pack(tmp_path / "stick", download=Shop())
    assert not files_in(tmp_path / "stick")


def test_a_place_that_cannot_be_written_is_one_sentence(project, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DigitError, match="cannot be filled"):
        usb.pack(tmp_path / "file" / "stick", download=Shop())


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
    monkeypatch.setattr(usb, "find_spec", lambda name: None)
    with pytest.raises(DataError):
        usb.pack(tmp_path / "stick", download=Shop())


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
    monkeypatch.setattr(usb, "_project_files", list)
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
