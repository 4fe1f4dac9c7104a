"""A gate in a TCP path: open, shut (connections cut, new ones refused) or frozen (nothing passes, nobody is told)."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Gate:
    """Listens on ``port`` and passes everything on to ``target`` on 127.0.0.1."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thawed = asyncio.Event()
        self._thawed.set()

    async def open(self) -> None:
        """Let everybody through."""
        self._thawed.set()
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Cut what is connected and refuse what comes."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()
        self._thawed.set()

    def freeze(self) -> None:
        """Pass nothing on, and tell nobody."""
        self._thawed.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pour(reader, back))
            group.create_task(self._pour(there, writer))

    async def _pour(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._thawed.wait()
                sink.write(data)
                await sink.drain()
        sink.transport.abort()
        self._writers.discard(sink)
