"""The list of saved networks: where they are, what made them, what they were measured.

`models/manifest.json` has an entry for each shipped network: the SHA-256 of its files,
the versions and the command that made it, parameters and accuracies. Training writes
it, loading checks against it. Your own networks are listed beside it, in `own.json`.
Loads nothing heavy.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from digitlib import files
from digitlib.files import replacing, sync

MODELS = files.SHIPPED / "models"
SHIPPED = ("mlp", "lenet", "cnn")  # small to large
LISTING, OWN = "manifest.json", "own.json"  # of the shipped networks, and of yours
SUFFIXES = (".keras", ".tflite")  # each network is saved as both

Entry = dict[str, Any]


def read(folder: Path = MODELS) -> dict[str, Entry]:
    """Read the entries of all networks in a folder; without a manifest, none."""
    return read_json(folder / OWN) | read_json(folder / LISTING)


def read_json(path: Path) -> dict[str, Any]:
    """Read a file of the models' folder; where there is none, nothing."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_known(path: Path) -> bool:
    """Whether a saved network is the one that its folder's manifest lists.

    While new files are being moved into place, those that they replace count too.
    """
    entry = read(path.parent).get(path.stem, {})
    allowed = [entry.get("sha256", {}), entry.get("replaces", {})]
    return sha256(path) in [hashes.get(path.suffix) for hashes in allowed]


def publish(network: str, staging: Path, entry: Entry, folder: Path = MODELS) -> Entry:
    """Move a network's new files into place so that a kill at any moment does no harm.

    First the manifest allows the old and the new files, then each file is replaced in
    one step, then the old ones are struck out.

    Args:
        network: its name, and that of its files.
        staging: a folder on the same disk with the new files.
        entry: what to record beside their SHA-256.
        folder: where they go.

    Returns:
        The entry as recorded.
    """
    listing = folder / (LISTING if network in SHIPPED else OWN)
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
    """Write a file in one step: whoever looks finds the old one or the new one."""
    with replacing(path) as beside:
        text = json.dumps(content, indent=2, sort_keys=True)
        beside.write_text(text + "\n", "utf-8")
