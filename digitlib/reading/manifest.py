"""List the saved networks: where they are, how they were made and how good they are.

`models/manifest.json` has an entry for each shipped network: the SHA-256 of its files,
the versions and the command that made it, its parameters and its accuracies. Training
writes the entry, and loading checks against it. Your own networks are listed beside it
in `own.json`. Several processes may save networks into one folder: whatever changes a
list holds its lock. This module loads nothing heavy.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from digitlib import files
from digitlib.errors import ModelError
from digitlib.files import locked, replacing, sync

MODELS = files.SHIPPED / "models"
# They take glyphs, and each reads better than the one before.
SHIPPED = ("mlp", "tiny", "lenet", "cnn")
LINE = "line"  # the network that takes strips, and works beside them
PAGE = "page"  # the network that tells writing from ruling, before them all
FORM = "form"  # the network that tells the lines of a form from ones, after them all
BESIDE = (LINE, PAGE, FORM)
LISTING, OWN = "manifest.json", "own.json"  # list the shipped networks and your own
SUFFIXES = (".keras", ".tflite")  # each network is saved as both
# What to do where a shipped file is missing or damaged.
REMEDY = (
    "install digitlib again"
    if files.IS_INSTALLED
    else "bring it back (`git checkout models`), or train it (`make train`)"
)
REMEDIES = {  # and where one of these files is damaged; it may be deleted otherwise
    LISTING: REMEDY,
    OWN: "move it away, and save your own networks again",
}
DELETE = "delete it, and write it again with the command that did"
BUSY = (
    "Another process is changing {} and does not finish: end it, then use the same"
    " command again."
)
WAIT = 60  # seconds for other processes, each of which takes much less than one
OLD_KEYS = {"least_confidence": "threshold", "views": "tta_rotations"}  # until 0.1.0
KINDS: dict[str, type | tuple[type, ...]] = {  # what loading relies on
    "sha256": dict,
    "replaces": list,
    "tta_rotations": list,
    "threshold": (int, float),
}

Entry = dict[str, Any]


def own_folder() -> Path:
    """Return the folder to which the user's own networks and figures are written.

    In a checkout it is `models/`, which also holds the shipped ones. Nothing is written
    to an installed package: there it is `models/` in the folder where digitlib was
    started.
    """
    return files.HOME / "models" if files.IS_INSTALLED else MODELS


def read(folder: Path = MODELS) -> dict[str, Entry]:
    """Read the entries of all networks in a folder; there are none without a list.

    Raises:
        ModelError: a list is damaged; the message says what to do.
    """
    entries: dict[str, Entry] = {}
    for path in (folder / OWN, folder / LISTING):
        listed = {name: _renew(entry) for name, entry in read_json(path).items()}
        if not all(map(_is_entry, listed.values())):
            raise ModelError(_damaged(path))
        entries |= listed
    return entries


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of the models' folder: an object of objects.

    Returns:
        Its content; a missing file is an empty object.

    Raises:
        ModelError: it is damaged; the message says what to do.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(_damaged(path)) from error
    if not isinstance(content, dict) or not all(
        isinstance(each, dict) for each in content.values()
    ):
        raise ModelError(_damaged(path))
    return content


def _damaged(path: Path) -> str:
    shown = path.relative_to(MODELS.parent) if path.parent == MODELS else path
    return f"{shown} is damaged: {REMEDIES.get(path.name, DELETE)}."


def _renew(entry: Entry) -> Entry:
    """Rename the keys of an entry that an older digitlib wrote to `own.json`."""
    entry = {OLD_KEYS.get(key, key): value for key, value in entry.items()}
    if isinstance(entry.get("replaces"), dict):
        entry["replaces"] = [{"sha256": entry["replaces"]}]
    return entry


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry[key], KINDS[key]) for key in entry.keys() & KINDS)
        and all(map(_is_entry, entry.get("replaces", [])))
    )


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_entry(path: Path) -> Entry | None:
    """Return the entry of a saved network's file, or None if no list has this content.

    While new files are being moved into place, and after a kill meanwhile, the files
    that they replace have their own entries still.
    """
    listed = read(path.parent).get(path.stem, {})
    digest = sha256(path)
    for entry in [listed, *listed.get("replaces", [])]:
        if entry.get("sha256", {}).get(path.suffix) == digest:
            return entry
    return None


def is_known(path: Path) -> bool:
    """Return whether a saved network is the one that its folder's manifest lists."""
    return find_entry(path) is not None


def publish(network: str, staging: Path, entry: Entry, folder: Path = MODELS) -> Entry:
    """Move a network's new files into place so that a kill at any moment does no harm.

    First the manifest lists both the new files and those in place, then each file is
    replaced in one step, and then the old ones are removed from the manifest.

    Args:
        network: the name of the network and of its files.
        staging: a folder on the same disk with the new files.
        entry: what to record beside the SHA-256 of the files.
        folder: where the files go.

    Returns:
        The entry as recorded.

    Raises:
        ModelError: the list of networks is damaged.
        DigitError: another process keeps the list locked.
    """
    listing = folder / (LISTING if network in (*SHIPPED, *BESIDE) else OWN)
    with changing(listing) as entries:
        new = [staging / f"{network}{suffix}" for suffix in SUFFIXES]
        entry = {"sha256": {path.suffix: sha256(path) for path in new}} | entry
        in_place = _list_files_in_place(network, folder)
        write_json(listing, entries | {network: entry | in_place})
        for path in new:
            sync(path)
            os.replace(path, folder / path.name)
        entries[network] = entry
    return entry


def _list_files_in_place(network: str, folder: Path) -> Entry:
    """Return what lists the files of before, whichever of them earlier kills left."""
    paths = [folder / f"{network}{suffix}" for suffix in SUFFIXES]
    found = [find_entry(path) for path in paths if path.is_file()]
    return {
        "replaces": [
            {key: value for key, value in entry.items() if key != "replaces"}
            for entry in found
            if entry
        ]
    }


@contextmanager
def changing(path: Path) -> Iterator[dict[str, Any]]:
    """Read a JSON file of a models' folder, and write it at the end.

    Meanwhile no other process changes it.

    Raises:
        ModelError: the file is damaged.
        DigitError: another process keeps the file locked.

    Example:
        >>> with changing(MODELS / "metrics.json") as figures:
        ...     figures["cnn"] = {"accuracy": 0.9}
    """
    with locked(path, BUSY.format(path), WAIT):
        content = read_json(path)
        yield content
        write_json(path, content)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file in one step: a reader finds the old file or the new one."""
    with replacing(path) as beside:
        text = json.dumps(content, indent=2, sort_keys=True)
        beside.write_text(text + "\n", "utf-8")
