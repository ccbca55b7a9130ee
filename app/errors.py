"""Turns errors into responses: a status, a code for programs, a message for people.

    digitlib (bad picture), uploads (bad request), Flask (the rest) -> JSON or a page

Under /api and /healthz the response is JSON; everywhere else it is a page.
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
    "busy": 503,
    "model": 503,
}

# The app's own codes and messages for what Flask raises, by status.
_FLASK = {
    404: ("not_found", "There is nothing at this address: check its spelling."),
    405: ("not_allowed", "This address does not answer {method}."),
    413: ("too_large", "This is too large: send at most {megabytes:.3g} MB in total."),
    429: ("too_often", "Too many requests: wait a moment, then try again."),
    500: ("internal", "Something went wrong on the server: please try again."),
}
_OTHER = (
    "bad_request",
    "The server did not understand this request: check it and send it again.",
)


class RequestError(DigitError):
    """A request that lacks something or contains something wrong."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def describe(error: DigitError) -> dict[str, str]:
    """Return the error as the API reports it."""
    return {"code": error.code, "message": str(error)}


def status_of(error: DigitError) -> int:
    """Return the HTTP status of an error."""
    return STATUS.get(error.code, 500)


def register(app: Flask) -> None:
    """Make the app answer every kind of error in this way."""
    app.register_error_handler(DigitError, _answer)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(SecurityError, _answer_untrusted_host)


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


def _answer_untrusted_host(_error: SecurityError) -> ResponseReturnValue:
    """Answer with JSON: the links of a page would use the untrusted host name."""
    return {"error": describe(RequestError(*_OTHER))}, 400
