"""A tiny ARI: one WebSocket that answers requests as a test tells it to and says whatever the test wants said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

STAMP = {"timestamp": "2026-11-21T13:31:08.443+0000", "application": "hotline", "asterisk_id": "x"}
INFO = {"system": {"version": "22.0.0"}, "status": {"startup_time": "2026-11-21T13:00:00.000+0000"}}
Answer = Callable[[str, str], tuple[int, Any] | None]


def empty_house(method: str, uri: str) -> tuple[int, Any] | None:
    """An exchange with nobody in it."""
    if uri.startswith("asterisk/info"):
        return 200, INFO
    if uri in ("channels", "bridges", "endpoints/PJSIP"):
        return 200, []
    return (404, {"message": "not found"}) if "/" in uri and not uri.startswith("applications") else (200, {})


def channel(name: str, call: str = "c-20261121-1", state: str = "Up") -> dict[str, Any]:
    """A caller's channel as Asterisk shows it."""
    return {
        "id": name,
        "name": "PJSIP/hl-carrier-00000001",
        "state": state,
        "caller": {"name": "", "number": "13900001111"},
        "connected": {"name": "", "number": ""},
        "dialplan": {
            "context": "hl-from-carrier",
            "exten": "12329",
            "priority": 3,
            "app_name": "Stasis",
            "app_data": f"hotline,arrived,{call},carrier",
        },
        "creationtime": "2026-11-21T13:31:08.318+0000",
    }


class FakeAri:
    """``asked`` holds every request; ``answer`` says what is replied, None nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: Answer = empty_house
        self.before_reply: Callable[[str, str], None] = lambda method, uri: None
        self.after_reply: Callable[[str, str], None] = lambda method, uri: None
        self.deaf = False
        self.port = 0
        self.connections = 0
        self.headers: dict[str, str] = {}
        self._sockets: list[ServerConnection] = []
        self._out: list[bytes] = []

    def event(self, kind: str, **fields: Any) -> None:
        """Say an event."""
        self.frame(json.dumps({"type": kind, **STAMP, **fields}).encode())

    def frame(self, data: bytes) -> None:
        """Say any text frame (bytes need not be UTF-8)."""
        for socket in self._sockets:
            socket.protocol.send_text(data)
            socket.send_data()

    def cut(self) -> None:
        """Cut every connection."""
        for socket in self._sockets:
            socket.transport.abort()

    async def serve(self, socket: ServerConnection) -> None:
        """One connection."""
        self.connections += 1
        if socket.request is not None:
            self.headers = dict(socket.request.headers.raw_items())
        self._sockets.append(socket)
        try:
            async for text in socket:
                self._request(socket, json.loads(text))
        finally:
            self._sockets.remove(socket)

    def _request(self, socket: ServerConnection, request: dict[str, Any]) -> None:
        method, uri = request["method"], request["uri"]
        self.asked.append((method, uri))
        self.before_reply(method, uri)
        reply = self.answer(method, uri)
        if reply is not None:
            status, body = reply
            answer = {"type": "RESTResponse", "request_id": request["request_id"], "status_code": status, "message_body": json.dumps(body)}
            socket.protocol.send_text(json.dumps(answer).encode())
            socket.send_data()
        self.after_reply(method, uri)


@asynccontextmanager
async def fake_ari() -> AsyncIterator[FakeAri]:
    """An ARI on a free port. While it is ``deaf`` it does not even answer pings."""
    ari = FakeAri()
    async with serve(ari.serve, "127.0.0.1", 0, compression=None, ping_interval=None, create_connection=_deafened(ari)) as server:
        ari.port = next(iter(server.sockets)).getsockname()[1]
        try:
            yield ari
        finally:
            ari.cut()


def _deafened(ari: FakeAri) -> type[ServerConnection]:
    class Deaf(ServerConnection):
        def data_received(self, data: bytes) -> None:
            if not ari.deaf:
                super().data_received(data)

    return Deaf
