"""Kernel messages sent at once: what the voila configuration plugs into the server.

The web server leaves Nagle's algorithm on, which holds small messages back until the
page has confirmed the last one; while one draws, that triples the time to a new answer.
"""

from typing import Any

from jupyter_server.services.kernels.connection.channels import (
    ZMQChannelsWebsocketConnection,
)


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The server's connection of page and kernel, without Nagle's algorithm."""

    def connect(self) -> Any:
        """Switch the algorithm off, then connect as ever: the socket is open by now."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
