"""Files written in one step: whoever looks finds the old one or the new one, whole.

Everything that must survive a kill, or is read while it is written, is written so:
manifest, tables, exports, sticks. Loads nothing heavy.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a place beside a file; what is written there takes the file's at the end.

    Where it does not come to that, the file stays as it was, and nothing lies beside.

    Args:
        path: of the file, which need not be there; its folder must be.

    Example:
        >>> with replacing(Path("figures.json")) as beside:
        ...     beside.write_text("{}")
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        yield beside
        sync(beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Have the disk hold a file before its name does."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
