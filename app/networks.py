"""The networks that read for the app, each loaded on first use and then kept.

The API and the pages call `network` to get the one that a request asks for.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from digitlib.reading import Model, load_model, manifest


@dataclass(frozen=True)
class Network:
    """A network and what is known about it.

    Attributes:
        model: reads pictures.
        sha256: the hash of its file, as 64 hexadecimal digits.
        entry: its entry in `models/manifest.json`; empty for a network of your own.
        figures: its entry in `models/metrics.json`.
    """

    model: Model
    sha256: str
    entry: dict[str, Any]
    figures: dict[str, Any]


class Networks:
    """The networks by name. Several threads may use it at once.

    Attributes:
        default: the network that reads if the request names no other.
    """

    def __init__(self, default: str):
        self._loaded: dict[str, Network] = {}
        self._lock = threading.Lock()
        self.default = self.get(default)

    def get(self, name: str) -> Network:
        """Return a network by its name or path; only the first call loads it.

        Raises:
            ModelError: the network is missing or damaged; the message says what to do.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = _load(name)
            return self._loaded[name]


def network(name: str | None = None) -> Network:
    """Return the network of this name, or the app's own if there is no name."""
    networks: Networks = current_app.extensions["networks"]
    return networks.get(name) if name else networks.default


def _load(name: str) -> Network:
    model = load_model(name)
    path = Path(name)
    if path.suffix not in manifest.SUFFIXES:  # a shipped network
        path = manifest.MODELS / f"{name}.tflite"
    figures = manifest.read_json(path.parent / "metrics.json")
    return Network(
        model,
        manifest.sha256(path),
        manifest.read(path.parent).get(path.stem, {}),
        figures.get(path.stem, {}),
    )
