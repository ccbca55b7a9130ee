"""Checks that tell a presenter whether this machine is ready for a class.

    models, data, ports, memory, network -> Findings -> a short list with remedies

`workshop` prints the list and starts only if nothing that it needs is missing. The
checks download and change nothing.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from digitlib.errors import DataError, DigitError, ModelError
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.training import data
from digitlib.training.archives import QMNIST, SWISS
from digitlib.training.sources import is_here
from digitlib.workshop.capacity import CLASS_SIZE, Capacity
from digitlib.workshop.serving import HOST, Page, check_port

MARKS = {"well": "ok", "warning": "! ", "wrong": "!!"}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        subject: what was checked, in a word.
        message: a sentence; if there is a problem, it names the remedy.
        state: "well", "warning" (a class can still begin), or "wrong".
    """

    subject: str
    message: str
    state: str = "well"

    def __str__(self) -> str:
        return f"{MARKS[self.state]} {self.subject:<8} {self.message}"


def check_models(network: str) -> Finding:
    """Check that the shipped networks are undamaged and that the chosen one reads."""
    damaged = [path.name for path in _shipped() if not _is_undamaged(path)]
    if damaged:
        message = f"{', '.join(damaged)}: missing or damaged; {manifest.REMEDY}."
        return Finding("models", message, "wrong")
    try:
        name = load_model(network).name
    except ModelError as error:
        return Finding("models", str(error), "wrong")
    count = len(manifest.SHIPPED)
    message = f"{count} networks, checksums correct; {name} reads."
    return Finding("models", message)


def check_data() -> Finding:
    """Check that MNIST is on this machine; only the lessons need it."""
    try:
        folder = next(iter(find_mnist().values())).parent
    except DataError as error:
        return Finding("data", f"{error} Only the lessons need it.", "warning")
    return Finding("data", f"MNIST is in {folder}, checksums correct.")


def check_people() -> Finding:
    """Check that the digits by known people are on this machine, for the lessons."""
    lessons = {QMNIST: "1, 4, 5 and 6", SWISS: "5 and 7"}
    lacking = [
        f"{source.title} are not on this machine (lessons {numbers})."
        for source, numbers in lessons.items()
        if not is_here(source)
    ]
    if lacking:
        remedy = "Where there is internet, `digitlib data --people` downloads them."
        return Finding("people", " ".join([*lacking, remedy]), "warning")
    return Finding("people", "the Swiss digits and the list of writers are here.")


def check_ports(pages: list[Page], host: str) -> Finding:
    """Check that the ports of the pages are free."""
    try:
        for page in pages:
            check_port(page, host)
    except DigitError as error:
        return Finding("ports", str(error), "wrong")
    ports = " and ".join(str(page.port) for page in pages)
    return Finding("ports", f"{ports} are free.")


def check_memory(available: int, capacity: Capacity) -> Finding:
    """Check for how many visitors there is enough memory.

    Args:
        available: free memory in bytes.
        capacity: what fits into it.
    """
    free = f"{available / 2**30:.1f} GiB free"
    if capacity.visitors == 0:
        message = f"{free}: not enough for a single visitor; close other programs."
        return Finding("memory", message, "wrong")
    message = f"{free}: room for {capacity.visitors} visitors"
    message += f", with {capacity.waiting} pads waiting for them"
    if capacity.visitors < CLASS_SIZE:
        remedy = f"close other programs if a class of {CLASS_SIZE} comes."
        return Finding("memory", f"{message}; {remedy}", "warning")
    return Finding("memory", f"{message}.")


def check_seats(available: int, seats: int, needed: int) -> Finding:
    """Check for how many pupils at a lesson there is enough memory.

    Args:
        available: free memory in bytes.
        seats: how many fit into it.
        needed: bytes for each.
    """
    message = f"{available / 2**30:.1f} GiB free: room for {seats} pupils"
    message += f", {needed / 2**20:.0f} MiB each"
    if seats == 0:
        message += "; close other programs"
    elif seats < CLASS_SIZE:
        message += f"; for a class of {CLASS_SIZE}, let them work in pairs"
    state = "wrong" if seats == 0 else "warning" if seats < CLASS_SIZE else "well"
    return Finding("memory", f"{message}.", state)


def check_lessons() -> Finding:
    """Check that the lessons' packages are installed."""
    if find_spec("keras") is None or find_spec("tensorflow") is None:
        message = "TensorFlow is not installed: lessons 3 and 7 need it, and one"
        return Finding("lessons", f"{message} section of lesson 5.", "warning")
    return Finding("lessons", "all their packages are installed.")


def check_network(host: str) -> Finding:
    """Check that other machines can reach this one."""
    if host == HOST:
        message = "This machine is in no network: join the local one or open a hotspot."
        return Finding("network", message, "wrong")
    return Finding("network", f"Others can reach this machine at {host}.")


def find_mnist() -> dict[str, Path]:
    """Find MNIST's four files without downloading them.

    Returns:
        The path of each file in `data.FILES`, by its name; all checksums are correct.

    Raises:
        DataError: a file is missing or damaged; the message says what to do.
    """
    folder = data.find_local_folder() or data.find_cache()
    files = {name: data.find_file(folder, name) for name in data.FILES}
    found = {name: path for name, path in files.items() if path}
    if not found:
        raise DataError(
            "MNIST is not on this machine: download it with `digitlib data`, or put its"
            f" four files into {data.PROJECT_DATA} or the folder that DIGITLIB_DATA"
            " names."
        )
    for name in data.FILES:
        data.read_file(folder, name)  # verifies the checksum
    return found


def _shipped() -> list[Path]:
    return [
        manifest.MODELS / f"{name}{suffix}"
        for name in manifest.SHIPPED
        for suffix in manifest.SUFFIXES
    ]


def _is_undamaged(path: Path) -> bool:
    return path.is_file() and manifest.is_known(path)
