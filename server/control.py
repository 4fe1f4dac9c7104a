"""How a terminal speaks to the line worker: a 0600 unix socket, one JSON object a line each way.

``{"do": "seat", "seat": 3, "action": "available"}`` is answered by one object, ``{"ok": ...}`` or ``{"error": "..."}``;
``{"do": "watch"}`` is answered by a line per event for as long as the terminal listens.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from hotline.errors import HotlineError

log = structlog.get_logger("control")
Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
Watch = Callable[[], AsyncIterator[dict[str, Any]]]


class NobodyThere(HotlineError):
    """The hotline is not running here; start it with `hotline run`."""


@asynccontextmanager
async def serve(path: Path, answer: Answer, watch: Watch) -> AsyncIterator[None]:
    """Serve terminals at ``path`` while inside; a bad request is told so and harms nobody else."""

    async def one_terminal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            async for line in reader:
                await _one_request(line, writer, answer, watch)
        writer.close()

    path.unlink(missing_ok=True)
    async with asyncio.TaskGroup() as group:
        terminals: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not path.exists():  # it came while we were closing
                writer.close()
                return
            task = group.create_task(one_terminal(reader, writer))
            terminals.add(task)
            task.add_done_callback(terminals.discard)

        server = await asyncio.start_unix_server(connected, path)
        path.chmod(0o600)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)
            for terminal in terminals:
                terminal.cancel()


async def _one_request(line: bytes, writer: asyncio.StreamWriter, answer: Answer, watch: Watch) -> None:
    try:
        request = json.loads(line)
        if request.get("do") == "watch":
            async for item in watch():
                writer.write(json.dumps(item, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
            return
        reply = await answer(request)
    except (HotlineError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.info("a request was refused", kind=type(error).__name__)
        reply = {"error": str(error) or type(error).__name__}
    writer.write(json.dumps(reply, ensure_ascii=False).encode() + b"\n")
    await writer.drain()


def ask(path: Path, request: dict[str, Any], wait: float = 10.0) -> dict[str, Any]:
    """One question from a terminal (blocking). Raises NobodyThere, or HotlineError with the worker's words."""
    reply = next(_conversation(path, request, wait), None)
    if reply is None:
        raise NobodyThere()
    if "error" in reply:
        raise HotlineError(str(reply["error"]))
    return reply


def listen(path: Path) -> Iterator[dict[str, Any]]:
    """What happens, one object per event, until the worker goes away (blocking)."""
    return _conversation(path, {"do": "watch"}, None)


def _conversation(path: Path, request: dict[str, Any], wait: float | None) -> Iterator[dict[str, Any]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(wait)
        try:
            line.connect(os.fspath(path))
        except OSError:
            raise NobodyThere() from None
        line.sendall(json.dumps(request).encode() + b"\n")
        with line.makefile("rb") as stream, suppress(ConnectionError):
            for reply in stream:
                yield json.loads(reply)
