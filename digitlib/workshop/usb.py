"""A folder for a USB stick, from which a machine without internet installs and runs.

    DIR/install.py    copies the project to the machine and installs it
    DIR/digitlib/     the project; its data/ holds MNIST, and digits by known people
    DIR/wheels/       the packages, for this kind of machine and this Python
    DIR/SHA256SUMS    of all of it: sticks do lose bits

`python -m digitlib workshop --pack DIR` fills it. The same command goes on where it was
stopped, keeps what is right, replaces what is damaged or old, and removes what it wrote
earlier and is no longer needed. Whatever else lies in DIR is left alone. The project is
what its wheel holds, and what `BESIDE` names: nothing that was made in its folder is
carried away.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from digitlib.errors import DigitError
from digitlib.files import HOME, IS_INSTALLED, locked, replacing
from digitlib.reading import manifest
from digitlib.workshop import usb_data

ROOT = HOME
LESSONS = ["batch", "learn"]  # the extras of pyproject.toml that the lessons need
BESIDE = (  # what the wheel does not hold, and the project's folder does
    *("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "README.md"),
    *("SECURITY.md", "Makefile", "pyproject.toml", "requirements.txt"),
    *("environment.yml", "gunicorn.conf.py", "benchmarks/*.py", "docs/*"),
    *("models/*.md", *(f"models/figures/{name}_*.png" for name in manifest.SHIPPED)),
    *("models/ablations.json", "models/comparison.json", "models/rejection.json"),
    *("models/lines.json", "models/form.keras", "models/line.keras"),
    "models/page.keras",
    *("notebooks/[0-9][0-9]_*.ipynb", "notebooks/facts.json"),
    *("notebooks/solutions/[0-9][0-9]_*.ipynb", "teaching/*.py", "teaching/*.css"),
    *("teaching/*.md", "teaching/quizzes/*.md", "teaching/worksheets/*.md"),
)
# What pupils need not have: all of these folders, but for the words of the lessons.
FOR_TEACHERS = "notebooks/solutions/", "teaching/"
FOR_PUPILS = "teaching/glossary.md"
SUMS, ABOUT = "SHA256SUMS", "stick.json"
OWN_NAMES = ("digitlib", "wheels", "install.py", "README.txt", ABOUT, SUMS)
NOT_OURS = (
    "{} holds what this command did not write ({}) and would overwrite: name an empty"
    " folder."
)
LINK = "{} is a link, through which nothing is written: remove it."
BUSY = "Another process is filling {}: wait for it, then use the same command again."
KEPT = "What is there is kept: run the same command again, and it goes on."
CHECKOUT = (
    "A USB stick is filled from the project's own folder, which this installed package"
    " does not have: download that folder, too, and run this command in it: python -m"
    " digitlib workshop --pack {}"
)
README = """\
Handwritten digits, taught and read: everything to install it without internet.

    python3 install.py            into the folder digitlib of your home
    python3 install.py FOLDER     or into another

