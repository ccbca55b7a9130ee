"""Where the project's files are, and how a file is written in one step.

Everything that must survive a kill, or is read while it is written, is written so that
whoever looks finds the old file or the new one, whole: manifest, tables, exports, USB
sticks. Loads nothing heavy.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PACKAGE = Path(__file__).parent
IS_INSTALLED = (_PACKAGE / "models").is_dir()  # from a wheel; else this is a checkout
# What the project ships beside its code (`models/`, `notebooks/`): in a checkout these
# folders lie beside the package, in an installed wheel within it.
SHIPPED = _PACKAGE if IS_INSTALLED else _PACKAGE.parent
# What its users make (`data/`, `instance/`, `my-digits/`, `.checkpoints/`): in the
# checkout, or in the folder in which they started an installed digitlib.
HOME = Path() if IS_INSTALLED else _PACKAGE.parent


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
