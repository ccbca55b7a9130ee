"""Finds the files of a batch by a pattern of their paths."""

import glob
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from digitlib.errors import DigitError

DEEP = "**"  # any depth of folders


def find(pattern: str) -> list[Path]:
    """Find the files whose path matches a pattern.

    Args:
        pattern: a path with `*`, `?` or `[...]`; `**` matches any depth of folders, and
            enters each folder once, however many links lead to it.

    Returns:
        The files, sorted, without folders and hidden files.

    Raises:
        DigitError: no file matches.

    Example:
        >>> find("scans/**/*.png")
        [PosixPath('scans/page1.png'), PosixPath('scans/monday/page2.png')]
    """
    found = set(_match(Path(os.path.expanduser(pattern))))
    files = sorted(path for path in found if path.is_file())
    if not files:
        raise DigitError(
            f"No file matches {pattern}: write 'folder/**/*.png', in quotes, for the"
            " pictures in a folder and in its subfolders."
        )
    return files


def _match(pattern: Path) -> Iterator[Path]:
    if DEEP not in pattern.parts:
        yield from map(Path, glob.iglob(str(pattern)))
        return
    place = pattern.parts.index(DEEP)
    before, after = pattern.parts[:place], pattern.parts[place + 1 :] or ("*",)
    for top in glob.iglob(str(Path(*before))):
        for folder in _folders(top):
            yield from _match(Path(glob.escape(folder), *after))


def _folders(top: str) -> Iterator[str]:
    """Yield a folder and all in it, each once; those that links lead to come last."""
    seen: set[str] = set()
    waiting = deque([top])
    while waiting:
        for folder, names, _ in os.walk(waiting.popleft()):
            real = os.path.realpath(folder)
            if real in seen:
                names.clear()
                continue
            seen.add(real)
            yield folder
            names[:] = sorted(name for name in names if not name.startswith("."))
            paths = [os.path.join(folder, name) for name in names]
            waiting.extend(path for path in paths if os.path.islink(path))
