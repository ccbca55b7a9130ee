"""The class set: collects digits from visitors who agreed; the presenter's page of it.

    drawing pad (classset.js) -> this module -> digitlib.classset.Store -> class.sqlite

These addresses exist only if the app is started with COLLECT, the path of the file. The
page asks for COLLECT_KEY. Nothing about a visitor is stored except the fields of
`schema.WrittenDigit`. How often an address may send, and how much of the set it may
fill, COLLECT_RATE says; addresses are counted in memory.
"""

import hmac
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from itertools import chain
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
)
from flask.typing import ResponseReturnValue
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app import schema
from app.errors import RequestError
from digitlib.classset import FORMATS, Store, Upkeep, from_line
from digitlib.errors import DataError, DrawingError

blueprint = Blueprint("classset", __name__)

# A person writes one digit a second at most; nobody fills more than a fifth of the set.
RATE = "120 per minute; 2000 per day"
MINUTES = 5, 15, 60  # whose digits the presenter can delete at once
MIMETYPES = {
    ".jsonl": "application/jsonl",
    ".npz": "application/octet-stream",
    ".zip": "application/zip",
}
MAX_LISTED = 30  # writers on the presenter's page, the newest


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
    upkeep = Upkeep(store)
    upkeep.start()
    app.extensions |= {"store": store, "upkeep": upkeep}
    app.extensions["class rates"] = FixedWindowRateLimiter(MemoryStorage())
    app.config.setdefault("COLLECT_RATE", RATE)
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
        _check_rate()
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
    deleted = _store().delete(body.writer)
    return {"deleted": deleted, "erased": _store().erase()}


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
    pieces = _store().serialise(kind)
    begin = next(pieces, b"")  # what goes wrong by then can still be answered
    answer = Response(chain([begin], pieces), mimetype=MIMETYPES[kind])
    answer.headers.set("Content-Disposition", "attachment", filename=f"class{kind}")
    return answer


@blueprint.post("/class/delete")
def delete_all() -> str:
    """Delete everything, once the box that confirms it is ticked."""
    _check_key()
    _check_sure()
    return _render_page(deleted=_store().delete_all())


@blueprint.post("/class/delete-some")
def delete_some() -> str:
    """Delete what one writer gave, or what all gave in the last minutes."""
    _check_key()
    _check_sure()
    minutes, writer = request.form.get("minutes", 0, int), request.form.get("writer")
    if writer:
        return _render_page(deleted=_store().delete_named(writer))
    if minutes not in MINUTES:
        raise RequestError("bad_request", "Choose a writer, or some minutes.")
    newest = _upkeep().newest_before(60 * minutes)
    return _render_page(deleted=_store().delete_since(newest))


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


def _check_sure() -> None:
    if request.form.get("sure") != "yes":
        raise RequestError(
            "bad_request", "Tick the box first: deleting cannot be undone."
        )


def _check_rate() -> None:
    """Refuse an address that sends too often, or has filled its share of the set."""
    rates: FixedWindowRateLimiter = current_app.extensions["class rates"]
    who = request.endpoint or "", request.remote_addr or ""
    for rate in parse_many(current_app.config["COLLECT_RATE"]):
        if not rates.hit(rate, *who):
            raise RequestError(
                "too_often",
                "Too many digits came from your address: wait a moment, then try"
                " again.",
            )


def _render_page(deleted: int | None = None) -> str:
    store, upkeep = _store(), _upkeep()
    if deleted is not None:
        upkeep.note()
    minutes = {
        each: store.count_since(upkeep.newest_before(60 * each)) for each in MINUTES
    }
    return render_template(
        "class.html",
        counts=store.counts(),
        deleted=deleted,
        erased=store.erase(),
        key=request.values["key"],
        minutes=minutes,
        writers=store.writers()[:MAX_LISTED],
    )


def _store() -> Store:
    return current_app.extensions["store"]


def _upkeep() -> Upkeep:
    return current_app.extensions["upkeep"]
