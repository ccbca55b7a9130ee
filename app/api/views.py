"""The API: pictures in, JSON out; what answers, and whether it is well.

`schema` has the types of what goes in and out, `openapi` describes all of it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

import msgspec
from flask import Blueprint, request

from app import schema
from app.api import openapi
from app.errors import RequestError
from app.networks import network
from app.results import to_result
from app.uploads import from_request, read_each

blueprint = Blueprint("api", __name__)

View = Callable[..., Any]


def with_query(view: View) -> View:
    """Hand a view what stands behind the ? of the address, as its `query` is typed."""
    kind = get_type_hints(view)["query"]

    @wraps(view)
    def with_its_query() -> Any:
        try:
            query = msgspec.convert(request.args.to_dict(), kind, strict=False)
        except msgspec.ValidationError as error:
            raise RequestError(
                "bad_request", "Ask for network=mlp, lenet or cnn, and for explain=1."
            ) from error
        return view(query)

    return with_its_query


@blueprint.post("/api/predict")
@with_query
def predict(query: schema.Wishes) -> schema.Readings:
    """Read every digit in every picture.

    The pictures come as one or more "image" files of a form, or as one data URL in
    JSON. Of several pictures one that cannot be read has an "error" in its place, and
    the others are read all the same; if none can be read the answer as a whole is the
    error of the first.
    """
    model = network(query.network or None).model
    explained_by = model if query.explain else None
    results, failure = read_each(
        from_request(), lambda file: to_result(model.read(file), explained_by)
    )
    if failure:
        raise failure
    return {"results": results}


@blueprint.get("/api/model")
@with_query
def describe(query: schema.Choice) -> schema.Description:
    """Describe a network: its file, and how well it was measured to read."""
    asked = network(query.network or None)
    return {
        "name": asked.model.name,
        "sha256": asked.sha256,
        "accuracies": _accuracies(asked.figures | asked.entry),
        "versions": asked.entry.get("versions", {}),
    }


@blueprint.get("/healthz")
def health() -> schema.Health:
    """Answer that the server is up, and with which network."""
    return {"status": "ok", "model": network().model.name}


@blueprint.get("/api/openapi.json")
def description() -> dict[str, Any]:
    """Describe this API to other programs."""
    return openapi.describe()


def _accuracies(figures: dict[str, Any], path: str = "") -> dict[str, float]:
    """Every accuracy among nested figures, named as the model card names them."""
    found: dict[str, float] = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            found |= _accuracies(value, f"{path}{name}.")
        elif name.endswith("accuracy"):
            found[path + name] = value
    return found
