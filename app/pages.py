"""The page: drawing pad and upload form, the latter without JavaScript too."""

import base64
import io
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from PIL import Image

from app.errors import RequestError, status_of
from app.uploads import from_form, read_each
from digitlib import ink
from digitlib.picture import open_picture

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def show() -> str:
    """The page, nothing read yet."""
    return render_template("index.html", ink=ink)


@blueprint.post("/")
def read() -> ResponseReturnValue:
    """The page with the readings of an uploaded form, for browsers without scripts."""
    try:
        results, failure = read_each(from_form(), _read_to_show)
    except RequestError as error:
        page = render_template("index.html", ink=ink, problem=str(error))
        return page, status_of(error)
    page = render_template("index.html", ink=ink, results=results)
    return page, status_of(failure) if failure else 200


def _read_to_show(content: bytes) -> dict[str, Any]:
    """A reading and the upright, reduced picture that its boxes belong to."""
    picture = Image.fromarray(open_picture(content).pixels)
    reading = current_app.extensions["model"].read(picture)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    url = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
    return {"picture": url, "size": picture.size, **reading.to_dict()}
