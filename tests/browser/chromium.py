"""Find a Chrome or Chromium on this machine; `--install` installs one if there is none.

The browser tests drive whatever this finds. `make test` runs it first.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ELSEWHERE = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("C:/Program Files/Google/Chrome/Application/chrome.exe"),
)
MISSING = (
    "No Chrome or Chromium was found, and none could be installed: install one, or"
    " leave the browser tests out with `make test BROWSER=no`."
)


def find() -> str | None:
    """The path of a browser, or None."""
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    return on_path or next((str(path) for path in ELSEWHERE if path.exists()), None)


def install() -> None:
    """Install Debian's package, where we may; elsewhere do nothing."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt = ["apt-get", "-qq", "-y", "--no-install-recommends"]
        subprocess.run([*apt, "update"], check=False)
        subprocess.run(
            [*apt, "install", "chromium"],
            check=False,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )


if __name__ == "__main__":
    if "--install" in sys.argv and not find():
        install()
    sys.exit(None if find() else MISSING)
