"""Keras for all other modules, which say `from digitlib.training.backend import keras`.

TensorFlow writes to stderr while it starts, whatever its settings; in a notebook that
would look like an error. So it is first imported quietly, here.
"""

from digitlib.quiet import import_keras

import_keras()

import keras  # noqa: E402

__all__ = ["keras"]
