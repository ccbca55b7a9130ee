"""The pages that everybody sees: reading, help and the API's documentation.

    uploaded form -> uploads -> a network of networks -> results -> index.html

The drawing pad needs JavaScript and uses the API; the upload form works without it.
"""

from functools import partial
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from PIL import Image

from app.api import openapi
from app.budget import budget
from app.errors import STATUS, RequestError, status_of
from app.networks import network
from app.pages.help import rows
from app.results import to_result
from app.uploads import from_form, read_each
from digitlib.reading import Model, ink, show_confidence
from digitlib.reading.arrangement import arrange
from digitlib.reading.decode import most_megapixels
from digitlib.reading.formats import ACCEPT, FORMAT_NAMES, MAX_PIXELS
from digitlib.reading.picture import MAX_PAGES, Picture, name_page, to_preview

blueprint = Blueprint("pages", __name__)
blueprint.add_app_template_filter(show_confidence)
blueprint.add_app_template_global(arrange)
blueprint.add_app_template_global(name_page)


@blueprint.get("/")
def show() -> str:
    """Show the page with the pad and the upload form, before anything was read."""
    return _render()


@blueprint.post("/")
def read() -> ResponseReturnValue:
    """Show the readings of an uploaded form, for browsers without JavaScript."""
    read_to_show = partial(_read_to_show, network().model)
    try:
        results, failure = read_each(from_form(), read_to_show)
    except RequestError as error:
        return _render(problem=str(error)), status_of(error)
    return _render(results=results), status_of(failure) if failure else 200


@blueprint.get("/help")
def help() -> str:
    """Show what the network does well and less well, and what happens to pictures."""
    well, less_well = rows(network().figures)
    return render_template(
        "help.html",
        well=well,
        less_well=less_well,
        most_pixels=MAX_PIXELS,
        most_megapixels=most_megapixels(),
        most_pages=MAX_PAGES,
        formats=FORMAT_NAMES,
        network=network().model.name,
    )


@blueprint.get("/api/docs")
def docs() -> str:
    """Show the API's description to people."""
    return render_template("docs.html", api=openapi.describe(), statuses=STATUS)


def _render(**values: Any) -> str:
    return render_template(
        "index.html", ink=ink, formats=FORMAT_NAMES, accept=ACCEPT, **values
    )


def _read_to_show(model: Model, picture: Picture) -> dict[str, Any]:
    """Read a picture; return it upright and reduced, which its boxes refer to, too."""
    image = Image.fromarray(picture.pixels)
    reading = model.read(image, budget().has_time)
    return to_preview(picture) | {"size": image.size} | to_result(reading)
