"""Is this machine ready for a class? What a presenter should know before it comes.

    models, data, ports, memory, network -> Findings -> a short list with remedies

`workshop` prints it, and begins only where nothing that it needs is missing.
Nothing here is downloaded or changed.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from digitlib.errors import DataError, DigitError, ModelError
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.training import data
from digitlib.workshop.capacity import CLASS, Capacity
from digitlib.workshop.serving import HOST, Page, check_port

MARKS = {"well": "ok", "warning": "! ", "wrong": "!!"}


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        subject: a word.
        says: a sentence; where all is not well, it names the remedy.
        state: "well", "warning" where it can begin all the same, or "wrong".
    """

    subject: str
    says: str
    state: str = "well"

    def __str__(self) -> str:
        return f"{MARKS[self.state]} {self.subject:<8} {self.says}"


def check_models(network: str) -> Finding:
    """See that the shipped networks are ours, and that the one to read with reads."""
    damaged = [path.name for path in _shipped() if not _is_ours(path)]
    if damaged:
        remedy = "bring them back with `git checkout models`."
        says = f"{', '.join(damaged)}: missing or damaged; {remedy}"
        return Finding("models", says, "wrong")
    try:
        name = load_model(network).name
    except ModelError as error:
        return Finding("models", str(error), "wrong")
    count = len(manifest.SHIPPED)
    says = f"{count} networks, checksums right; {name} reads."
    return Finding("models", says)


def check_data() -> Finding:
    """See that MNIST is there, for the lessons; the pages do not need it."""
    try:
        folder = next(iter(find_mnist().values())).parent
    except DataError as error:
        return Finding("data", f"{error} Only the lessons need it.", "warning")
    return Finding("data", f"MNIST is in {folder}, checksums right.")


def check_ports(pages: list[Page], host: str) -> Finding:
    """See that the pages can have their ports."""
    try:
        for page in pages:
            check_port(page, host)
    except DigitError as error:
        return Finding("ports", str(error), "wrong")
    ports = " and ".join(str(page.port) for page in pages)
    return Finding("ports", f"{ports} are free.")


def check_memory(available: int, room: Capacity) -> Finding:
    """See for how many visitors there is room."""
    free = f"{available / 2**30:.1f} GiB free"
    if room.visitors == 0:
        says = f"{free}: close other programs, no visitor has room."
        return Finding("memory", says, "wrong")
    says = (
        f"{free}: room for {room.visitors} visitors, {room.waiting} pads wait for them"
    )
    if room.visitors < CLASS:
        remedy = f"close other programs if a class of {CLASS} comes."
        return Finding("memory", f"{says}; {remedy}", "warning")
    return Finding("memory", f"{says}.")


def check_network(host: str) -> Finding:
    """See that other machines can find this one."""
    if host == HOST:
        says = "This machine is in no network: join the room's, or open a hotspot."
        return Finding("network", says, "wrong")
    return Finding("network", f"Others find this machine at {host}.")


def find_mnist() -> dict[str, Path]:
    """Find MNIST's four files without downloading.

    Returns:
        The path of each of `data.FILES`, by its name; every checksum was right.

    Raises:
        DataError: a file is missing or damaged; the message says what to do.
    """
    folder = data.find_local_folder() or _cache()
    files = {name: data.find_file(folder, name) for name in data.FILES}
    found = {name: path for name, path in files.items() if path}
    if not found:
        raise DataError(
            "MNIST is not on this machine: `make data` fetches it where there is"
            f" internet, or put its four files into {data.PROJECT_DATA} or the folder"
            " that DIGITLIB_DATA names."
        )
    for name in data.FILES:
        data.read_file(folder, name)  # looks at the checksum
    return found


def _cache() -> Path:
    """Where downloads are kept; without the package that downloads there are none."""
    if find_spec("pooch") is None:
        return data.PROJECT_DATA
    import pooch

    return Path(pooch.os_cache("digitlib"))


def _shipped() -> list[Path]:
    return [
        manifest.MODELS / f"{name}{suffix}"
        for name in manifest.SHIPPED
        for suffix in manifest.SUFFIXES
    ]


def _is_ours(path: Path) -> bool:
    return path.is_file() and manifest.is_known(path)
