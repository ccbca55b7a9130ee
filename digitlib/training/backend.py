"""Import Keras for all other modules: `from digitlib.training.backend import keras`.

TensorFlow writes to stderr while it starts, whatever its settings, and in a notebook
that would look like an error. It is therefore first imported here, quietly.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from digitlib.quiet import import_keras

import_keras()

import keras  # noqa: E402

__all__ = ["fast_precision", "keras"]

BFLOAT16 = "avx512_bf16", "amx_bf16"  # processors that multiply it twice as fast


@contextlib.contextmanager
def fast_precision() -> Iterator[None]:
    """Build layers that compute in bfloat16, where the processor is fast at that.

    Weights stay float32. Where the processor is not, or on PyTorch, nothing changes.

    Source of the method: D. Kalamkar et al., "A study of bfloat16 for deep learning
    training" (2019).
    """
    cpu = Path("/proc/cpuinfo")  # only Linux tells
    flags = cpu.read_text("utf-8") if cpu.is_file() else ""
    is_fast = keras.backend.backend() == "tensorflow" and any(
        each in flags for each in BFLOAT16
    )
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16" if is_fast else before)
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)
