"""The API's description (OpenAPI 3.1), generated from the code itself.

The addresses and methods come from the app, the sentences from the docstrings of the
views, and the types from `schema`, with which the views are annotated. `views` serves
the description as JSON, and `pages.views` shows it to people.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import msgspec
from flask import current_app
from werkzeug.routing import Rule

from app import schema
from app.errors import STATUS
from digitlib import __version__

Json = dict[str, Any]

# The request bodies, by content type, of a view that has no `body` argument to say it.
BODIES = {
    "multipart/form-data": schema.Form,
    "application/json": schema.Drawing,
    "application/x-www-form-urlencoded": schema.Drawing,
    "image/*": bytes,
    "application/pdf": bytes,
}
BINARY = {
    "type": "string",
    "format": "binary",
    "description": "the bytes of one picture",
}


def describe() -> Json:
    """Describe the whole API in plain values that JSON can represent."""
    used: list[Any] = [schema.Problem]
    paths: Json = {}
    for rule, view, hints in _views():
        method = "post" if "POST" in (rule.methods or ()) else "get"
        bodies = _bodies(hints) if method == "post" else {}
        used += [body for body in bodies.values() if body is not bytes]
        used.append(hints["return"])
        paths[rule.rule] = {method: _operation(view, hints, bodies)}
    _, components = msgspec.json.schema_components(
        used, ref_template=_reference("{name}")["$ref"]
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Digit reader",
            "version": __version__,
            "description": "Reads handwritten digits in photos and drawings.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _views() -> Iterator[tuple[Rule, Callable[..., Any], Json]]:
    """Yield every view of the API that returns a type of `schema`."""
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint.startswith(("api.", "classset.")):
            view = current_app.view_functions[rule.endpoint]
            hints = get_type_hints(view)
            if hints["return"].__module__ == schema.__name__:
                yield rule, view, hints


def _bodies(hints: Json) -> Json:
    return {"application/json": hints["body"]} if "body" in hints else BODIES


def _operation(view: Callable[..., Any], hints: Json, bodies: Json) -> Json:
    summary, _, rest = inspect.getdoc(view).partition("\n\n")  # type: ignore[union-attr]
    operation = {
        "operationId": view.__name__,
        "summary": summary,
        "description": rest.replace("\n", " "),
        "parameters": _parameters(hints.get("query")),
        "responses": {
            "200": _response("The answer", hints["return"]),
            "default": _response(_describe_errors(), schema.Problem),
        },
    }
    if bodies:
        content = {kind: _content(body) for kind, body in bodies.items()}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(query: type | None) -> list[Json]:
    if query is None:
        return []
    (reference,), components = msgspec.json.schema_components([query])
    fields = components[reference["$ref"].rpartition("/")[2]]["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "description": field.pop("description"),
            "schema": field,
        }
        for name, field in fields.items()
    ]


def _response(text: str, kind: Any) -> Json:
    return {"description": text, "content": {"application/json": _content(kind)}}


def _content(kind: Any) -> Json:
    return {"schema": BINARY if kind is bytes else _reference(kind.__name__)}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _describe_errors() -> str:
    codes = (f"{code} ({status})" for code, status in STATUS.items())
    return f"An error, by its code and status: {', '.join(codes)}"
