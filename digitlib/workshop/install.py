"""Install the project without internet: `python3 install.py [FOLDER]`.

This file lies on a USB stick that `usb` filled, beside what it installs. It
needs Python and nothing else. Installing again over an older copy keeps what was made
there: trained networks under other names, the class set, your data.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

STICK = Path(__file__).resolve().parent


def main() -> None:
    """Check what is on the stick, copy it, install it, say how to start it."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path.home() / "digitlib")
    made_for = json.loads((STICK / "stick.json").read_text("utf-8"))
    _check_machine(made_for)
    _check_files()
    if folder.exists() and any(folder.iterdir()) and not (folder / "digitlib").is_dir():
        sys.exit(f"{folder} holds something else: name another folder.")
    print(f"Installing into {folder} ...", flush=True)
    shutil.copytree(STICK / "digitlib", folder, dirs_exist_ok=True)
    python = _install(folder.resolve(), made_for["extras"])
    print(f"Done. To start:\n  cd {folder}")
    print(f"  {python} -m digitlib demo        # the pages, on this machine")
    print(f"  {python} -m digitlib workshop --lan    # and for a class")
    if "learn" in made_for["extras"]:
        print(f"  {python} -m jupyterlab notebooks/00_index.ipynb    # the lessons")


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


def _check_files() -> None:
    """See that every file is what was packed."""
    for line in (STICK / "SHA256SUMS").read_text("utf-8").splitlines():
        expected, _, name = line.partition("  ")
        try:
            digest = hashlib.sha256((STICK / name).read_bytes()).hexdigest()
        except OSError:
            digest = "missing"
        if digest != expected:
            sys.exit(f"{name} is missing or damaged: fill the stick again.")


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
