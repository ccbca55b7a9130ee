"""The page for the projector in a workshop: the way in as a QR code, and who is here.

It is there only in an app that `digitlib.workshop` started, and only for a browser on
the same machine: the code holds the token, which lets into the dashboard.
"""

from ipaddress import ip_address
from pathlib import Path

from flask import Blueprint, Flask, abort, current_app, render_template, request
from markupsafe import Markup
from werkzeug.sansio.utils import host_is_trusted

from digitlib.dashboard import visitors

OWN_NAMES = ["127.0.0.1", "localhost"]

blueprint = Blueprint("workshop", __name__, url_prefix="/workshop")


def register(app: Flask) -> None:
    """Add the page to an app of a workshop; others have none."""
    if "WORKSHOP" in app.config:
        app.register_blueprint(blueprint)


@blueprint.before_request
def _refuse_others() -> None:
    """For another machine, or under another name, there is nothing here."""
    here = ip_address(request.remote_addr or "::").is_loopback
    if not (here and host_is_trusted(request.host, OWN_NAMES)):
        abort(404)


@blueprint.get("")
def show() -> str:
    """The page, for everybody to see."""
    workshop = current_app.config["WORKSHOP"]
    doors = [(title, address, _code(address)) for title, address in workshop["doors"]]
    return render_template(
        "workshop.html", doors=doors, room=workshop["room"], **count()
    )


@blueprint.get("/visitors")
def count() -> dict[str, int]:
    """How many have a dashboard open."""
    file = Path(current_app.config["WORKSHOP"]["visitors"])
    return {"visitors": visitors.read(file)}


def _code(address: str) -> Markup:
    """The address as a QR code; its margin is part of it, or phones do not find it."""
    import segno  # 20 ms that no other app need wait for

    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=4, light="#fff"))
