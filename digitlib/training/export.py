"""Save a trained network as `.keras` for more training and `.tflite` for reading.

Every part of the project that reads loads the files written here. `digitlib export
NETWORK` rewrites the `.tflite` from the `.keras`.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from digitlib.errors import ModelError
from digitlib.files import SHIPPED
from digitlib.reading import ctc, manifest
from digitlib.reading.forms import SIDE
from digitlib.reading.line_network import open_network, read_network
from digitlib.reading.loading import load_model
from digitlib.reading.preprocess import to_glyphs
from digitlib.reading.strips import HEIGHT
from digitlib.training import data
from digitlib.training.backend import keras

MAX_DIFFERENCE = 1e-4  # between the probabilities of Keras and of LiteRT
MAX_ROUNDING = 0.02  # the same, where the weights are rounded to 8 bits
MAX_PAGE_ROUNDING = 0.1  # the same of single pixels
ABANDONED = 24 * 3600  # seconds; a network is saved in far fewer
COMPARED = (1, 20), (1, 160), (3, 64), (1, 320), (2, 1000), (1, 44)  # strips, width
EXPORT = (  # the program of the subprocess that exports with TensorFlow
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
    """Save a network as `<network>.keras` and `<network>.tflite`, checked to be equal.

    Args:
        model: the trained network; its optimizer's state is not saved.
        network: the name of the files and of the manifest's entry.
        glyphs: (n, 28, 28, 1) float32, on which the two files are compared.
        entry: what to record about the training.
        folder: where the files go, created if missing; None for `manifest.own_folder`.

    Returns:
        The manifest's entry: `entry` with checksums, versions, the number of parameters
        and the largest difference between the two files.

    Raises:
        ModelError: the two files give different probabilities, or the `.tflite` cannot
            be written; nothing is replaced.
    """
    folder = folder or manifest.own_folder()
    with _staging(folder) as staging:
        bare = type(model).from_config(model.get_config())  # without an optimizer
        bare.set_weights(model.get_weights())
        bare.save(staging / f"{network}.keras")
        entry = entry | {
            "max_difference": _add_tflite(network, staging, glyphs),
            "parameters": model.count_params(),
            "versions": _versions(),
        }
        return manifest.publish(network, staging, entry, folder)


def save_line(
    model: keras.Model, entry: manifest.Entry, folder: Path | None = None
) -> manifest.Entry:
    """Save the line network as `line.keras` and `line.tflite`, checked to be alike.

    The `.tflite` holds each weight in 8 bits, a quarter of the size, and takes a
    quarter of the time. Source: B. Jacob et al., "Quantization and training of neural
    networks for efficient integer-arithmetic-only inference" (CVPR 2018).

    Args:
        model: the trained network, in full precision.
        entry: what to record about the training.
        folder: as of `save`.

    Returns:
        The manifest's entry, as of `save`.

    Raises:
        ModelError: the two files differ by more than rounding at any width of a strip.
    """
    return _save_both(manifest.LINE, model, entry, folder, difference=_line_difference)


def save_page(
    model: keras.Model, entry: manifest.Entry, folder: Path | None = None
) -> manifest.Entry:
    """Save the page network as `save_line` saves the line network.

    Args:
        model: the trained network.
        entry: what to record about the training.
        folder: as of `save`.

    Returns:
        The manifest's entry, as of `save`.

    Raises:
        ModelError: the two files differ by more than rounding.
    """
    bare = type(model).from_config(model.get_config())  # without an optimizer
    bare.set_weights(model.get_weights())
    same = _without_shapes(bare)
    return _save_both(
        manifest.PAGE, bare, entry, folder, same=same, difference=_page_difference
    )


def save_form(
    model: keras.Model, entry: manifest.Entry, folder: Path | None = None
) -> manifest.Entry:
    """Save the form network as `form.keras` and `form.tflite`, both in full precision.

    It is so small that 8 bits would save neither time nor much space.

    Args:
        model: the trained network.
        entry: what to record about the training.
        folder: as of `save`.

    Returns:
        The manifest's entry, as of `save`.

    Raises:
        ModelError: the two files differ.
    """
    bare = type(model).from_config(model.get_config())  # without an optimizer
    bare.set_weights(model.get_weights())
    return _save_both(
        manifest.FORM,
        bare,
        entry,
        folder,
        difference=_form_difference,
        is_rounded=False,
    )


def _save_both(
    name: str,
    model: keras.Model,
    entry: manifest.Entry,
    folder: Path | None,
    *,
    same: keras.Model | None = None,
    difference: Callable[[keras.Model, Path], float],
    is_rounded: bool = True,
) -> manifest.Entry:
    """Save a network, and a copy for reading.

    Args:
        name: of the network.
        model: the trained network.
        entry: what to record about the training.
        folder: as of `save`.
        same: the network to export if it is not the one that is loaded again.
        difference: compares the two files.
        is_rounded: whether the weights of the copy have 8 bits.
    """
    import tensorflow as tf

    folder = folder or manifest.own_folder()
    with _staging(folder) as staging:
        keras_path, tflite_path = (
            staging / f"{name}{suffix}" for suffix in manifest.SUFFIXES
        )
        model.save(keras_path)
        saved = keras.models.load_model(keras_path, compile=False)
        (same or saved).export(
            tflite_path,
            format="litert",
            verbose=False,
            optimizations=[tf.lite.Optimize.DEFAULT] if is_rounded else [],
        )
        entry = entry | {
            "max_difference": difference(saved, tflite_path),
            "parameters": model.count_params(),
            "versions": _versions(),
        }
        return manifest.publish(name, staging, entry, folder)


def _without_shapes(model: keras.Model) -> keras.Model:
    """Return the same network, none of whose steps computes a shape while it runs.

    LiteRT.js cannot do such steps, and LiteRT is slow at them.
    """
    import tensorflow as tf

    class Enlarge(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return tf.nn.depth_to_space(tf.concat([x] * 4, -1), 2)

    class Unfold(keras.layers.Conv2D):
        def call(self, x: Any) -> Any:
            return tf.nn.depth_to_space(super().call(x), 4)

    def clone(layer: keras.Layer) -> keras.Layer:
        if isinstance(layer, keras.layers.UpSampling2D):
            return Enlarge(name=layer.name)
        if isinstance(layer, keras.layers.Conv2DTranspose):
            return Unfold(16 * layer.filters, 1, name=layer.name)
        return layer.from_config(layer.get_config())

    same = keras.models.clone_model(model, clone_function=clone)
    for layer in model.layers:
        weights = layer.get_weights()
        if isinstance(layer, keras.layers.Conv2DTranspose):
            kernel, bias = weights  # (4, 4, logits, channels), (logits,)
            kernel = np.moveaxis(kernel, 3, 0).reshape(1, 1, kernel.shape[3], -1)
            weights = [kernel, np.tile(bias, 16)]
        same.get_layer(layer.name).set_weights(weights)
    return same


def _page_difference(model: keras.Model, path: Path) -> float:
    """Compare probabilities on pages of two sizes."""
    network, random = open_network(path), np.random.default_rng(0)
    largest = 0.0
    for height, width in ((64, 192), (128, 64)):
        page = random.random((1, height, width, 1), np.float32)
        both = network(page), model.predict(page, verbose=0)
        told = [1 / (1 + np.exp(-logits)) for logits in both]
        largest = max(largest, float(np.abs(np.subtract(*told)).max()))
    if not largest < MAX_PAGE_ROUNDING:  # NaN must not pass
        raise ModelError(
            f"The exported page network differs from the trained one by {largest:.1e},"
            " so it was not saved."
        )
    return float(f"{largest:.1e}")


def _form_difference(model: keras.Model, path: Path) -> float:
    """Compare logits of one sign and of several."""
    network, random = open_network(path), np.random.default_rng(0)
    shown = random.random((4, SIDE, SIDE, 2), np.float32)
    expected = model.predict(shown, verbose=0)
    alone = np.concatenate([network(shown[i : i + 1]) for i in range(len(shown))])
    both = np.abs(alone - expected), np.abs(network(shown) - expected)
    largest = float(np.max(both))
    if not largest < MAX_DIFFERENCE:  # NaN must not pass
        raise ModelError(
            f"The exported form network differs from the trained one by {largest:.1e},"
            " so it was not saved."
        )
    return float(f"{largest:.1e}")


def _line_difference(model: keras.Model, path: Path) -> float:
    """Compare probabilities on strips of several widths, narrow to wide and back."""
    network, random = read_network(path), np.random.default_rng(0)
    largest = 0.0
    for n, width in COMPARED:
        strips = random.random((n, HEIGHT, width, 1), np.float32)
        both = network(strips), model.predict(strips, verbose=0)
        difference = np.abs(np.subtract(*map(ctc.softmax, both))).max()
        largest = max(largest, float(difference))
        if not largest < MAX_ROUNDING:  # NaN must not pass
            raise ModelError(
                f"The exported line network differs by {difference:.1e} from the"
                f" trained one at a width of {width}, so it was not saved."
            )
    return float(f"{largest:.1e}")


def export_again(network: str, folder: Path | None = None) -> manifest.Entry:
    """Rewrite a saved network's `.tflite` from its `.keras`, checked to be equal.

    This is for a network that an older digitlib exported without feature maps. Nothing
    is trained.

    Args:
        network: the name of the manifest's entry and of the files.
        folder: where the files are; None for `manifest.own_folder`.

    Returns:
        The manifest's entry with new checksums and a new difference.

    Raises:
        ModelError: the `.keras` is missing, damaged or not in the manifest, or the two
            files differ; nothing is replaced.
    """
    folder = folder or manifest.own_folder()
    path = folder / f"{network}.keras"
    if not path.is_file() or not manifest.is_known(path):
        raise ModelError(
            f"There is no {path} as the manifest beside it lists it: {manifest.REMEDY}."
        )
    old = manifest.read(folder)[network]
    entry = {key: old[key] for key in old.keys() - {"sha256", "replaces"}}
    (images, _), _ = data.load_sample()
    with _staging(folder) as staging:
        shutil.copy(path, staging)
        difference = _add_tflite(network, staging, to_glyphs(images[:1000]))
        entry = entry | {"max_difference": difference}
        return manifest.publish(network, staging, entry, folder)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Create a folder on the same disk for new files that are not checked yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".saving-*"):  # by a process that was killed
        with suppress(FileNotFoundError):  # another process removes it too
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as staging:
        yield Path(staging).resolve()


def _add_tflite(network: str, staging: Path, glyphs: np.ndarray) -> float:
    """Write the `.tflite` of a staged `.keras`, and return how much the two differ."""
    keras_path, tflite_path = (
        staging / f"{network}{suffix}" for suffix in manifest.SUFFIXES
    )
    if keras.backend.backend() == "tensorflow":
        _export(keras_path, tflite_path)
    else:
        _export_in_subprocess(keras_path, tflite_path)
    return float(f"{_max_difference(keras_path, tflite_path, glyphs):.1e}")


def _export(keras_path: Path, tflite_path: Path) -> None:
    """Export a `.keras` file as `.tflite`, in a process that runs TensorFlow."""
    network = keras.models.load_model(keras_path, compile=False)
    outputs = [*network.outputs, *_stages(network)]
    with_maps = keras.Model(network.inputs, outputs)
    with_maps.export(tflite_path, format="litert", verbose=False)


def _stages(network: keras.Model) -> list[keras.KerasTensor]:
    """Return the feature maps of each convolution stage, first to last.

    A stage ends where the maps get smaller. The output of its last ReLU is used, not
    the pooling after it, because it shows the same in more pixels.
    """
    last = {}
    for layer in network.layers:
        is_relu = getattr(layer, "activation", None) is keras.activations.relu
        if is_relu and len(layer.output.shape) == 4:
            last[layer.output.shape[1]] = layer.output  # (n, height, width, channels)
    return list(last.values())


def _export_in_subprocess(keras_path: Path, tflite_path: Path) -> None:
    """Export in a subprocess with TensorFlow, which gives the same file as TensorFlow.

    On PyTorch, Keras could export a network for one glyph at a time only, and would
    need one more package.
    """
    if find_spec("tensorflow") is None:
        raise ModelError(
            "The network was not saved: its .tflite file is written by TensorFlow,"
            " which is not installed: install the extra `learn` (see README, Train)."
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
