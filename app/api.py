"""The API: pictures in, JSON out, and whether the app is well."""

from typing import Any

from flask import Blueprint, current_app

from app.uploads import from_request, read_each

blueprint = Blueprint("api", __name__)


@blueprint.post("/api/predict")
def predict() -> dict[str, Any]:
    """Read every picture of the request.

    The pictures come as one or more "image" parts of multipart/form-data, or as one
    data URL in JSON: `{"image": "data:image/png;base64,..."}`.

    The answer is `{"results": [...]}`, in the order of the pictures. Each result has
    "filename", "text", "message" and "digits" (see `digitlib.predict.Reading`). Of
    several pictures one that cannot be read has "filename" and "error" instead, and the
    others are read all the same; if none can be read the answer as a whole is the error
    of the first: `{"error": {"code": "...", "message": "..."}}` and a status of 4xx.
    """
    read = current_app.extensions["model"].read
    results, failure = read_each(from_request(), lambda file: read(file).to_dict())
    if failure:
        raise failure
    return {"results": results}


@blueprint.get("/healthz")
def health() -> dict[str, str]:
    """Answer that the app is up, and with which network."""
    return {"status": "ok", "model": current_app.extensions["model"].name}
