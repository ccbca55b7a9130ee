"""The one family of errors that this project raises for what a user can mend.

Each message is a whole sentence that says what is wrong and what to do about it; each
class has a `code`, a fixed word for programs (the web API answers with it).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class DigitError(Exception):
    """Anything wrong with a user's input, data or models."""

    code = "error"


class DataError(DigitError):
    """The files of a data set are missing, incomplete or damaged."""

    code = "data"


class ModelError(DigitError):
    """A saved network is missing, damaged or not one of ours."""

    code = "model"


class ImageError(DigitError):
    """A picture that cannot be read."""

    code = "undecodable"


class EmptyFileError(ImageError):
    """A file without a single byte."""

    code = "empty_file"


class UnsupportedTypeError(ImageError):
    """A file that is none of the picture formats we read."""

    code = "unsupported_type"


class TooManyPixelsError(ImageError):
    """A picture whose declared size is beyond the limit."""

    code = "too_many_pixels"


class DrawingError(DigitError):
    """A file that holds no drawing of ours."""

    code = "drawing"


@contextmanager
def one_picture() -> Iterator[None]:
    """Turn whatever reading one picture raises into an error of that picture.

    What was foreseen, a `DigitError`, passes as it is. Everything else is a fault of
    this program: it is logged with its traceback, and the other pictures are read.

    Raises:
        ImageError: instead of any error that nobody has foreseen.
    """
    try:
        yield
    except DigitError:
        raise
    except Exception as error:
        logging.getLogger(__name__).exception("A picture cannot be read:")
        raise ImageError(
            "This picture makes the program fail: save it in another format, or take it"
            " again."
        ) from error
