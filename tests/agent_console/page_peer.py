"""The other end of a page's WebSocket without a network: what the page sends and hears, frame by frame, on any loop (virtual time too)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from litestar.types import ASGIApp

Frame = dict[str, Any]


class PagePeer:
    """One page at ``app``'s rehearsal line; ``hear`` is told each frame as it arrives."""

    def __init__(self, app: ASGIApp, hear: Callable[[Frame], None] = lambda frame: None, headers: dict[str, str] | None = None) -> None:
        self._app = app
        self._hear = hear
        self._headers = {"host": "localhost", "origin": "http://localhost", **(headers or {})}
        self._to_house: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._to_house.put_nowait({"type": "websocket.connect"})
        self.heard: list[Frame] = []
        self.accepted = False
        self.closed: int | None = None
        """The code the house closed with."""

    def tell(self, **frame: Any) -> None:
        """Send a frame."""
        self.tell_raw(json.dumps(frame))

    def tell_raw(self, text: str) -> None:
        """Send whatever."""
        self._to_house.put_nowait({"type": "websocket.receive", "text": text, "bytes": None})

    def tell_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        self._to_house.put_nowait({"type": "websocket.receive", "bytes": data, "text": None})

    def vanish(self) -> None:
        """The tab is closed."""
        self._to_house.put_nowait({"type": "websocket.disconnect", "code": 1001, "reason": ""})

    def press(self, keys: str, after: float = 0.0, every: float = 0.2) -> None:
        """Press keys one after the other."""
        for number, key in enumerate(keys):
            asyncio.get_running_loop().call_later(after + number * every, lambda key=key: self.tell(kind="key", key=key))  # type: ignore[misc]

    def hang_up(self, after: float = 0.0) -> None:
        """Hang up."""
        asyncio.get_running_loop().call_later(after, lambda: self.tell(kind="leave"))

    def of(self, kind: str) -> list[Frame]:
        """The frames of a kind."""
        return [frame for frame in self.heard if frame["kind"] == kind]

    async def run(self) -> None:
        """Until the house is done with this socket."""
        # fmt: off
        scope: Any = {
            "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "ws",
            "path": "/rehearsal/line", "raw_path": b"/rehearsal/line", "root_path": "", "query_string": b"", "subprotocols": [],
            "headers": [(name.encode(), value.encode()) for name, value in self._headers.items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "extensions": {}, "state": {},
        }
        # fmt: on
        await self._app(scope, self._to_house.get, self._send)  # type: ignore[arg-type]

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.accept":
            self.accepted = True
        elif message["type"] == "websocket.close":
            self.closed = message.get("code", 1000)
        else:
            frame = json.loads(message["text"])
            self.heard.append(frame)
            self._hear(frame)
