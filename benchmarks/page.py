"""The dashboard's page as the server sees it: a visitor without a browser.

It uses Jupyter's protocol over a real websocket, as the widgets on the page do:
https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import closing
from typing import Any
from uuid import uuid4

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from digitlib.reading.ink import PAD_SIDE, Point

PROTOCOL = "v1.kernel.websocket.jupyter.org"
TIMEOUT = 120  # seconds; a visitor without a pad by then was not served
CONFIG = re.compile(r'"jupyter-config-data"[^>]*>(.*?)<', re.DOTALL)
ANSWER = re.compile(r'digit-text"[^>]*>(.*?)<', re.DOTALL)
CANVASES = ("CanvasModel", "MultiCanvasModel")


class Page:
    """The page's side of the connection to the server, without a browser.

    Attributes:
        kernel_id: the id of the kernel behind the page.
        models: the state of each widget on the page, by its id.
    """

    def __init__(self, address: str):
        self._address = address
        self._session = uuid4().hex
        self._socket: Any = None
        self.kernel_id = ""
        self.models: dict[str, dict[str, Any]] = {}

    async def open(self) -> None:
        """Fetch the page, connect to its kernel and get its widgets, with the pad."""
        with closing(AsyncHTTPClient(force_instance=True)) as client:
            page = await client.fetch(self._address, request_timeout=TIMEOUT)
        config = CONFIG.search(page.body.decode())
        assert config, "the page names no kernel"
        self.kernel_id = json.loads(config[1])["kernelId"]
        await self.join(self.kernel_id)
        control = uuid4().hex
        target = {"target_name": "jupyter.widget.control", "data": {}}
        self.send("comm_open", comm_id=control, **target)
        self.send("comm_msg", comm_id=control, data={"method": "request_states"})
        reply = await self.receive(lambda data: data.get("method") == "update_states")
        self.models = {name: all["state"] for name, all in reply["states"].items()}
        self._tell_canvas(event="client_ready")

    async def join(self, kernel_id: str, **headers: str) -> None:
        """Open the websocket of a kernel."""
        server = self._address.replace("http", "ws", 1)
        url = f"{server}/api/kernels/{kernel_id}/channels?session_id={self._session}"
        request = HTTPRequest(url, headers=headers, request_timeout=TIMEOUT)
        self._socket = await websocket_connect(request, subprotocols=[PROTOCOL])

    def send(self, kind: str, channel: str = "shell", **content: Any) -> None:
        """Send a message of Jupyter's protocol."""
        header = {"msg_id": uuid4().hex, "msg_type": kind, "session": self._session}
        header |= {"version": "5.4", "username": ""}
        message = {"header": header, "parent_header": {}, "content": content}
        message["metadata"] = {
            "version": "1.0.0"
        }  # the version of the widgets' protocol
        self.send_raw(serialize_msg_to_ws_v1(message, channel, _pack))

    def send_raw(self, frame: bytes) -> None:
        """Send arbitrary bytes."""
        self._socket.write_message(frame, binary=True)

    async def receive(self, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Read messages until a widget sends what is wanted, and return its data."""
        while True:
            frame = await asyncio.wait_for(self._socket.read_message(), TIMEOUT)
            assert frame is not None, "the server closed the connection"
            _, (header, _, _, content, *_) = deserialize_msg_from_ws_v1(frame)
            data = json.loads(content).get("data", {})
            if json.loads(header)["msg_type"] == "comm_msg" and wanted(data):
                return data

    def draw(self, strokes: list[list[Point]]) -> None:
        """Draw strokes on the pad without waiting for the answer."""
        scale = self.models[self._canvas()]["width"] / PAD_SIDE
        for stroke in strokes:
            for i, (x, y) in enumerate(stroke):
                kind = "mouse_move" if i else "mouse_down"
                self._tell_canvas(event=kind, x=x * scale, y=y * scale)
            self._tell_canvas(event="mouse_up", x=0, y=0)

    async def see(self, answer: str) -> None:
        """Wait until the page shows this answer."""
        await self.receive(lambda data: answer in shown(data.get("state", {})))

    async def leave(self) -> None:
        """Cut the connection without ending the kernel."""
        if self._socket is not None:
            self._socket.close()
            while await self._socket.read_message() is not None:
                pass  # messages still on their way

    def _tell_canvas(self, **content: Any) -> None:
        data = {"method": "custom", "content": content}
        self.send("comm_msg", comm_id=self._canvas(), data=data)

    def _canvas(self) -> str:
        """Return the id of the canvas within the box of class `digit-pad`."""
        boxes = [self.models[name] for name in self.models]
        found = [box for box in boxes if "digit-pad" in box.get("_dom_classes", ())]
        while found:
            for child in found.pop().get("children", ()):
                name = child.removeprefix("IPY_MODEL_")
                if self.models[name]["_model_name"] in CANVASES:
                    return name
                found.append(self.models[name])
        raise AssertionError("the page has no pad")


def _pack(part: dict[str, Any]) -> bytes:
    return json.dumps(part).encode()


def shown(state: dict[str, Any]) -> list[str]:
    """Return the answers in a widget's new state, as text."""
    pages = [value for value in state.values() if isinstance(value, str)]
    return [text for page in pages for text in ANSWER.findall(page)]
