"""Find, check and load a saved network; nothing else in the project loads one.

Serving runs the exported network with LiteRT, so that neither TensorFlow nor Keras is
loaded. Keras is loaded only for a `.keras` file that has no `.tflite` beside it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from digitlib.errors import DigitError, ModelError
from digitlib.quiet import import_keras, quiet
from digitlib.reading import manifest
from digitlib.reading.line_network import LineNetwork, load_line
from digitlib.reading.predict import (
    BATCH_SIZE,
    CLASSES,
    DEFAULT_THRESHOLD,
    FeatureMaps,
    Model,
)
from digitlib.reading.preprocess import SIDE
from digitlib.reading.reader import WEIGHTS
from digitlib.reading.tta import NO_TTA, Network


def load_model(name: str | Path = "cnn") -> Model:
    """Load a saved network.

    Args:
        name: "mlp", "tiny", "lenet" or "cnn" for a shipped network, or the path of a
            `.tflite` or `.keras` file. For a `.keras` file of your own, the `.tflite`
            that was saved beside it is read; any other `.keras` file loads Keras (open
            only files that you trust).

    Returns:
        The model, checked against the manifest and seen to give probabilities.

    Raises:
        ModelError: the file is missing, damaged, not the one in its manifest, or not a
            network for digits; the message says what to do.
    """
    shipped = Path(name).suffix not in manifest.SUFFIXES
    path = manifest.MODELS / f"{name}.tflite" if shipped else Path(name)
    shown = f"models/{path.name}" if shipped else str(path)  # web pages show it too
    _check_file(path, shown, must_be_listed=shipped)
    path = _prefer_tflite(path)
    try:
        is_keras = path.suffix == ".keras"
        network, maps = (_load_keras(path), None) if is_keras else _load_litert(path)
        output = network(np.zeros((1, SIDE, SIDE, 1), np.float32))
    except DigitError:
        raise
    except Exception as error:  # of any kind: damaged files lead Keras anywhere
        raise ModelError(_remedy(f"{shown} is not a network for digits")) from error
    if output.shape not in ((1, CLASSES), (1, CLASSES + 1)) or not np.isclose(
        output.sum(), 1, atol=1e-3
    ):
        raise ModelError(_remedy(f"{shown} does not give ten probabilities"))
    entry = manifest.find_entry(path) or {}
    threshold = entry.get("threshold", DEFAULT_THRESHOLD)
    tta_rotations = tuple(entry.get("tta_rotations", NO_TTA))
    weights = tuple(manifest.read().get(manifest.LINE, {}).get("weights", WEIGHTS))
    return Model(
        path.stem,
        network,
        threshold,
        maps,
        tta_rotations,
        line=_load_shared_line(),
        line_weights=weights,
    )


@cache
def _load_shared_line() -> LineNetwork:
    """Load the line network once for all who read: threads may share it."""
    return load_line()


def _check_file(path: Path, shown: str, must_be_listed: bool) -> None:
    if not path.is_file():
        raise ModelError(_remedy(f"There is no network at {shown}"))
    listed = path.stem in manifest.read(path.parent)
    if (must_be_listed or listed) and not manifest.is_known(path):
        raise ModelError(_remedy(f"{shown} is damaged (its checksum is not ours)"))


def _prefer_tflite(path: Path) -> Path:
    """Return the `.tflite` beside a `.keras` file of the user's own, else the path.

    The manifest guarantees that the two are equal. Whoever names the `.keras` file of a
    shipped network wants Keras itself.
    """
    tflite = path.with_suffix(".tflite")
    listed = path.stem in manifest.read(path.parent)
    own = listed and path.stem not in manifest.SHIPPED
    return tflite if own and tflite.is_file() and manifest.is_known(tflite) else path


def _remedy(problem: str) -> str:
    return f"{problem}: {manifest.REMEDY}."


def _load_litert(path: Path) -> tuple[Network, FeatureMaps | None]:
    from ai_edge_litert.interpreter import Interpreter

    # Read into memory, so that replacing the file while we serve changes nothing.
    content = path.read_bytes()

    @cache
    def interpreter_for(threads: int) -> Interpreter:
        with quiet():
            interpreter = Interpreter(model_content=content, num_threads=threads)
            interpreter.allocate_tensors()
        return interpreter

    source = interpreter_for(1).get_input_details()[0]["index"]
    target, stages = _find_outputs(interpreter_for(1).get_output_details())
    prepared_for: dict[Interpreter, int] = {}

    def run_in(interpreter: Interpreter, glyphs: np.ndarray) -> None:
        if prepared_for.get(interpreter) != len(glyphs):
            interpreter.resize_tensor_input(source, glyphs.shape)
            interpreter.allocate_tensors()
            prepared_for[interpreter] = len(glyphs)
        interpreter.set_tensor(source, glyphs)
        interpreter.invoke()

    def run(glyphs: np.ndarray) -> np.ndarray:
        # For fewer glyphs, waking a second core takes longer than it saves (measured).
        # Servers and workers that read on all cores anyway give OpenCV one thread.
        is_full = len(glyphs) >= BATCH_SIZE
        interpreter = interpreter_for(cv2.getNumThreads() if is_full else 1)
        run_in(interpreter, glyphs)
        return interpreter.get_tensor(target)

    def maps(glyphs: np.ndarray) -> list[np.ndarray]:
        run_in(interpreter_for(1), glyphs)
        return [interpreter_for(1).get_tensor(stage) for stage in stages]

    return run, (maps if stages else None)


def _find_outputs(outputs: list[dict[str, Any]]) -> tuple[int, list[int]]:
    """Tell the probabilities from the feature maps; LiteRT lists them in any order.

    The maps are computed on the way to the probabilities anyway, so returning them
    takes no time when reading (measured), only the memory that they occupy.

    Returns:
        The index of the only two-dimensional output, and the indices of the maps from
        the largest stage to the smallest.
    """
    (target,) = (each["index"] for each in outputs if len(each["shape"]) == 2)
    maps = [each for each in outputs if len(each["shape"]) == 4]
    maps.sort(key=lambda each: -each["shape"][1])
    return target, [each["index"] for each in maps]


def _load_keras(path: Path) -> Network:
    network = import_keras().models.load_model(path, compile=False)
    return lambda glyphs: network.predict(glyphs, verbose=0)
