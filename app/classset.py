"""The class set: collects digits from visitors who agreed; the presenter's page of it.

    drawing pad (classset.js) -> this module -> digitlib.classset.Store -> class.sqlite

These addresses exist only if the app is started with COLLECT, the path of the file. The
page asks for COLLECT_KEY. Nothing about a visitor is stored except the fields of
`schema.WrittenDigit`.
"""

import hmac
import io
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
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
from digitlib.classset import FORMATS, Store, from_line, serialise
from digitlib.errors import DataError, DrawingError

blueprint = Blueprint("classset", __name__)


def register(app: Flask) -> None:
    """Let the app collect a class set.

    Raises:
        DataError: its file cannot be created or used; the message says why.
    """
    path = Path(app.config["COLLECT"])
    store = Store(path)
    _make_private(path)
    store.create()
    _make_private(path)
    app.extensions["store"] = store
    app.register_blueprint(blueprint)


def _make_private(path: Path) -> None:
    """Let nobody else on this machine read the file, nor a folder that is new."""
    with suppress(OSError):  # which the store reports if it matters
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True)
        for each in (path, *path.parent.glob(f"{path.name}-*")):
            each.chmod(0o600)


def with_body(view: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the JSON body to a view, converted to the type of its `body` argument."""
    kind = get_type_hints(view)["body"]

    @wraps(view)
    def with_its_body() -> Any:
        return view(_read_body(kind))

    return with_its_body


# --- For visitors --------------------------------------------------------------------


@blueprint.post("/api/class/digits")
@with_body
def keep(body: schema.WrittenDigit) -> schema.Kept:
    """Store a written digit in the class set. Its writer must have agreed.

    When the answer arrives, the digit is on the disk.
    """
    sample = from_line(msgspec.json.encode(body).decode())
    return {"digits": _store().add(sample)}


@blueprint.post("/api/class/forget")
@with_body
def forget(body: schema.Writer) -> schema.Deleted:
    """Delete all digits of a writer from the class set, immediately and for good."""
    return {"deleted": _store().delete(body.writer)}


# --- For the presenter ---------------------------------------------------------------


@blueprint.get("/class")
def show() -> str:
    """Show how many digits were collected, with buttons to export and delete them."""
    _check_key()
    return _render_page()


@blueprint.get("/class/export")
def export() -> Response:
    """Send the class set as a file in the requested format."""
    _check_key()
    kind = "." + request.args.get("kind", "")
    if kind not in FORMATS:
        raise RequestError("bad_request", "Use kind=jsonl, npz or zip.")
    content = io.BytesIO(serialise(_store().all(), kind))
    return send_file(content, as_attachment=True, download_name=f"class{kind}")


@blueprint.post("/class/delete")
def delete_all() -> str:
    """Delete everything, once the box that confirms it is ticked."""
    _check_key()
    if request.form.get("sure") != "yes":
        raise RequestError(
            "bad_request", "Tick the box first: deleting cannot be undone."
        )
    return _render_page(deleted=_store().delete_all())


# --- Errors, in the app's format -----------------------------------------------------


@blueprint.errorhandler(DrawingError)
def _refuse_drawing(_error: DrawingError) -> ResponseReturnValue:
    message = "There is no digit on the pad: draw one first, then keep it."
    return current_app.handle_user_exception(RequestError("wrong_json", message))


@blueprint.errorhandler(DataError)
def _report_fault(error: DataError) -> ResponseReturnValue:
    """Log what is wrong with the file; only the presenter needs to know it."""
    current_app.logger.error("%s", error)
    message = (
        "The class set cannot be used right now: tell the presenter, then try again."
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
            "too_large",
            f"This is too long for a digit: send at most {most // 1024} KiB.",
        )
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message = "Send an object as described in /api/docs."
        raise RequestError("wrong_json", message) from error
    except (ValueError, RecursionError) as error:
        raise RequestError("bad_json", "The body is not valid JSON.") from error


def _check_key() -> None:
    """Refuse everybody without the key, and everybody if no key is configured."""
    key = current_app.config.get("COLLECT_KEY") or ""
    given = request.values.get("key", "")
    if not (key and hmac.compare_digest(given.encode(), key.encode())):
        raise RequestError(
            "not_found",
            "This page needs the presenter's key: open the address that was shown when"
            " the workshop was started.",
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
