"""A trained network into its two files: `.keras` to go on with, `.tflite` to read with.

Between training and every face of the project: what is written here is what they load.
"""

import platform
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np

from digitlib import manifest
from digitlib.backend import keras
from digitlib.errors import ModelError
from digitlib.predict import load_model

LARGEST_DIFFERENCE = 1e-4  # between a probability of Keras and of LiteRT


def save(
    model: keras.Model,
    network: str,
    glyphs: np.ndarray,
    entry: manifest.Entry,
    folder: Path = manifest.MODELS,
) -> manifest.Entry:
    """Save a network as `<network>.keras` and `<network>.tflite`, proved to be equal.

    Args:
        model: the trained network; its optimizer's state is not saved.
        network: the name of the files, and of the manifest's entry.
        glyphs: (n, 28, 28, 1) float32 to compare the two on.
        entry: what to record of the training.
        folder: where they go; made if it is not there.

    Returns:
        The manifest's entry: `entry` with checksums, versions, parameters, difference.

    Raises:
        ModelError: the two give different probabilities; nothing is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as staging:
        keras_path, tflite_path = (
            Path(staging) / f"{network}{suffix}" for suffix in manifest.SUFFIXES
        )
        bare = type(model).from_config(model.get_config())  # without an optimizer
        bare.set_weights(model.get_weights())
        bare.save(keras_path)
        bare.export(tflite_path, format="litert", verbose=False)
        difference = _largest_difference(keras_path, tflite_path, glyphs)
        entry = entry | {
            "parameters": model.count_params(),
            "largest_difference": float(f"{difference:.1e}"),
            "versions": _versions(),
        }
        return manifest.publish(network, Path(staging), entry, folder)


def _largest_difference(a: Path, b: Path, glyphs: np.ndarray) -> float:
    probabilities = [load_model(path).probabilities(glyphs) for path in (a, b)]
    difference = float(np.abs(probabilities[0] - probabilities[1]).max())
    if not difference < LARGEST_DIFFERENCE:  # NaN must not pass
        raise ModelError(
            f"The exported network differs from the trained one by {difference:.1e},"
            " so it was not saved: train again, or report this with your versions."
        )
    return difference


def _versions() -> dict[str, str]:
    backend = keras.backend.backend()
    packages = {name: version(name) for name in ("ai-edge-litert", "keras", "numpy")}
    packages[backend] = import_module(backend).__version__
    return {"python": platform.python_version(), **packages}
