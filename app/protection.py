"""What guards visitors and server: headers, a limit of requests, a log without secrets.

The app sets no cookie, keeps nothing of a visitor but what is agreed to for a class set
(`collect`), and its pages load nothing from elsewhere; the headers have browsers hold
it to that.
"""

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
MAX_PATH_LENGTH = 200  # characters of an address in the log


def register(app: Flask) -> None:
    """Guard every request of the app."""
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"  # should there ever be a cookie
    app.before_request(_start_clock)
    app.after_request(_protect)
    app.after_request(_log)
    if "RATELIMIT_DEFAULT" in app.config:
        _limit_requests(app)


def _limit_requests(app: Flask) -> None:
    """Count requests by address, as the app's RATELIMIT_ settings say."""
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    app.config.setdefault("RATELIMIT_HEADERS_ENABLED", True)  # when to come back
    limiter = Limiter(get_remote_address, app=app)
    for endpoint in ("static", "api.health"):  # cheap, and asked for by machines
        limiter.exempt(app.view_functions[endpoint])


def _start_clock() -> None:
    g.started = time.perf_counter()


def _protect(response: Response) -> Response:
    response.headers.extend(SECURITY_HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _log(response: Response) -> Response:
    """Write one line: no picture, no file name, and not who asked."""
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    current_app.logger.info(
        "%s %s %d %.1f ms",
        request.method,
        quote(request.path)[:MAX_PATH_LENGTH],
        response.status_code,
        1000 * seconds,
    )
    return response
