"""Import Keras for all other modules: `from digitlib.training.backend import keras`.

TensorFlow writes to stderr while it starts, whatever its settings, and in a notebook
that would look like an error. It is therefore first imported here, quietly.
"""

from digitlib.quiet import import_keras

import_keras()

import keras  # noqa: E402

__all__ = ["keras"]
