"""Where the project's files are, and how they are written and locked.

Everything that must survive a kill, or is read while it is written, is written so that
whoever looks finds the old file or the new one, whole: manifest, tables, exports, USB
sticks. Where two processes may write the same file, the second is told. Loads nothing
heavy.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digitlib.errors import DigitError

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
    """Give an empty file beside a file; at the end it takes the file's place.

    Where it does not come to that, the file stays as it was, and nothing lies beside.
    The file beside it has a name that nobody had before. A link stays a link: what it
    leads to is replaced.

    Args:
        path: of the file, which need not be there; its folder must be.

    Example:
        >>> with replacing(Path("figures.json")) as beside:
        ...     beside.write_text("{}")
    """
    target = Path(os.path.realpath(path))
    beside = _beside(target, f"-{secrets.token_hex(8)}.new")
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield beside
        sync(beside)
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, busy: str, seconds: float = 0) -> Iterator[None]:
    """Keep other processes that lock the same file out, and remove what a kill left.

    The lock ends with the process, however that ends.

    Args:
        path: of the file, which need not be there; its folder must be.
        busy: what to say if another process has it.
        seconds: how long to wait for that process.

    Raises:
        DigitError: another process has it.
        OSError: its folder is missing or cannot be written.
    """
    from filelock import FileLock, Timeout

    target = Path(os.path.realpath(path))
    os.scandir(target.parent).close()  # raises without a folder; FileLock would make it
    lock = FileLock(_beside(target, ".lock"), timeout=seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise DigitError(busy) from error
    try:
        for left in target.parent.glob(f"{_beside(target, '-*.new').name}"):
            left.unlink(missing_ok=True)
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file
            os.unlink(lock.lock_file)  # who waits for it sees that, and makes a new one
        lock.release()


def sync(path: Path) -> None:
    """Have the disk hold a file before its name does."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def printable(text: str) -> str:
    r"""Return text that does nothing to a terminal, such as the name of any file.

    Example:
        >>> printable("\x1b[31m.png")
        '\\x1b[31m.png'
    """
    return "".join(
        each
        if each.isprintable()
        else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )


def _beside(path: Path, ending: str) -> Path:
    """Name a file of ours beside another, however long that one's name is."""
    name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    return path.with_name(f".digitlib-{name}{ending}")
