"""The API's answers: readings of pictures, facts about a network, a health check.

    request -> uploads -> a network of networks -> results -> JSON

`schema` defines the types of requests and responses; `openapi` describes all of it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

import msgspec
from flask import Blueprint, request

from app import schema
from app.api import openapi
from app.budget import budget
from app.errors import RequestError
from app.networks import network
from app.results import to_result
from app.uploads import from_request, read_each
from digitlib.reading.picture import Picture, to_preview

blueprint = Blueprint("api", __name__)

View = Callable[..., Any]


def with_query(view: View) -> View:
    """Pass the query string to a view, as the type of its `query` argument."""
    kind = get_type_hints(view)["query"]

    @wraps(view)
    def with_its_query() -> Any:
        try:
            query = msgspec.convert(request.args.to_dict(), kind, strict=False)
        except msgspec.ValidationError as error:
            raise RequestError(
                "bad_request",
                "Use network=mlp, tiny, lenet or cnn, explain=1 or 0, and picture=1"
                " or 0.",
            ) from error
        return view(query)

    return with_its_query


@blueprint.post("/api/predict")
@with_query
def predict(query: schema.PredictQuery) -> schema.Readings:
    """Read every digit in every picture.

    Send the pictures as one or more "image" files of a form. One picture can also be
    sent as base64, alone or as a data URL, in the field "image" of JSON or of a
    urlencoded form, or as the body itself. Each page of a PDF or TIFF has a result of
    its own. If one of several pictures or pages cannot be read, its result is an
    "error" and the others are still read; if none can be read, the whole answer is the
    error of the first.
    """
    model = network(query.network or None).model
    explained_by = model if query.explain else None

    def read(picture: Picture) -> dict[str, Any]:
        result = to_result(model.read(picture, budget().has_time), explained_by)
        return result | to_preview(picture) if query.picture else result

    results, failure = read_each(from_request(), read)
    if failure:
        raise failure
    return {"results": results}


@blueprint.get("/api/model")
@with_query
def describe(query: schema.NetworkQuery) -> schema.Description:
    """Describe a network: its file and its measured accuracies."""
    requested = network(query.network or None)
    return {
        "name": requested.model.name,
        "sha256": requested.sha256,
        "accuracies": _accuracies(requested.figures | requested.entry),
        "versions": requested.entry.get("versions", {}),
    }


@blueprint.get("/healthz")
def health() -> schema.Health:
    """Report that the server is up, and which network it runs."""
    return {"status": "ok", "model": network().model.name}


@blueprint.get("/api/openapi.json")
def description() -> dict[str, Any]:
    """Describe this API to other programs."""
    return openapi.describe()


def _accuracies(figures: dict[str, Any], path: str = "") -> dict[str, float]:
    """Find every accuracy among nested figures, under its name on the model card."""
    found: dict[str, float] = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            found |= _accuracies(value, f"{path}{name}.")
        elif name.endswith("accuracy"):
            found[path + name] = value
    return found
