"""The pictures of a request, as bytes: files of a form, or one picture in JSON.

    request -> from_request or from_form -> read_each -> one result per picture

The API and the pages use it. File names and content types from the sender are never
trusted: digitlib looks at the bytes.
"""

import base64
import json
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import current_app, request

from app.errors import RequestError, describe
from app.schema import Drawing
from digitlib.errors import DigitError

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MAX_BRACKETS = 100  # in a JSON body; a valid one has a single bracket
# Limits concurrent decoding, however many requests wait: a picture may take 100 MB.
_DECODING_SLOTS = threading.BoundedSemaphore(os.cpu_count() or 1)
_PICTURE = re.compile(rb'"data:[^"]*"')


@dataclass(frozen=True)
class Upload:
    """One picture as it was sent.

    Attributes:
        filename: the sender's name for it, which is only ever shown; "" within JSON.
        content: its bytes, which may be anything.
    """

    filename: str
    content: bytes


def from_request() -> list[Upload]:
    """Return the pictures of an API request, which is a form or JSON.

    Raises:
        RequestError: there is no picture, or the request is malformed.
    """
    if request.is_json:
        return [Upload("", _from_json(request.get_data()))]
    if request.content_length and request.mimetype not in _FORMS:
        raise RequestError(
            "unsupported_type",
            'Send pictures as "image" parts of multipart/form-data, or as JSON.',
        )
    return from_form()


def from_form() -> list[Upload]:
    """Return the files in the "image" fields of a form.

    Raises:
        RequestError: there are no files, or too many.
    """
    files = [file for file in request.files.getlist("image") if file.filename]
    if not files:
        raise RequestError("missing_file", 'Choose a picture (field "image").')
    most = current_app.config["MAX_FILES"]
    if len(files) > most:
        raise RequestError("too_large", f"Send at most {most} pictures at once.")
    return [Upload(file.filename or "", file.read()) for file in files]


def read_each(
    uploads: list[Upload], read: Callable[[bytes], dict[str, Any]]
) -> tuple[list[Any], DigitError | None]:
    """Read all uploads; a bad one does not stop the others from being read.

    Args:
        uploads: the pictures.
        read: turns the bytes of a picture into its reading, as plain values.

    Returns:
        For each upload its filename and reading, or `{"filename", "error"}`; and the
        first error if no upload at all could be read, else None.
    """
    results, failures = [], []
    for upload in uploads:
        try:
            with _DECODING_SLOTS:
                result = read(upload.content)
        except DigitError as error:
            failures.append(error)
            result = {"error": describe(error)}
        results.append({"filename": upload.filename} | result)
    return results, failures[0] if len(failures) == len(uploads) else None


def _from_json(body: bytes) -> bytes:
    """Return the picture in `{"image": "data:image/png;base64,..."}`."""
    try:
        drawing = msgspec.convert(_parse(body), Drawing)
    except msgspec.ValidationError as error:
        raise RequestError(
            "wrong_json", 'Send an object: {"image": "data:image/png;base64,..."}.'
        ) from error
    start, _, data = drawing.image.partition(";base64,")
    try:
        if not start.startswith("data:"):
            raise ValueError
        return base64.b64decode(data, validate=True)
    except ValueError as error:
        raise RequestError(
            "undecodable", '"image" must be a picture as a base64 data URL.'
        ) from error


def _parse(body: bytes) -> Any:
    """Parse strict JSON in which only a picture may be long and little may be nested.

    The brackets are counted because the parser's own depth limit varies with Python.
    """
    if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
        raise RequestError("bad_json", "The JSON holds too many lists and objects.")
    most = current_app.config["MAX_TEXT"]
    if len(body) - max(map(len, _PICTURE.findall(body)), default=0) > most:
        raise RequestError("too_large", f"Send at most {most // 1024} KiB of JSON.")
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise RequestError("bad_json", "The body is not valid JSON.") from error


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
