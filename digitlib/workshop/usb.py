"""A folder for a USB stick, from which a machine without internet installs and runs.

    DIR/install.py    copies the project to the machine and installs it
    DIR/digitlib/     the project; its data/ holds MNIST
    DIR/wheels/       the packages, for this kind of machine and this Python
    DIR/SHA256SUMS    of all of it: sticks do lose bits

`python -m digitlib workshop --pack DIR` fills it. The same command goes on where it was
stopped, keeps what is right, and replaces what is damaged or old.
"""

import errno
import hashlib
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
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from digitlib.errors import DataError, DigitError
from digitlib.files import HOME, IS_INSTALLED, replacing
from digitlib.reading import manifest
from digitlib.training import data
from digitlib.workshop import checks

ROOT = HOME
LESSONS = ["batch", "learn"]  # the extras of pyproject.toml that the lessons need
NOT_OURS = {
    *("build", "data", "instance", "my-digits", "test-results", "__pycache__"),
}
KEPT = "What is there is kept: run the same command again, and it goes on."
CHECKOUT = (
    "A USB stick is filled from the project's own folder, which this installed package"
    " does not have: run the same command in a checkout."
)
README = """\
Handwritten digits, taught and read: everything to install it without internet.

    python3 install.py            into the folder digitlib of your home
    python3 install.py FOLDER     or into another

For {platform} with Python {python}. It prints how to start the pages{lessons}.
"""

Download = Callable[[Path, list[str], Path | None], None]


def pack(
    folder: Path, with_lessons: bool = False, download: Download | None = None
) -> int:
    """Fill a folder with the project, MNIST and packages, or complete it.

    Args:
        folder: where to; made if it is not there.
        with_lessons: the packages of the lessons too, which are many times as large.
        download: fetches packages; None: pip does.

    Returns:
        The exit status, 0.

    Raises:
        DigitError: the folder is full or cannot be written, or something cannot be
            had; the message says what to do.
    """
    if IS_INSTALLED:
        raise DigitError(CHECKOUT)
    extras = LESSONS if with_lessons else []
    with _saying_what_is_wrong(folder):
        _fill(folder, extras, download or _download)
    print(f"Ready. Where there is no internet: python3 {folder / 'install.py'}")
    return 0


def _fill(folder: Path, extras: list[str], download: Download) -> None:
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    project = {file: folder / "digitlib" / file for file in _project_files()}
    _say("project", [_copy(ROOT / file, to) for file, to in project.items()])
    mnist = _find_mnist().values()
    _say("MNIST", [_copy(file, folder / "digitlib/data" / file.name) for file in mnist])
    _fetch(wheels, extras, download)
    _say("wheels", sorted(wheels.glob("*.whl")))
    _copy(Path(__file__).with_name("install.py"), folder / "install.py")
    made_for = {
        "platform": sysconfig.get_platform(),
        "python": ".".join(map(str, sys.version_info[:2])),
    }
    _write(folder / "stick.json", json.dumps({**made_for, "extras": extras}))
    lessons = " and the lessons" if "learn" in extras else ""
    _write(folder / "README.txt", README.format(**made_for, lessons=lessons))
    _write(folder / "SHA256SUMS", "".join(_sums(folder)))


def _project_files() -> list[Path]:
    """What belongs to the project, from its folder on: what git knows of.

    Where there is no git, as in a copy that came on a stick, all but what was made
    there later.
    """
    command = ["git", "ls-files", "-z"]
    try:
        said = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        files = [Path(os.fsdecode(name)) for name in said.stdout.split(b"\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        files = [file for file in files if not any(map(_is_made, file.parts))]
    return [file for file in files if (ROOT / file).is_file()]


def _is_made(name: str) -> bool:
    return name.startswith(".") or name in NOT_OURS or name.endswith(".egg-info")


def _find_mnist() -> dict[str, Path]:
    """MNIST's files, downloaded if need be."""
    try:
        return checks.find_mnist()
    except DataError:
        if find_spec("pooch") is None:  # which downloads
            raise
        data.load_mnist()
        return checks.find_mnist()


def _copy(source: Path, target: Path) -> Path:
    """Copy a file in one step, unless it is there."""
    if not target.is_file() or manifest.sha256(source) != manifest.sha256(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as beside:
            shutil.copyfile(source, beside)
        shutil.copymode(source, target)  # not before: the source may be read-only
    return target


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _fetch(wheels: Path, extras: list[str], download: Download) -> None:
    """Throw damaged wheels away, then have the missing ones fetched."""
    for wheel in wheels.iterdir():
        if not _is_whole(wheel):
            wheel.unlink()
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


def _sums(folder: Path) -> Iterator[str]:
    """Lines as `sha256sum` writes and checks them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "SHA256SUMS":
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield f"{digest}  {path.relative_to(folder).as_posix()}\n"


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
