"""The class set: digits that visitors agreed to give, and the presenter's page of them.

    draw page (classset.js) -> here -> digitlib.classset.Store -> class.sqlite

All of it is there only where the app is started with COLLECT, the path of the file. The
page is for those who have COLLECT_KEY. Nothing is kept of a visitor but what is in
`schema.WrittenDigit`.
"""

import hmac
import io
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

import msgspec
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    render_template,
    request,
    send_file,
)
from flask.typing import ResponseReturnValue

from app import schema
from app.errors import RequestError
from digitlib.classset import FORMATS, Store, from_line, pack
from digitlib.errors import DataError, DrawingError

blueprint = Blueprint("classset", __name__)


def register(app: Flask) -> None:
    """Have the app collect a class set.

    Raises:
        DataError: its file cannot be made or used; the message says why.
    """
    store = Store(app.config["COLLECT"])
    store.create()
    app.extensions["store"] = store
    app.register_blueprint(blueprint)


def with_body(view: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a view the JSON that was sent, as its `body` is typed."""
    kind = get_type_hints(view)["body"]

    @wraps(view)
    def with_its_body() -> Any:
        return view(_read_body(kind))

    return with_its_body


# --- For visitors --------------------------------------------------------------------


@blueprint.post("/api/class/digits")
@with_body
def keep(body: schema.WrittenDigit) -> schema.Kept:
    """Keep a written digit in the class set, whose writer agreed to it.

    When the answer comes the digit is on the disk.
    """
    written = from_line(msgspec.json.encode(body).decode())
    return {"digits": _store().add(written)}


@blueprint.post("/api/class/forget")
@with_body
def forget(body: schema.Writer) -> schema.Deleted:
    """Delete all digits of a writer from the class set, at once and for good."""
    return {"deleted": _store().delete(body.writer)}


# --- For the presenter ---------------------------------------------------------------


@blueprint.get("/class")
def show() -> str:
    """How much was collected, and what can be done with it."""
    _check_key()
    return _render_page()


@blueprint.get("/class/export")
def export() -> Response:
    """The class set as a file, of the kind that is asked for."""
    _check_key()
    kind = "." + request.args.get("kind", "")
    if kind not in FORMATS:
        raise RequestError("bad_request", "Ask for kind=jsonl, npz or zip.")
    content = io.BytesIO(pack(_store().all(), kind))
    return send_file(content, as_attachment=True, download_name=f"class{kind}")


@blueprint.post("/class/delete")
def delete_all() -> str:
    """Delete everything, if it is meant."""
    _check_key()
    if request.form.get("sure") != "yes":
        raise RequestError("bad_request", "Tick the box first: deleting is for good.")
    return _render_page(deleted=_store().delete_all())


# --- Errors, in the app's words ------------------------------------------------------


@blueprint.errorhandler(DrawingError)
def _refuse_drawing(_error: DrawingError) -> ResponseReturnValue:
    message = "There is no digit on the pad: draw it, and keep it then."
    return current_app.handle_user_exception(RequestError("wrong_json", message))


@blueprint.errorhandler(DataError)
def _report_fault(error: DataError) -> ResponseReturnValue:
    """What is wrong with the file is the presenter's to know: it goes to the log."""
    current_app.logger.error("%s", error)
    message = (
        "The class set cannot be used just now: tell the presenter, and try again."
    )
    return current_app.handle_user_exception(RequestError("internal", message))


def _read_body(kind: type) -> Any:
    if not request.is_json:
        raise RequestError(
            "unsupported_type", "Send JSON, with Content-Type: application/json."
        )
    body, most = request.get_data(), current_app.config["MAX_TEXT"]
    if len(body) > most:
        raise RequestError(
            "too_large", f"This is too long for a digit: {most // 1024} KiB at most."
        )
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message = "Send an object as /api/docs describes it."
        raise RequestError("wrong_json", message) from error
    except (ValueError, RecursionError) as error:
        raise RequestError("bad_json", "The body is not valid JSON.") from error


def _check_key() -> None:
    """Only who has the key goes on; without one configured, nobody."""
    key = str(current_app.config.get("COLLECT_KEY", ""))  # digits come as a number
    given = request.values.get("key", "")
    if not (key and hmac.compare_digest(given.encode(), key.encode())):
        raise RequestError(
            "not_found",
            "This page needs the presenter's key: open the address that was shown when"
            " the class set was started.",
        )


def _render_page(deleted: int | None = None) -> str:
    return render_template(
        "class.html",
        counts=_store().counts(),
        deleted=deleted,
        key=request.values["key"],
    )


def _store() -> Store:
    return current_app.extensions["store"]
