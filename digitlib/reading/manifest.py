"""List the saved networks: where they are, how they were made and how good they are.

`models/manifest.json` has an entry for each shipped network: the SHA-256 of its files,
the versions and the command that made it, its parameters and its accuracies. Training
writes the entry, and loading checks against it. Your own networks are listed beside it
in `own.json`. This module loads nothing heavy.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from digitlib import files
from digitlib.files import replacing, sync

MODELS = files.SHIPPED / "models"
SHIPPED = ("mlp", "lenet", "cnn")  # from small to large; they take glyphs
LINE = "line"  # the network that takes strips, and works beside them
LISTING, OWN = "manifest.json", "own.json"  # list the shipped networks and your own
SUFFIXES = (".keras", ".tflite")  # each network is saved as both
# What to do where a shipped file is missing or damaged.
REMEDY = (
    "install digitlib again"
    if files.IS_INSTALLED
    else "bring it back (`git checkout models`), or train it (`make train`)"
)
OLD_KEYS = {"least_confidence": "threshold", "views": "tta_rotations"}  # until 0.1.0

Entry = dict[str, Any]


def own_folder() -> Path:
    """Return the folder to which the user's own networks and figures are written.

    In a checkout it is `models/`, which also holds the shipped ones. Nothing is written
    to an installed package: there it is `models/` in the folder where digitlib was
    started.
    """
    return files.HOME / "models" if files.IS_INSTALLED else MODELS


def read(folder: Path = MODELS) -> dict[str, Entry]:
    """Read the entries of all networks in a folder; there are none without a list."""
    return _with_new_keys(read_json(folder / OWN)) | read_json(folder / LISTING)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of the models' folder; a missing file is an empty object."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _with_new_keys(entries: dict[str, Entry]) -> dict[str, Entry]:
    """Rename the keys of entries that an older digitlib wrote to `own.json`."""
    return {
        network: {OLD_KEYS.get(key, key): value for key, value in entry.items()}
        for network, entry in entries.items()
    }


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_known(path: Path) -> bool:
    """Return whether a saved network is the one that its folder's manifest lists.

    While new files are being moved into place, the files that they replace count too.
    """
    entry = read(path.parent).get(path.stem, {})
    allowed = [entry.get("sha256", {}), entry.get("replaces", {})]
    return sha256(path) in [hashes.get(path.suffix) for hashes in allowed]


def publish(network: str, staging: Path, entry: Entry, folder: Path = MODELS) -> Entry:
    """Move a network's new files into place so that a kill at any moment does no harm.

    First the manifest allows both the old and the new files, then each file is replaced
    in one step, and then the old files are removed from the manifest.

    Args:
        network: the name of the network and of its files.
        staging: a folder on the same disk with the new files.
        entry: what to record beside the SHA-256 of the files.
        folder: where the files go.

    Returns:
        The entry as recorded.
    """
    listing = folder / (LISTING if network in (*SHIPPED, LINE) else OWN)
    entries = read_json(listing)
    old = entries.get(network, {}).get("sha256", {})
    files = [staging / f"{network}{suffix}" for suffix in SUFFIXES]
    entry = {"sha256": {path.suffix: sha256(path) for path in files}} | entry
    write_json(listing, entries | {network: entry | {"replaces": old}})
    for path in files:
        sync(path)
        os.replace(path, folder / path.name)
    write_json(listing, entries | {network: entry})
    return entry


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file in one step: a reader finds the old file or the new one."""
    with replacing(path) as beside:
        text = json.dumps(content, indent=2, sort_keys=True)
        beside.write_text(text + "\n", "utf-8")
