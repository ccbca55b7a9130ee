"""Keras, imported without its backend's greetings: the one place that imports it.

TensorFlow writes to stderr while it starts, whatever its settings; in a notebook that
would look like an error. All other modules say `from digitlib.backend import keras`.
"""

from digitlib.quiet import quiet

with quiet():
    import keras

__all__ = ["keras"]
