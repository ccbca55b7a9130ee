"""Run the line network: strips to logits, which `ctc` decodes.

strips (n, 40, width, 1) -> line.tflite -> logits (n, width / 4, 22)
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from digitlib.errors import ModelError
from digitlib.quiet import quiet
from digitlib.reading import ctc, manifest
from digitlib.reading.strips import HEIGHT, STEP, pad

LineNetwork = Callable[[np.ndarray], np.ndarray]


def load_line(folder: Path = manifest.MODELS) -> LineNetwork:
    """Load the line network that the manifest lists.

    Args:
        folder: where `line.tflite` and the manifest are.

    Returns:
        A function from (n, 40, width, 1) float32 strips, whose width is a multiple of
        4, to (n, width / 4, 22) logits. Threads may share it.

    Raises:
        ModelError: the file is missing, damaged or no line network.
    """
    return read_network(find_network(manifest.LINE, folder))


def find_network(name: str, folder: Path) -> Path:
    """Return the `.tflite` file of a network that the manifest lists.

    Raises:
        ModelError: the file is missing or damaged.
    """
    path = folder / f"{name}.tflite"
    if not path.is_file() or not manifest.is_known(path):
        raise ModelError(
            f"The {name} network at {path} is missing or damaged: {manifest.REMEDY}."
        )
    return path


def read_network(path: Path) -> LineNetwork:
    """Read a line network from a `.tflite` file, whatever lists it.

    Raises:
        ModelError: it is no line network.
    """
    run = open_network(path)
    try:
        shape = run(np.zeros((1, HEIGHT, 8 * STEP, 1), np.float32)).shape
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{path.name} is not a line network.") from error
    if shape != (1, 8, ctc.CLASSES):
        raise ModelError(f"{path.name} gives {shape}, unlike a line network.")
    return run


def open_network(path: Path) -> LineNetwork:
    """Open a `.tflite` file whose only input has any shape; threads may share it."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_content=path.read_bytes(), num_threads=1)
        interpreter.allocate_tensors()  # says what it runs on
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]
    lock, prepared_for = threading.Lock(), ()

    def run(batch: np.ndarray) -> np.ndarray:
        nonlocal prepared_for
        with lock:  # an interpreter shared without one gives wrong answers
            if prepared_for != batch.shape:
                interpreter.resize_tensor_input(source, batch.shape)
                interpreter.allocate_tensors()
                prepared_for = batch.shape
            interpreter.set_tensor(source, np.ascontiguousarray(batch, np.float32))
            interpreter.invoke()
            return interpreter.get_tensor(target)

    return run


def read_strips(
    network: LineNetwork, strips: Sequence[np.ndarray]
) -> list[ctc.Decoded]:
    """Read strips one by one, each in its own width.

    Args:
        network: as `load_line` returns it.
        strips: each (40, width) float32, as `strips.to_strip` makes them.
    """
    return [ctc.decode(ctc.as_met(network(pad([strip]))[0])) for strip in strips]
