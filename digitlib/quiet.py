"""Keep what C++ libraries say while they start away from the reader's page.

TensorFlow and LiteRT greet on stderr and offer no setting that would stop all of it; a
notebook would show it as an error, and the command line as a warning.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from digitlib.errors import ModelError

STDERR = 2  # the file descriptor that C++ writes to; `sys.stderr` is Python's own


@contextmanager
def quiet() -> Iterator[None]:
    """Throw away what is written to stderr meanwhile; exceptions still get out.

    Example:
        >>> with quiet():
        ...     import keras
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # what TensorFlow says later on
    kept = os.dup(STDERR)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), STDERR)
        yield
        logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its Python side
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)


def import_keras() -> ModuleType:
    """Import Keras without its backend's greetings, which would look like errors.

    Raises:
        ModelError: it, or the backend that KERAS_BACKEND names, is not installed.
    """
    try:
        with quiet():
            import keras
    except (ModuleNotFoundError, ValueError) as error:  # Keras does not know its name
        missing = getattr(error, "name", os.environ.get("KERAS_BACKEND"))
        raise ModelError(
            f"Keras cannot start: {missing} is not installed. The README's section"
            " Train says how to install it."
        ) from error
    return keras
