"""The WebSocket itself: the library's connection with a short way for what makes up all of the traffic.

A server's frames are never masked, so the end of each is known from its first bytes. Whole text frames go straight to the handler:
no parser made of generators, no queue, no task to wake; that was a quarter of the processor time of a call. Everything else
(ping, pong, close, a message in pieces, nonsense) goes to the library, which answers it or fails the connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import State

_unheard = logging.Logger("telephony.websocket", logging.CRITICAL)  # the library's debug log holds whole frames: keyed digits
TEXT = 0x81
"""First byte of a text message in one frame."""


class AriSocket(ClientConnection):
    """``handler`` gets each text message as it came; without one the library queues them."""

    handler: Callable[[bytes], None] | None = None
    _rest: bytes = b""

    def data_received(self, data: bytes) -> None:
        """Bytes from Asterisk."""
        if self.handler is None:
            super().data_received(data)
            return
        if self._rest:
            data = self._rest + data
        start = 0
        while (end := frame_end(data, start)) is not None:
            if data[start] == TEXT and data[start + 1] < 0x80:
                self.handler(data[end - text_length(data, start) : end])
            else:
                super().data_received(data[start:end])
            if self.handler is None:  # the handler closed us
                return
            start = end
        self._rest = data[start:]

    def write(self, text: str) -> None:
        """Send a text frame without waiting; lost when the connection is closing, which the link notices by itself."""
        if self.protocol.state is State.OPEN:
            self.protocol.send_text(text.encode())
            self.send_data()

    def drop(self) -> None:
        """Hand nothing on any more and close without ceremony."""
        self.handler = None
        self.transport.abort()


def text_length(data: bytes, start: int) -> int:
    """Length of the payload of the unmasked frame that begins at ``start``; its length bytes are there (RFC 6455 §5.2)."""
    short = data[start + 1] & 0x7F
    if short < 126:
        return short
    return int.from_bytes(data[start + 2 : start + (4 if short == 126 else 10)], "big")


def frame_end(data: bytes, start: int) -> int | None:
    """Where the frame that begins at ``start`` ends, or None when not all of it has come."""
    there = len(data) - start
    if there < 2:
        return None
    second = data[start + 1]
    short = second & 0x7F
    head = (2 if short < 126 else 4 if short == 126 else 10) + (4 if second & 0x80 else 0)
    if there < head:
        return None
    end = start + head + text_length(data, start)
    return end if end <= len(data) else None


async def open_socket(url: str, authorization: str) -> AriSocket:
    """Connect. Raises OSError, TimeoutError and the library's WebSocketException."""
    socket = await connect(
        url, additional_headers={"Authorization": authorization}, compression=None, proxy=None, open_timeout=5,
        ping_interval=None, close_timeout=1, max_size=None, create_connection=AriSocket, logger=_unheard,
    )  # fmt: skip
    if not isinstance(socket, AriSocket):
        raise TypeError("the library made another connection than it was told to")
    return socket
