"""Serve the app from a single process: `python -m app [--host HOST] [--port PORT]`."""

import argparse
import logging
import sys

from app import create_app
from app.serving import Serving
from digitlib.errors import DigitError
from digitlib.workshop.memory import share_one_arena


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C; return the exit status, 1 if the app cannot start."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0 lets other machines connect"
    )
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    share_one_arena()
    try:
        server = Serving(create_app(), options.host, options.port)
    except DigitError as error:
        return _fail(str(error))
    except (
        OSError,
        OverflowError,
        ValueError,
    ) as error:  # port taken or forbidden, host unknown
        reason = getattr(error, "strerror", None) or error
        address = f"{options.host}:{options.port}"
        return _fail(f"{address} cannot be used ({reason}): choose another --port.")
    print(f"The web app answers at http://{options.host}:{options.port}", flush=True)
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # it logs a line per request
    server.run()
    return 0


def _fail(message: str) -> int:
    print(f"app: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
