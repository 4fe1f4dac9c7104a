"""What stands before every page: who may ask, and what a browser may do with what it gets.

A page of this house is asked for by its own name only (a foreign name that points here is DNS rebinding), a WebSocket is opened by our
own pages only (browsers let any page open one anywhere), and nothing runs, loads or frames that does not come from here.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Content-Security-Policy: no inline script or style, no eval, nothing from elsewhere, no text ever taken for HTML."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
LOCAL = ("localhost", "127.0.0.1", "[::1]")


class Guard:
    """An ASGI app in front of ``app``. ``names``: host names it answers to, beside the machine's own."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = {*LOCAL, *(name.lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        kind: str = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if self._is_ours(host) and (kind != "websocket" or _origin_host(headers.get(b"origin", "")) == host):
            await self._app(scope, receive, _adding_headers(send))
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "only our own pages"})
        else:
            await _say(_adding_headers(send), 421, "This address does not answer to that name; set web.names.\n")

    def _is_ours(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        bare = name if colon and port.isdigit() else host
        return bare.lower() in self._names


def _origin_host(origin: str) -> str:
    """Host and port of an Origin header."""
    return origin.partition("://")[2]


def _adding_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            named: MutableMapping[str, Any] = message  # type: ignore[assignment]
            given = list(named.get("headers", ()))
            if not any(name.lower() == b"cache-control" for name, _ in given):
                given.append((b"cache-control", b"no-store"))
            named["headers"] = [*given, *HEADERS]
        await send(message)

    return sending


async def _say(send: Send, status: int, words: str) -> None:
    body = words.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
