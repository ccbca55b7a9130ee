"""The web app: an upload page, a drawing pad and an API over `digitlib.reading`.

    request -> pages (HTML) or api (JSON) -> uploads -> the model -> templates or JSON

`create_app` puts the parts together. All reading is digitlib's; errors of every kind
become answers in `errors`. Serve it with `python -m app`, `flask --app app run` or
`gunicorn "app:create_app()"`.
"""

import io
import logging
import mimetypes
from collections.abc import Mapping
from typing import IO, Any

from flask import Flask, Request, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from app import errors, protection
from app.api import views as api
from app.networks import Networks
from app.pages import projector
from app.pages import views as pages

MEGABYTE = 1_000_000


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
            `COLLECT=instance/class.sqlite` collects a class set there, for those who
            open /class?key= with the `COLLECT_KEY`; `PROXIES=1` where one server of
            yours stands in front; and `RATELIMIT_DEFAULT="60 per minute"` bounds what
            one address may ask.

    Returns:
        The app, ready to serve.

    Raises:
        ModelError: the network is missing or damaged; the message says what to do.
        DataError: the file of the class set cannot be used.
    """
    mimetypes.add_type("text/javascript", ".js")  # Windows may call it plain text
    app = _App(__name__)
    app.config.from_mapping(
        MODEL="cnn",
        MAX_CONTENT_LENGTH=20 * MEGABYTE,
        MAX_FILES=20,
        MAX_TEXT=64 * 1024,
        PROXIES=0,
    )
    app.config.from_prefixed_env("DIGITLIB")
    app.config.from_mapping(config)
    app.extensions["networks"] = Networks(app.config["MODEL"])
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    if app.config.get("COLLECT"):
        from app import classset

        classset.register(app)
    errors.register(app)
    protection.register(app)
    projector.register(app)
    app.before_request(_limit_text)
    app.logger.setLevel(logging.INFO)
    _trust_proxies(app)
    return app


def _trust_proxies(app: Flask) -> None:
    """Who asks, and by which name, is what so many servers of ours in front say."""
    number = app.config["PROXIES"]
    if number:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=number, x_proto=number, x_host=number
        )


def _limit_text() -> None:
    """Only what may hold pictures may be long."""
    if request.mimetype != "multipart/form-data" and not request.is_json:
        request.max_content_length = request.max_form_memory_size
