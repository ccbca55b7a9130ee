"""The pictures of a request, as bytes: files of a form, in JSON, or the body itself.

    request -> from_request or from_form -> read_each -> one result per page

The API and the pages use it. File names and content types from the sender are never
trusted: digitlib looks at the bytes.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from flask import current_app, request
from werkzeug.datastructures import FileStorage

from app.budget import READERS, TURNS, budget
from app.errors import RequestError, describe
from app.schema import Drawing
from digitlib.errors import DigitError, one_picture
from digitlib.reading import Page, isolated, pages
from digitlib.reading.formats import is_pdf
from digitlib.reading.picture import Picture

MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
PDF = "application/pdf"
MAX_BRACKETS = 100  # in a JSON body; a valid one has a single bracket
MAX_FIELDS = 100  # in a urlencoded body; one is used
_DECODERS = isolated.Decoders(READERS)
LEAST_SECONDS = 1.0  # to decode or draw a page, if any are left for it
_JSON_PICTURE = re.compile(rb'"image"\s*:\s*"[^"]*"')
_FIELD_PICTURE = re.compile(rb"(?:^|&)image=[^&]*")
TOO_MANY = "At most {} pages are read at once: send this page and those after it again."
TOO_SLOW = "Reading took too long: send this page and those after it again."
_NOT_BASE64 = '"image" must be a picture in base64, alone or as a data URL.'


@dataclass(frozen=True)
class Upload:
    """One picture as it was sent.

    Attributes:
        filename: the sender's name for it, which is only ever shown; "" if it is not
            a file of a form.
        content: its bytes, which may be anything.
    """

    filename: str
    content: bytes


def from_request() -> list[Upload]:
    """Return the pictures of an API request: a form, JSON, or a picture as the body.

    Raises:
        RequestError: there is no picture, or the request is malformed.
    """
    if request.is_json:
        return [Upload("", _from_json(request.get_data()))]
    if request.mimetype == URLENCODED:
        return [Upload("", _from_fields(request.get_data(parse_form_data=False)))]
    if request.mimetype.startswith("image/") or request.mimetype == PDF:
        return [Upload("", request.get_data())]
    if request.content_length and request.mimetype != MULTIPART:
        raise RequestError(
            "unsupported_type",
            'Send pictures as "image" parts of multipart/form-data, or one as JSON, or'
            " as the body itself with its own type, such as image/jpeg.",
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
    return [Upload(file.filename or "", _take(file)) for file in files]


def _take(file: FileStorage) -> bytes:
    """Return the content of a file, and keep no second copy of it."""
    with file.stream as stream:
        return stream.read()


def read_each(
    uploads: list[Upload], read: Callable[[Picture], dict[str, Any]]
) -> tuple[list[Any], DigitError | None]:
    """Read all pages of all uploads; a bad one does not stop the others.

    Args:
        uploads: the pictures.
        read: turns a picture into its reading, as plain values.

    Returns:
        For each page its filename, number ("page") and how many there are ("pages"),
        with its reading or `{"error"}`; and the first error if no page at all could be
        read, else None.
    """
    results: list[Any] = []
    failures: list[DigitError] = []
    for upload in uploads:
        budget().has_process = is_pdf(upload.content)
        limited = _limited(upload, len(results))
        with TURNS.turn(budget().had), closing(limited):
            budget().begin()
            for i, page in enumerate(limited):
                if i:  # after the last one, all that is left is to answer
                    budget().give_way()
                try:
                    with one_picture():
                        result = read(page.open())
                except DigitError as error:
                    failures.append(error)
                    result = {"error": describe(error)}
                about = {"page": page.number, "pages": page.count}
                results.append({"filename": upload.filename} | about | result)
    return results, failures[0] if len(failures) == len(results) else None


def _limited(upload: Upload, before: int) -> Generator[Page, None, None]:
    """Yield the pages of an upload; one beyond a request's limits is its last, bad one.

    Args:
        upload: the file.
        before: how many pages the request had before this file.
    """
    if before and not budget().has_time():  # the first page of a PDF is drawn at once
        yield Page(1, 1, partial(_refuse, TOO_SLOW))
        return
    most = max(current_app.config["MAX_PAGES"], current_app.config["MAX_FILES"])
    start = time.monotonic()
    drawn = pages(upload.content, _decode, _time_left)
    for i, page in enumerate(drawn, before):
        budget().spend(time.monotonic() - start)  # PDFium has drawn it meanwhile
        if i >= most:
            yield Page(page.number, page.count, partial(_refuse, TOO_MANY.format(most)))
            return
        if i and not budget().has_time():
            yield Page(page.number, page.count, partial(_refuse, TOO_SLOW))
            return
        yield page
        start = time.monotonic()


def _decode(content: bytes) -> Picture:
    """Decode a picture in another process, as far as the request has time left."""
    return _DECODERS.decode(content, _time_left, budget().spend)


def _time_left() -> float:
    """Return how many seconds another process may compute for the request."""
    return max(LEAST_SECONDS, budget().left)


def _refuse(message: str) -> Picture:
    raise RequestError("too_large", message)


def _from_fields(body: bytes) -> bytes:
    """Return the picture in `image=...`, as curl and HTML forms send it."""
    _limit_text(body, _FIELD_PICTURE, "text")
    try:
        fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise RequestError(
            "bad_request",
            "The body is not a form: send a picture's bytes with their own type, such"
            " as image/jpeg.",
        ) from error
    if not fields.get("image"):
        raise RequestError("missing_file", 'Choose a picture (field "image").')
    # A "+" that the sender did not encode has become a space.
    return _from_base64(fields["image"].strip().replace(" ", "+"))


def _from_base64(text: str) -> bytes:
    """Return what a data URL contains, or base64 alone, with or without line breaks."""
    start, marker, data = text.partition(";base64,")
    try:
        if marker and not start.startswith("data:"):
            raise ValueError
        return base64.b64decode(
            "".join((data if marker else text).split()), validate=True
        )
    except ValueError as error:
        raise RequestError("undecodable", _NOT_BASE64) from error


def _from_json(body: bytes) -> bytes:
    """Return the picture in `{"image": "data:image/png;base64,..."}`."""
    try:
        drawing = msgspec.convert(_parse(body), Drawing)
    except msgspec.ValidationError as error:
        raise RequestError(
            "wrong_json", 'Send an object: {"image": "data:image/png;base64,..."}.'
        ) from error
    return _from_base64(drawing.image)


def _parse(body: bytes) -> Any:
    """Parse strict JSON in which only a picture may be long and little may be nested.

    The brackets are counted because the parser's own depth limit varies with Python.
    """
    if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
        raise RequestError("bad_json", "The JSON holds too many lists and objects.")
    _limit_text(body, _JSON_PICTURE, "JSON")
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise RequestError("bad_json", "The body is not valid JSON.") from error


def _limit_text(body: bytes, picture: re.Pattern[bytes], kind: str) -> None:
    """Refuse a body that is long without its picture."""
    most = current_app.config["MAX_TEXT"]
    if len(body) - max(map(len, picture.findall(body)), default=0) > most:
        raise RequestError("too_large", f"Send at most {most // 1024} KiB of {kind}.")


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