For {platform} with Python {python}. It prints how to start the pages{lessons}.
"""

Download = Callable[[Path, list[str], Path | None], None]


def pack(
    folder: Path,
    with_lessons: bool = False,
    with_answers: bool = True,
    download: Download | None = None,
) -> int:
    """Fill a folder with the project, its data and packages, or complete it.

    Args:
        folder: where to; made if it is not there.
        with_lessons: the packages of the lessons too, which are many times as large.
        with_answers: the answers to the exercises and the teacher's pages too; an
            earlier run's are removed otherwise.
        download: fetches packages; None: pip does.

    Returns:
        The exit status, 0.

    Raises:
        DigitError: the folder is full or cannot be written, or something cannot be
            had; the message says what to do.
    """
    if IS_INSTALLED:
        raise DigitError(CHECKOUT.format(folder))
    extras = LESSONS if with_lessons else []
    with _saying_what_is_wrong(folder):
        _fill(folder, extras, with_answers, download or _download)
    print(f"Ready. Where there is no internet: python3 {folder / 'install.py'}")
    return 0


def _fill(
    folder: Path, extras: list[str], with_answers: bool, download: Download
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / SUMS, BUSY.format(folder)):
        before = _read_sums(folder)
        for left in folder.rglob(".digitlib-*.new"):  # by a run that was killed
            left.unlink()
        stick = _Stick(folder)
        made_for = {
            "platform": sysconfig.get_platform(),
            "python": ".".join(map(str, sys.version_info[:2])),
        }
        # First, as it says whose folder this is if nothing more can be written.
        stick.write(ABOUT, json.dumps({**made_for, "extras": extras}))
        names = _project(with_answers)
        project = [stick.copy(ROOT / each, f"digitlib/{each}") for each in names]
        _say("project", project)
        people, said = usb_data.find_people(ROOT / "models" / usb_data.CARD)
        for what, files in (("MNIST", usb_data.find_mnist()), ("people", people)):
            _say(
                what,
                [stick.copy(files[each], f"digitlib/data/{each}") for each in files],
            )
        _say("wheels", stick.fetch(extras, download))
        stick.copy(Path(__file__).with_name("install.py"), "install.py")
        lessons = " and the lessons" if "learn" in extras else ""
        stick.write("README.txt", README.format(**made_for, lessons=lessons))
        sums = {name: manifest.sha256(folder / name) for name in sorted(stick.written)}
        stick.write(SUMS, "".join(f"{each}  {name}\n" for name, each in sums.items()))
        _remove(folder, {name: before[name] for name in before.keys() - sums.keys()})
    print(said)


def _read_sums(folder: Path) -> dict[str, str]:
    """Return what an earlier run wrote, and its checksums.

    Raises:
        DigitError: in the folder lies what only another program can have written.
    """
    there = [name for name in OWN_NAMES if os.path.lexists(folder / name)]
    about, lines = _read(folder / ABOUT), _read(folder / SUMS).splitlines()
    is_listed = any(line.endswith(f"  {ABOUT}") for line in lines)
    if there and not is_listed and '"platform": ' not in about:
        raise DigitError(NOT_OURS.format(folder, ", ".join(there)))
    parts = [line.partition("  ") for line in lines]
    return {name: digest for digest, _, name in parts}


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def _remove(folder: Path, sums: dict[str, str]) -> None:
    """Remove files of an earlier run, unless somebody changed them since."""
    root = Path(os.path.realpath(folder))
    for name, digest in sums.items():
        path = folder / name
        is_inside = Path(os.path.realpath(path)) == root / name
        if is_inside and path.is_file() and manifest.sha256(path) == digest:
            path.unlink()
            for parent in path.relative_to(folder).parents[:-1]:
                with suppress(OSError):  # it holds something else
                    (folder / parent).rmdir()


class _Stick:
    """The folder while it is being filled.

    Attributes:
        written: the names of what belongs in it, from the folder on.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self.written: set[str] = set()

    def copy(self, source: Path, name: str) -> Path:
        """Copy a file in one step, unless it is there."""
        target = self._place(name)
        if not target.is_file() or manifest.sha256(source) != manifest.sha256(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target) as beside:
                shutil.copyfile(source, beside)
            shutil.copymode(source, target)  # not before: the source may be read-only
        return target

    def write(self, name: str, text: str) -> None:
        """Write a text in one step."""
        with replacing(self._place(name)) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")

    def fetch(self, extras: list[str], download: Download) -> list[Path]:
        """Throw damaged wheels away, then have the missing ones fetched."""
        wheels = self._folder / "wheels"
        wheels.mkdir(exist_ok=True)
        for wheel in wheels.glob("*.whl"):
            if not _is_whole(wheel):
                wheel.unlink()
        _fetch(wheels, extras, download)
        return [self._place(f"wheels/{each.name}") for each in wheels.glob("*.whl")]

    def _place(self, name: str) -> Path:
        path = self._folder / name
        if Path(os.path.realpath(path)) != Path(os.path.realpath(self._folder), name):
            raise DigitError(LINK.format(path))
        self.written.add(name)
        return path


def _project(with_answers: bool = True) -> list[str]:
    """Return the files of the project, from its folder on."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    settings = settings["tool"]["setuptools"]
    folders, data = settings.get("package-dir", {}), settings.get("package-data", {})
    patterns = [
        f"{_folder(package, folders)}/{pattern}"
        for package in settings["packages"]
        for pattern in ("*.py", *data.get(package, []))
    ]
    found = {path for each in (*patterns, *BESIDE) for path in ROOT.glob(each)}
    files = (path for path in found if path.is_file() and not path.is_symlink())
    names = sorted(path.relative_to(ROOT).as_posix() for path in files)
    return [
        name
        for name in names
        if with_answers or name == FOR_PUPILS or not name.startswith(FOR_TEACHERS)
    ]


def _folder(package: str, folders: dict[str, str]) -> str:
    """Return a package's folder, by setuptools' rule: its parent's may be named."""
    if package in folders or "." not in package:
        return folders.get(package, package)
    parent, _, name = package.rpartition(".")
    return f"{_folder(parent, folders)}/{name}"


def _fetch(wheels: Path, extras: list[str], download: Download) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["project"]["dependencies"]
    for extra in extras:
        packages += project["project"]["optional-dependencies"][extra]
    download(wheels, packages, ROOT / "requirements.txt")
    download(wheels, project["build-system"]["requires"], None)


def _is_whole(wheel: Path) -> bool:
    try:
        with zipfile.ZipFile(wheel) as content:
            return content.testzip() is None
    except (OSError, zipfile.BadZipFile, zlib.error):
        return False


def _download(wheels: Path, packages: list[str], pins: Path | None) -> None:
    """Have pip fetch packages; where all are there it asks nobody."""
    if find_spec("pip") is None:
        raise DigitError(f"pip is missing: {sys.executable} -m ensurepip brings it.")
    command = [sys.executable, "-m", "pip", "download", "--quiet"]
    command += ["--only-binary=:all:", f"--dest={wheels}", f"--find-links={wheels}"]
    command += [f"--constraint={pins}"] if pins else []
    for without_internet in (["--no-index"], []):
        done = subprocess.run(
            [*command, *without_internet, *packages],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
    if os.strerror(errno.ENOSPC) in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    reason = said[0].removeprefix("ERROR: ") if said else "pip did not say why"
    raise DigitError(
        f"The packages could not be fetched ({reason}). Is there internet here? {KEPT}"
    )


def _say(what: str, files: list[Path]) -> None:
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    print(f"{what:<8} {len(files):>4} files {megabytes:>7.1f} MB", flush=True)


@contextmanager
def _saying_what_is_wrong(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DigitError(
                f"The disk of {folder} is full: make room. {KEPT}"
            ) from error
        reason = error.strerror or error
        raise DigitError(f"{folder} cannot be filled ({reason}). {KEPT}") from error
