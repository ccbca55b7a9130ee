"""A trained network into its two files: `.keras` to go on with, `.tflite` to read with.

Between training and every face of the project: what is written here is what they load.
`digitlib export NETWORK` writes the second anew from the first.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from digitlib.errors import ModelError
from digitlib.files import SHIPPED
from digitlib.reading import manifest
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import to_glyphs
from digitlib.training import data
from digitlib.training.backend import keras

MAX_DIFFERENCE = 1e-4  # between a probability of Keras and of LiteRT
EXPORT = (  # for a process of its own
    "import pathlib, sys; from digitlib.training import export;"
    " export._export(*map(pathlib.Path, sys.argv[1:]))"
)


def save(
    model: keras.Model,
    network: str,
    glyphs: np.ndarray,
    entry: manifest.Entry,
    folder: Path | None = None,
) -> manifest.Entry:
    """Save a network as `<network>.keras` and `<network>.tflite`, proved to be equal.

    Args:
        model: the trained network; its optimizer's state is not saved.
        network: the name of the files, and of the manifest's entry.
        glyphs: (n, 28, 28, 1) float32 to compare the two on.
        entry: what to record of the training.
        folder: where they go, made if it is not there; None for
            `manifest.own_folder`.

    Returns:
        The manifest's entry: `entry` with checksums, versions, parameters, difference.

    Raises:
        ModelError: the two give different probabilities, or the second could not be
            made; nothing is replaced.
    """
    folder = folder or manifest.own_folder()
    with _staging(folder) as staging:
        bare = type(model).from_config(model.get_config())  # without an optimizer
        bare.set_weights(model.get_weights())
        bare.save(staging / f"{network}.keras")
        entry = entry | {
            "max_difference": _add_twin(network, staging, glyphs),
            "parameters": model.count_params(),
            "versions": _versions(),
        }
        return manifest.publish(network, staging, entry, folder)


def export_again(network: str, folder: Path | None = None) -> manifest.Entry:
    """Write a saved network's `.tflite` anew from its `.keras`, proved to be equal.

    For one that an older digitlib exported, without feature maps: nothing is trained.

    Args:
        network: its name in the manifest, and that of its files.
        folder: where they are; None for `manifest.own_folder`.

    Returns:
        The manifest's entry: as it was, with new checksums and difference.

    Raises:
        ModelError: the `.keras` is missing, damaged or not in the manifest, or the two
            differ; nothing is replaced.
    """
    folder = folder or manifest.own_folder()
    path = folder / f"{network}.keras"
    if not path.is_file() or not manifest.is_known(path):
        raise ModelError(
            f"There is no {path} as the manifest beside it lists it: bring it back"
            f" (`git checkout models`), or train it (`make train NETWORK={network}`)."
        )
    old = manifest.read(folder)[network]
    entry = {key: old[key] for key in old.keys() - {"sha256", "replaces"}}
    (images, _), _ = data.load_sample()
    with _staging(folder) as staging:
        shutil.copy(path, staging)
        difference = _add_twin(network, staging, to_glyphs(images[:1000]))
        entry = entry | {"max_difference": difference}
        return manifest.publish(network, staging, entry, folder)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder on the same disk, for as long as the new files are not proved."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as staging:
        yield Path(staging).resolve()


def _add_twin(network: str, staging: Path, glyphs: np.ndarray) -> float:
    """Write the `.tflite` of a staged `.keras`, and tell how far the two differ."""
    keras_path, tflite_path = (
        staging / f"{network}{suffix}" for suffix in manifest.SUFFIXES
    )
    if keras.backend.backend() == "tensorflow":
        _export(keras_path, tflite_path)
    else:
        _export_elsewhere(keras_path, tflite_path)
    return float(f"{_max_difference(keras_path, tflite_path, glyphs):.1e}")


def _export(keras_path: Path, tflite_path: Path) -> None:
    """Write the `.tflite` twin of a `.keras` file; for TensorFlow's process only."""
    network = keras.models.load_model(keras_path, compile=False)
    outputs = [*network.outputs, *_stages(network)]
    twin = keras.Model(network.inputs, outputs)
    twin.export(tflite_path, format="litert", verbose=False)


def _stages(network: keras.Model) -> list[keras.KerasTensor]:
    """What each convolution stage gives, first to last: the maps that `predict` shows.

    A stage ends where the maps get smaller. Its last ReLU is taken, not the pooling
    after it: it says the same in more pixels.
    """
    last = {}
    for layer in network.layers:
        is_relu = getattr(layer, "activation", None) is keras.activations.relu
        if is_relu and len(layer.output.shape) == 4:
            last[layer.output.shape[1]] = layer.output  # (n, height, width, channels)
    return list(last.values())


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
        [sys.executable, "-c", EXPORT, keras_path, tflite_path],
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        cwd=SHIPPED,  # the same digitlib as here
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2]
        raise ModelError(
            f"The network was not saved: TensorFlow cannot export it ({reason})."
        )


def _max_difference(a: Path, b: Path, glyphs: np.ndarray) -> float:
    probabilities = [load_model(path).probabilities(glyphs) for path in (a, b)]
    difference = float(np.abs(probabilities[0] - probabilities[1]).max())
    if not difference < MAX_DIFFERENCE:  # NaN must not pass
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
