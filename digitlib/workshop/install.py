"""Install the project without internet: `python3 install.py [FOLDER]`.

This file lies on a USB stick that `usb` filled, beside what it installs. It
needs Python and nothing else. Only files that SHA256SUMS lists are installed, and they
are compared with it. Installing again over an older copy keeps what was made there:
trained networks under other names, the class set, your data.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

STICK = Path(__file__).resolve().parent
PROJECT = "digitlib/"
NEEDED = "stick.json", "install.py", "digitlib/pyproject.toml"
PACKAGES = (".whl", ".html", ".htm", ".zip", ".tar", ".gz", ".bz2", ".xz", ".tgz")
DAMAGED = "{} is missing or damaged: fill the stick again."


def main() -> None:
    """Install from the stick, or say in a sentence why that is not possible."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path.home() / "digitlib")
    try:
        _install_all(folder)
    except OSError as error:
        name = os.fsdecode(error.filename2 or error.filename or folder)
        sys.exit(
            f"{name} cannot be used ({error.strerror or error}): make room, or name"
            " another folder; then install again."
        )


def _install_all(folder: Path) -> None:
    """Check what is on the stick, copy it, install it, say how to start it."""
    made_for = _read_about()
    _check_machine(made_for)
    sums = _read_sums()
    _check_files(sums)
    if folder.exists() and not folder.is_dir():
        sys.exit(f"{folder} is a file: name another folder.")
    if folder.exists() and any(folder.iterdir()) and not (folder / "digitlib").is_dir():
        sys.exit(f"{folder} holds something else: name another folder.")
    print(f"Installing into {folder} ...", flush=True)
    for name in sums:
        if name.startswith(PROJECT):
            _copy(STICK / name, folder / name.removeprefix(PROJECT))
    python = _install(folder.resolve(), made_for["extras"])
    print(f"Done. To start:\n  cd {folder}")
    print(f"  {python} -m digitlib demo        # the pages, on this machine")
    print(f"  {python} -m digitlib workshop --lan    # and for a class")
    if "learn" in made_for["extras"]:
        print(f"  {python} -m jupyterlab notebooks/00_index.ipynb    # the lessons")


def _read_about() -> dict:
    """Read for which machines the stick was filled."""
    try:
        about = json.loads((STICK / "stick.json").read_text("utf-8"))
        return {key: about[key] for key in ("platform", "python", "extras")}
    except (OSError, ValueError, TypeError, KeyError):
        sys.exit(DAMAGED.format("stick.json"))


def _check_machine(made_for: dict) -> None:
    here = {
        "platform": sysconfig.get_platform(),
        "python": ".".join(map(str, sys.version_info[:2])),
    }
    if any(here[key] != made_for[key] for key in here):
        sys.exit(
            "This stick is for {platform} with Python {python}".format(**made_for)
            + ", this is {platform} with Python {python}.".format(**here)
        )


def _read_sums() -> dict[str, str]:
    """Read the names of all files of the stick, and their checksums."""
    try:
        lines = (STICK / "SHA256SUMS").read_text("utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    parts = [line.partition("  ") for line in lines]
    sums = {name: digest for digest, _, name in parts}
    if not all(name in sums for name in NEEDED):
        sys.exit(DAMAGED.format("SHA256SUMS"))
    return sums


def _check_files(sums: dict[str, str]) -> None:
    """See that every file is what was packed, and that pip will find no other."""
    for name, expected in sums.items():
        path = STICK / name
        try:
            is_inside = path.resolve() == STICK / name  # no link, and no ".."
            content = path.read_bytes() if is_inside else b""
        except OSError:
            is_inside, content = False, b""
        if not is_inside or hashlib.sha256(content).hexdigest() != expected:
            sys.exit(DAMAGED.format(name))
    for path in sorted((STICK / "wheels").glob("*")):
        if path.suffix in PACKAGES and f"wheels/{path.name}" not in sums:
            sys.exit(f"wheels/{path.name} was not packed with the rest: remove it.")


def _copy(source: Path, target: Path) -> None:
    """Copy a file in one step; a link in its place is replaced, not followed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    number, beside = tempfile.mkstemp(dir=target.parent, prefix=".digitlib-")
    os.close(number)
    try:
        shutil.copyfile(source, beside)
        shutil.copymode(source, beside)
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def _install(folder: Path, extras: list[str]) -> Path:
    """Make `.venv` and install from the wheels alone; the result is its Python."""
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = Path(".venv", scripts, "python")
    project = f".[{','.join(extras)}]" if extras else "."
    wheels = ["--no-index", f"--find-links={STICK / 'wheels'}"]
    pins = ["--constraint=requirements.txt"]
    pip = [str(folder / python), "-m", "pip", "install", "--quiet", *wheels, *pins]
    for command in ([sys.executable, "-m", "venv", ".venv"], [*pip, "-e", project]):
        if subprocess.run(command, cwd=folder, check=False).returncode:
            sys.exit(
                "It could not be installed, see above. On Debian or Ubuntu Python's"
                " venv is a package of its own: sudo apt install python3-venv"
            )
    (folder / ".venv" / ".demo").touch()  # so `make demo` has nothing to install
    return python


if __name__ == "__main__":
    main()
