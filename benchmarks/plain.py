"""Run the baseline of the benchmarks: Keras `predict` on a shrunk picture.

    python -m benchmarks.plain first FILE    reads it and prints the process's memory
    python -m benchmarks.plain measure       prints the figures of `reading` as JSON
    python -m benchmarks.plain serve PORT    serves a web app of twenty lines

It always runs in a process of its own, because it imports TensorFlow. The network is
our `cnn` as Keras saved it; only how it is run and how the picture is prepared differ.
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
    """Load our `cnn`, to be run by `keras.Model.predict`."""
    network = keras.models.load_model(manifest.MODELS / "cnn.keras", compile=False)
    return lambda glyphs: network.predict(glyphs, verbose=0)


def read(network: Network, content: bytes) -> str:
    """Read one digit, whatever is in the picture, which is only shrunk to 28 x 28."""
    glyph = shrink(Image.open(io.BytesIO(content)))
    return str(network(glyph[None])[0, :CLASSES].argmax())


def first(file: Path) -> None:
    """Read a file in a fresh process, and print the memory used, in MiB."""
    read(load(), file.read_bytes())
    print(psutil.Process().memory_info().rss // 2**20)


def measure_all() -> dict[str, list[float]]:
    """Measure the baseline as `reading.measure` does, also with LiteRT in its place."""
    network, litert = load(), load_model().probabilities
    with_litert = measure(litert, lambda content: read(litert, content), shares=False)
    figures = {f"{name}, LiteRT": seconds for name, seconds in with_litert.items()}
    return figures | measure(network, lambda content: read(network, content))


def serve(port: int) -> None:
    """Serve a web app as it is most often written, on the same server as ours."""
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
    """Run a command of the command line."""
    if command == "first":
        first(Path(arguments[0]))
    elif command == "serve":
        serve(int(arguments[0]))
    else:
        print(json.dumps(measure_all()))


if __name__ == "__main__":
    main(*sys.argv[1:])
