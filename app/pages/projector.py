"""The page for the projector in a workshop: QR codes to join, and a visitor count.

    digitlib.workshop.workshop -> DIGITLIB_WORKSHOP -> this page

The page exists only in an app that `digitlib.workshop` started, and only for a browser
on the same machine, because the code contains the token that opens the dashboard.
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
    """Add the page if a workshop started this app."""
    if "WORKSHOP" in app.config:
        app.register_blueprint(blueprint)


@blueprint.before_request
def _refuse_others() -> None:
    """Answer 404 to other machines, and to requests under another host name.

    Whoever sends the headers of a proxy could say that they are here.
    """
    here = ip_address(request.remote_addr or "::").is_loopback
    here = here and not current_app.config["PROXIES"]
    if not (here and host_is_trusted(request.host, OWN_NAMES)):
        abort(404)


@blueprint.get("")
def show() -> str:
    """Show the page for the whole class to see."""
    workshop = current_app.config["WORKSHOP"]
    links = [
        (title, address, _qr_code(address)) for title, address in workshop["links"]
    ]
    return render_template(
        "workshop.html", links=links, capacity=workshop["capacity"], **count()
    )


@blueprint.get("/visitors")
def count() -> dict[str, int]:
    """Tell how many visitors have a dashboard open."""
    file = Path(current_app.config["WORKSHOP"]["visitors"])
    return {"visitors": visitors.read(file)}


def _qr_code(address: str) -> Markup:
    """Draw the address as a QR code, with the margin that phones need to find it."""
    import segno  # takes 20 ms, which only a workshop needs to spend

    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=4, light="#fff"))
