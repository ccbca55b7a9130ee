"""Protects visitors and server: security headers, a rate limit, a log without secrets.

It wraps every request of the app. The app sets no cookies and stores nothing about a
visitor except the digits that they agreed to give to a class set (`classset`). Its
pages load nothing from other sites, and the headers make browsers enforce that.
"""

import logging
import time
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data: blob:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MAX_PATH_LENGTH = 200  # characters of a request's path in the log


def register(app: Flask) -> None:
    """Protect every request of the app."""
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"  # in case a cookie is ever set
    app.before_request(_start_clock)
    app.after_request(_protect)
    app.after_request(_log)
    logging.getLogger("werkzeug").addFilter(_names_nobody)  # the log of `flask run`
    if "RATELIMIT_DEFAULT" in app.config:
        _limit_requests(app)


def _limit_requests(app: Flask) -> None:
    """Limit the rate of requests per address, as the RATELIMIT_ settings say."""
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    app.config.setdefault(
        "RATELIMIT_HEADERS_ENABLED", True
    )  # tell clients when to retry
    limiter = Limiter(get_remote_address, app=app)
    for endpoint in ("static", "api.health"):  # cheap, and requested automatically
        limiter.exempt(app.view_functions[endpoint])


def _start_clock() -> None:
    g.started = time.perf_counter()


def _protect(response: Response) -> Response:
    response.headers.extend(SECURITY_HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _names_nobody(record: logging.LogRecord) -> bool:
    """Return whether a line is no line for a request, with the address and the key."""
    return " - - [" not in record.getMessage()


def _log(response: Response) -> Response:
    """Log one line, without any picture, file name or client address."""
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    current_app.logger.info(
        "%s %s %d %.1f ms",
        request.method,
        quote(request.path)[:MAX_PATH_LENGTH],
        response.status_code,
        1000 * seconds,
    )
    return response
