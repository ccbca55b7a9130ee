"""The plain way, which ours is measured against: Keras `predict` on a shrunk picture.

    python -m benchmarks.plain first FILE    reads it, and says the process's memory
    python -m benchmarks.plain measure       the figures of `reading`, as JSON
    python -m benchmarks.plain serve PORT    a web app of twenty lines

Always in a process of its own, for it imports TensorFlow. The network is our `cnn`, as
Keras has saved it: what differs is how it is run, and how the picture is prepared.
"""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from benchmarks.comparison import shrink
from benchmarks.reading import measure
from digitlib.reading import load_model, manifest
from digitlib.reading.predict import CLASSES
from digitlib.training import keras

Network = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28, 1) -> (n, 10 or 11)


def load() -> Network:
    """Our `cnn`, run by `keras.Model.predict`."""
    network = keras.models.load_model(manifest.MODELS / "cnn.keras", compile=False)
    return lambda glyphs: network.predict(glyphs, verbose=0)


def read(network: Network, content: bytes) -> str:
    """One digit, whatever is in the picture: grey, shrunk to 28 x 28, and no more."""
    glyph = shrink(Image.open(io.BytesIO(content)))
    return str(network(glyph[None])[0, :CLASSES].argmax())


def first(file: Path) -> None:
    """Read a file in a fresh process, and print the memory that it took, in MiB."""
    read(load(), file.read_bytes())
    print(psutil.Process().memory_info().rss // 2**20)


def measure_all() -> dict[str, list[float]]:
    """What `reading.measure` measures, and a shrunk picture read by LiteRT."""
    network, light = load(), load_model().probabilities
    lightly = measure(light, lambda content: read(light, content), shares=False)
    figures = {f"{name}, LiteRT": seconds for name, seconds in lightly.items()}
    return figures | measure(network, lambda content: read(network, content))


def serve(port: int) -> None:
    """A web app as it is most often written, on the server that ours has."""
    import waitress
    from flask import Flask, request

    app, network = Flask(__name__), load()

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.post("/api/predict")
    def predict() -> dict:
        content = request.files["image"].read()
        return {"results": [{"text": read(network, content)}]}

    waitress.serve(app, host="127.0.0.1", port=port)


def main(command: str, *arguments: str) -> None:
    """Do what the command line says."""
    if command == "first":
        first(Path(arguments[0]))
    elif command == "serve":
        serve(int(arguments[0]))
    else:
        print(json.dumps(measure_all()))


if __name__ == "__main__":
    main(*sys.argv[1:])
