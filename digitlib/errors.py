"""The one family of errors that this project raises for what a user can mend.

Each message is a whole sentence that says what is wrong and what to do about it; each
class has a `code`, a fixed word for programs (the web API answers with it).
"""


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
