"""A tiny manager interface that behaves as a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Answer = Callable[[dict[str, str]], str | None]


def success(action: dict[str, str]) -> str:
    """The usual answer."""
    return f"Response: Success\r\nActionID: {action['ActionID']}\r\nMessage: done"


class FakeAmi:
    """``seen`` holds every action that came, over all connections. ``answer`` says what is replied, None nothing."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.raw = b""
        self.answer: Answer = success
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    def names(self) -> list[str]:
        """The names of the actions that came, but for logins and pings."""
        return [action["Action"] for action in self.seen if action["Action"] not in ("Login", "Ping")]

    def tell(self, text: str) -> None:
        """Send a message to whoever is connected."""
        for writer in self._writers:
            writer.write(text.encode() + b"\r\n\r\n")

    def cut(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                text = await reader.readuntil(b"\r\n\r\n")
                self.raw += text
                action = dict(line.split(": ", 1) for line in text.decode().split("\r\n") if ": " in line)
                self.seen.append(action)
                reply = self.answer(action)
                if reply is not None:
                    writer.write(reply.encode() + b"\r\n\r\n")


@asynccontextmanager
async def fake_ami() -> AsyncIterator[FakeAmi]:
    """A manager interface on a free port."""
    ami = FakeAmi()
    server = await asyncio.start_server(ami.serve, "127.0.0.1", 0)
    ami.port = server.sockets[0].getsockname()[1]
    try:
        yield ami
    finally:
        server.close()
        ami.cut()
