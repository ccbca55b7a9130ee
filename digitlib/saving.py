"""A trained network into its two files: `.keras` to go on with, `.tflite` to read with.

Between training and every face of the project: what is written here is what they load.
"""

import os
import platform
import subprocess
import sys
import tempfile
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
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
        ModelError: the two give different probabilities, or the second could not be
            made; nothing is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as staging:
        keras_path, tflite_path = (
            Path(staging).resolve() / f"{network}{suffix}"
            for suffix in manifest.SUFFIXES
        )
        bare = type(model).from_config(model.get_config())  # without an optimizer
        bare.set_weights(model.get_weights())
        bare.save(keras_path)
        if keras.backend.backend() == "tensorflow":
            _export(keras_path, tflite_path)
        else:
            _export_elsewhere(keras_path, tflite_path)
        difference = _largest_difference(keras_path, tflite_path, glyphs)
        entry = entry | {
            "parameters": model.count_params(),
            "largest_difference": float(f"{difference:.1e}"),
            "versions": _versions(),
        }
        return manifest.publish(network, Path(staging), entry, folder)


def _export(keras_path: Path, tflite_path: Path) -> None:
    """Write the `.tflite` twin of a `.keras` file; for TensorFlow's process only."""
    network = keras.models.load_model(keras_path, compile=False)
    network.export(tflite_path, format="litert", verbose=False)


def _export_elsewhere(keras_path: Path, tflite_path: Path) -> None:
    """Have a process with TensorFlow do it: from PyTorch Keras exports one glyph only.

    That way needs one more package, too; this one gives the file that TensorFlow would.
    """
    if find_spec("tensorflow") is None:
        raise ModelError(
            "The network was not saved: its .tflite file is written by TensorFlow,"
            " which is not installed. `make test` installs everything."
        )
    done = subprocess.run(
        [sys.executable, "-m", "digitlib.saving", keras_path, tflite_path],
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        cwd=Path(__file__).parents[1],  # the same digitlib as here
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise ModelError(
            f"The network was not saved: TensorFlow cannot export it ({reason})."
        )


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


if __name__ == "__main__":
    _export(*map(Path, sys.argv[1:]))
