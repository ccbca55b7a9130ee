"""Keras, imported without its backend's greetings: the one place that imports it.

TensorFlow writes to stderr while it starts, whatever its settings; in a notebook that
would look like an error. All other modules say `from digitlib.backend import keras`.
"""

from digitlib.errors import ModelError
from digitlib.quiet import quiet

try:
    with quiet():
        import keras
except ModuleNotFoundError as error:  # most often PyTorch, named in KERAS_BACKEND
    raise ModelError(
        f"Keras cannot start: {error.name} is not installed. The README's section"
        " Train says how to install it."
    ) from error

__all__ = ["keras"]
