"""The web app: an upload page, a drawing pad and an API over `digitlib.predict`.

    request -> pages (HTML) or api (JSON) -> uploads -> the model -> templates or JSON

`create_app` puts the parts together. All reading is digitlib's; errors of every kind
become answers in `errors`. Serve it with `python -m app`, `flask --app app run` or
`gunicorn "app:create_app()"`.
"""

import io
import mimetypes
from collections.abc import Mapping
from typing import IO, Any

from flask import Flask, Request, Response, request
from flask.json.provider import DefaultJSONProvider

from app import api, errors, pages
from digitlib.predict import load_model

MEGABYTE = 1_000_000

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data: blob:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class _Request(Request):
    """A request whose files stay in memory: we write nothing of a visitor to disk."""

    def _get_file_stream(self, *_args: Any, **_kwargs: Any) -> IO[bytes]:
        return io.BytesIO()


class _StrictJSON(DefaultJSONProvider):
    """JSON as its standard has it: no NaN."""

    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return super().dumps(obj, allow_nan=False, **kwargs)


class _App(Flask):
    request_class = _Request
    json_provider_class = _StrictJSON


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the app, its network loaded.

    Args:
        config: what differs from the defaults, e.g. `{"MODEL": "mlp"}`: the name of a
            shipped network or the path of a saved one. Each key can be set from outside
            too, as `DIGITLIB_MODEL=mlp` or `DIGITLIB_TRUSTED_HOSTS='["example.org"]'`.

    Returns:
        The app, ready to serve.

    Raises:
        ModelError: the network is missing or damaged; the message says what to do.
    """
    mimetypes.add_type("text/javascript", ".js")  # Windows may call it plain text
    app = _App(__name__)
    app.config.from_mapping(
        MODEL="cnn", MAX_CONTENT_LENGTH=20 * MEGABYTE, MAX_FILES=20, MAX_TEXT=64 * 1024
    )
    app.config.from_prefixed_env("DIGITLIB")
    app.config.from_mapping(config)
    app.extensions["model"] = load_model(app.config["MODEL"])
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    errors.register(app)
    app.before_request(_limit_text)
    app.after_request(_protect)
    return app


def _limit_text() -> None:
    """Only what may hold pictures may be long."""
    if request.mimetype != "multipart/form-data" and not request.is_json:
        request.max_content_length = request.max_form_memory_size


def _protect(response: Response) -> Response:
    response.headers.extend(SECURITY_HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
