"""The pages that everybody sees: reading, help and the API's documentation.

    uploaded form -> uploads -> a network of networks -> results -> index.html

The drawing pad needs JavaScript and uses the API; the upload form works without it.
"""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from PIL import Image

from app.api import openapi
from app.errors import STATUS, RequestError, status_of
from app.networks import network
from app.pages.help import rows
from app.results import to_data_url, to_result
from app.uploads import from_form, read_each
from digitlib.reading import ink, open_picture, show_confidence
from digitlib.reading.picture import MAX_PIXELS

blueprint = Blueprint("pages", __name__)
blueprint.add_app_template_filter(show_confidence)


@blueprint.get("/")
def show() -> str:
    """Show the page with the pad and the upload form, before anything was read."""
    return render_template("index.html", ink=ink)


@blueprint.post("/")
def read() -> ResponseReturnValue:
    """Show the readings of an uploaded form, for browsers without JavaScript."""
    try:
        results, failure = read_each(from_form(), _read_to_show)
    except RequestError as error:
        page = render_template("index.html", ink=ink, problem=str(error))
        return page, status_of(error)
    page = render_template("index.html", ink=ink, results=results)
    return page, status_of(failure) if failure else 200


@blueprint.get("/help")
def help() -> str:
    """Show what the network does well and less well, and what happens to pictures."""
    well, less_well = rows(network().figures)
    return render_template(
        "help.html",
        well=well,
        less_well=less_well,
        most_pixels=MAX_PIXELS,
        network=network().model.name,
    )


@blueprint.get("/api/docs")
def docs() -> str:
    """Show the API's description to people."""
    return render_template("docs.html", api=openapi.describe(), statuses=STATUS)


def _read_to_show(content: bytes) -> dict[str, Any]:
    """Read a picture; return it upright and reduced, which its boxes refer to, too."""
    picture = Image.fromarray(open_picture(content).pixels)
    reading = network().model.read(picture)
    url = to_data_url(picture, "JPEG", quality=80)
    return {"picture": url, "size": picture.size, **to_result(reading)}
