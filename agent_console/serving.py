"""Serving the app from a worker's own loop, until told to close: its signals stay the worker's, an open page never keeps it from ending."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Generator

import structlog
import uvicorn
from litestar.types import ASGIApp

from hotline.settings import WebSettings

log = structlog.get_logger("web")

LARGEST_FRAME = 1024
"""Bytes of a frame that a page may send; a key needs thirty."""
PING_S = 10.0
"""Seconds between two pings to a page, and how long its answer may take: a page that vanished is noticed within twice that."""
MOST_CONNECTIONS = 200
"""Connections at once; who comes later is told 503."""
GRACE_S = 1
"""Seconds that pages get to end when the house closes."""
PORT_AGAIN_S = 2.0
"""Seconds between two tries to get a port that is taken."""


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(app: ASGIApp, settings: WebSettings, closing: asyncio.Event) -> None:
    """Serve until ``closing`` is set or we are cancelled. A port that is taken costs the pages only: it is tried for again."""
    door = await _open_door(settings, closing)
    if door is None:
        return
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        http="h11",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # whoever sends junk must not fill the log
    server = _Server(config)
    log.info("pages", address=f"http://{settings.host}:{door.getsockname()[1]}/")
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[door]))
        closed = group.create_task(closing.wait())
        try:
            await asyncio.wait([serving, closed], return_when=asyncio.FIRST_COMPLETED)
        finally:  # told to leave or to close: the pages are told, and what rehearsals opened is given back
            server.should_exit = True
            closed.cancel()
            await asyncio.wait([serving])


async def _open_door(settings: WebSettings, closing: asyncio.Event) -> socket.socket | None:
    """The listening socket; None when the house closes before the port is free."""
    said = False
    while not closing.is_set():
        try:
            family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
            return socket.create_server((settings.host, settings.port), family=family)
        except OSError as error:
            if not said:
                log.error("the pages' port can't be had; stop who has it or set web.port", port=settings.port, why=error.strerror)
            said = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(closing.wait(), PORT_AGAIN_S)
    return None
