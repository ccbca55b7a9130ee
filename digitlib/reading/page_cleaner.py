"""Tell writing from ruled lines, squared paper and boxes, by a small network.

distance from the paper -> strength -> page.tflite -> what is no writing
"""

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from digitlib.errors import ModelError
from digitlib.quiet import quiet
from digitlib.reading import manifest

STEP = 64  # pixels: sides of the network's input are multiples of it
STRENGTH = 0.8  # of the ink of a picture that is only black and white
RULING, OTHER = 0, 1  # the network's logits, against writing

PageNetwork = Callable[[np.ndarray], np.ndarray]


def find_ruling(distance: np.ndarray, threshold: float) -> np.ndarray:
    """Find ruled lines, squares and boxes: ink that is not writing.

    Where writing crosses a line, the crossing is writing.

    Args:
        distance: (height, width) uint8, by how much each pixel differs from the paper.
        threshold: the least distance of ink. From half of it on, the network sees what
            is there, so that even a faint line is unbroken.

    Returns:
        (height, width) uint8, 1 for ruling.
    """
    return clean(strength(distance, threshold))


def strength(distance: np.ndarray, threshold: float) -> np.ndarray:
    """Return distances as the network sees them: float32 in [0, 1], 0 below half."""
    levels = np.arange(256, dtype=np.float32)
    seen = np.where(levels > threshold / 2, levels / (levels + threshold), 0)
    return cv2.LUT(distance, seen.astype(np.float32))


def clean(seen: np.ndarray) -> np.ndarray:
    """Do as `find_ruling` does, for what the network sees."""
    height, width = seen.shape
    page = np.zeros((1, -(-height // STEP) * STEP, -(-width // STEP) * STEP, 1), "f4")
    page[0, :height, :width, 0] = seen
    logits = _load_shared()(page)
    return (logits[0, :height, :width, RULING] > 0).astype(np.uint8)


@cache
def _load_shared() -> PageNetwork:
    """Load the network once for all who read: threads may share it."""
    return load_page()


def load_page(folder: Path = manifest.MODELS) -> PageNetwork:
    """Load the page network that the manifest lists.

    Args:
        folder: where `page.tflite` and the manifest are.

    Returns:
        A function from (1, height, width, 1) float32 pages, whose sides are multiples
        of `STEP`, to (1, height, width, 2) logits. Threads may share it.

    Raises:
        ModelError: the file is missing, damaged or no page network.
    """
    from ai_edge_litert.interpreter import Interpreter

    path = folder / f"{manifest.PAGE}.tflite"
    if not path.is_file() or not manifest.is_known(path):
        raise ModelError(
            f"The page network at {path} is missing or damaged: {manifest.REMEDY}."
        )
    with quiet():
        interpreter = Interpreter(model_content=path.read_bytes(), num_threads=1)
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]
    lock, prepared_for = threading.Lock(), ()

    def run(page: np.ndarray) -> np.ndarray:
        nonlocal prepared_for
        with lock:  # an interpreter shared without one gives wrong answers
            if prepared_for != page.shape:
                interpreter.resize_tensor_input(source, page.shape)
                interpreter.allocate_tensors()
                prepared_for = page.shape
            interpreter.set_tensor(source, page)
            interpreter.invoke()
            return interpreter.get_tensor(target)

    return run
