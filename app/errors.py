"""Every error into an answer: a status, a code for programs, a sentence for people.

What is wrong with a picture is raised by digitlib, what is wrong with a request by
`uploads`, the rest by Flask. Under /api the answer is JSON, elsewhere a page.
"""

from typing import Any

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, SecurityError

from digitlib.errors import DigitError

STATUS = {
    "missing_file": 400,
    "empty_file": 400,
    "bad_json": 400,
    "bad_request": 400,
    "not_found": 404,
    "not_allowed": 405,
    "too_large": 413,
    "unsupported_type": 415,
    "undecodable": 422,
    "too_many_pixels": 422,
    "wrong_json": 422,
    "too_often": 429,
    "internal": 500,
    "model": 503,
}

# What Flask raises, by its status, in our words.
_FLASK = {
    404: ("not_found", "There is nothing at this address: check its spelling."),
    405: ("not_allowed", "This address does not answer {method}."),
    413: ("too_large", "Too much at once: send at most {megabytes:.3g} MB in all."),
    429: ("too_often", "Too many requests at once: wait a little, and try again."),
    500: ("internal", "Something went wrong here, not with you: try it again."),
}
_OTHER = ("bad_request", "The request cannot be understood: send it again.")


class RequestError(DigitError):
    """A request that does not hold what it should."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def describe(error: DigitError) -> dict[str, str]:
    """The error as the API shows it."""
    return {"code": error.code, "message": str(error)}


def status_of(error: DigitError) -> int:
    """The HTTP status that goes with an error."""
    return STATUS.get(error.code, 500)


def register(app: Flask) -> None:
    """Have the app answer errors of every kind in this way."""
    app.register_error_handler(DigitError, _answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(SecurityError, _answer_stranger)


def _answer(error: DigitError) -> tuple[Any, int]:
    if request.path.startswith(("/api", "/healthz")):
        return {"error": describe(error)}, status_of(error)
    return render_template("error.html", message=str(error)), status_of(error)


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    code, message = _FLASK.get(error.code or 500, _OTHER)
    megabytes = current_app.config["MAX_CONTENT_LENGTH"] / 1e6
    message = message.format(method=request.method, megabytes=megabytes)
    kept = [each for each in error.get_headers() if each[0] != "Content-Type"]
    return *_answer(RequestError(code, message)), kept  # e.g. Allow, with 405


def _answer_stranger(_error: SecurityError) -> ResponseReturnValue:
    """A host name that is not ours: no page, as its links would lead there."""
    return {"error": describe(RequestError(*_OTHER))}, 400
