"""The web app: an upload page, a drawing pad and an API on top of `digitlib.reading`.

`api` is the API: it answers programs with JSON and describes itself.
`pages` holds the HTML pages: reading, help, the API's documentation, the projector.
`classset` collects digits from visitors who agreed, and serves the presenter's page.
`protection` sets the security headers, the rate limit and the request log.
`intake` and `budget` bound what a request may cost; `serving` (waitress) and
`gunicorn_worker` keep slow senders from locking others out.
They share `uploads` (what was sent), `networks`, `results`, `schema` and `errors`.

    request -> pages or api -> uploads -> a network of networks -> results -> response

`create_app` assembles these parts; digitlib does all the reading. Serve the app with
`python -m app`, `flask --app app run` or `gunicorn "app:create_app()"`.
"""

import io
import logging
import mimetypes
import os
from collections.abc import Mapping
from typing import IO, Any

from flask import Flask, Request, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from app import errors, protection
from app.api.views import blueprint as api_blueprint
from app.intake import Intake
from app.networks import Networks
from app.pages import projector
from app.pages.views import blueprint as pages_blueprint

MEGABYTE = 1_000_000


class _Request(Request):
    """A request that keeps its files in memory: no upload is written to disk."""

    def _get_file_stream(self, *_args: Any, **_kwargs: Any) -> IO[bytes]:
        return io.BytesIO()


class _StrictJSON(DefaultJSONProvider):
    """JSON as the standard defines it, without NaN."""

    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return super().dumps(obj, allow_nan=False, **kwargs)


class _App(Flask):
    request_class = _Request
    json_provider_class = _StrictJSON


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Create the app and load its network.

    Args:
        config: settings that differ from the defaults. Each can also be set by an
            environment variable, such as `DIGITLIB_MODEL=mlp` or
            `DIGITLIB_TRUSTED_HOSTS='["example.org"]'`. `MODEL` is the name of a shipped
            network or the path of a saved one. `COLLECT=instance/class.sqlite` collects
            a class set in that file, and `COLLECT_KEY` opens its page, /class?key=.
            `PROXIES=1` trusts the headers of one proxy in front of the app.
            `RATELIMIT_DEFAULT="60 per minute"` limits the requests of each address.

    Returns:
        The app, ready to serve.

    Raises:
        ModelError: the network is missing or damaged; the message says what to do.
        DataError: the file of the class set cannot be used.
    """
    mimetypes.add_type(
        "text/javascript", ".js"
    )  # Windows may register it as plain text
    app = _App(__name__)
    app.config.from_mapping(
        MODEL="cnn",
        MAX_CONTENT_LENGTH=20 * MEGABYTE,
        MAX_FILES=20,
        MAX_PAGES=50,
        MAX_SECONDS=7,
        MAX_TEXT=64 * 1024,
        PROXIES=0,
    )
    app.config.from_prefixed_env("DIGITLIB")
    if key := os.environ.get("DIGITLIB_COLLECT_KEY"):
        app.config["COLLECT_KEY"] = key  # as it is: 123 and null are keys too
    app.config.from_mapping(config)
    app.extensions["networks"] = Networks(app.config["MODEL"])
    app.register_blueprint(pages_blueprint)
    app.register_blueprint(api_blueprint)
    if app.config.get("COLLECT"):
        from app import classset

        classset.register(app)
    errors.register(app)
    protection.register(app)
    projector.register(app)
    app.before_request(_refuse_if_full)
    app.before_request(_limit_text)
    app.logger.setLevel(logging.INFO)
    _trust_proxies(app)
    app.wsgi_app = Intake(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _trust_proxies(app: Flask) -> None:
    """Take the client's address and the host name from the proxies' headers."""
    number = app.config["PROXIES"]
    if number:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=number, x_proto=number, x_host=number
        )


def _refuse_if_full() -> None:
    """Refuse an upload for which there is no room: see `intake`."""
    if request.environ.get("digitlib.is_full"):
        raise errors.RequestError(
            "busy", "Too many pictures are being read: wait a moment, then try again."
        )


def _limit_text() -> None:
    """Only allow a long body where it may contain pictures."""
    takes_pictures = request.endpoint == "api.predict" or request.is_json
    if request.mimetype != "multipart/form-data" and not takes_pictures:
        request.max_content_length = request.max_form_memory_size
