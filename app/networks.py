"""The networks that answer, each loaded when it is first asked for, and then kept."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from digitlib.reading import Model, load_model, manifest


@dataclass(frozen=True)
class Network:
    """A network that answers, and what is known of it.

    Attributes:
        model: reads pictures.
        sha256: of its file, as 64 hexadecimal digits.
        entry: what `models/manifest.json` says of it; nothing of your own network.
        figures: what `models/metrics.json` says of it.
    """

    model: Model
    sha256: str
    entry: dict[str, Any]
    figures: dict[str, Any]


class Networks:
    """The networks by name. Many threads may ask at once.

    Attributes:
        default: the one that reads where no other is asked for.
    """

    def __init__(self, default: str):
        self._loaded: dict[str, Network] = {}
        self._lock = threading.Lock()
        self.default = self.get(default)

    def get(self, name: str) -> Network:
        """A network by its name or path, loaded at the first call only.

        Raises:
            ModelError: it is missing or damaged; the message says what to do.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = _load(name)
            return self._loaded[name]


def network(name: str | None = None) -> Network:
    """The network that the request asks for; without a name, that of the app."""
    networks: Networks = current_app.extensions["networks"]
    return networks.get(name) if name else networks.default


def _load(name: str) -> Network:
    model = load_model(name)
    path = Path(name)
    if path.suffix not in manifest.SUFFIXES:  # a shipped one
        path = manifest.MODELS / f"{name}.tflite"
    figures = manifest.read_json(path.parent / "metrics.json")
    return Network(
        model,
        manifest.sha256(path),
        manifest.read(path.parent).get(path.stem, {}),
        figures.get(path.stem, {}),
    )
