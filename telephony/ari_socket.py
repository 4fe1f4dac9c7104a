"""The WebSocket itself: the library's connection with a short way for what makes up all of the traffic.

A server's frames are never masked, so the end of each is known from its first bytes. Whole text frames go straight to the handler:
no parser made of generators, no queue, no task to wake; that was a quarter of the processor time of a call. Everything else
(ping, pong, close, a message in pieces, nonsense) goes to the library, which answers it or fails the connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import getrandbits
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import State

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without the library's C part
    from websockets.utils import apply_mask

_unheard = logging.Logger("telephony.websocket", logging.CRITICAL)  # the library's debug log holds whole frames: keyed digits
TEXT = 0x81
"""First byte of a text message in one frame."""
ACCEPTED = b"HTTP/1.1 101"
HEAD_END = b"\r\n\r\n"
LONGEST_HEAD = 65536


class AriSocket(ClientConnection):
    """Messages go to the handler of :meth:`hand_to`; those that come before there is one wait for it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._handler: Callable[[bytes], None] | None = None
        self._early: list[bytes] = []
        self._short_way: bool | None = None
        """None: before the answer to our request; False: the library does all (we were refused, or dropped the connection)."""
        self._rest = b""

    def hand_to(self, handler: Callable[[bytes], None]) -> None:
        """Who gets the messages from now on, beginning with those that waited."""
        early, self._early = self._early, []
        self._handler = handler
        for message in early:
            handler(message)

    def data_received(self, data: bytes) -> None:
        """Bytes from Asterisk."""
        if self._rest:
            data = self._rest + data
        start = 0 if self._short_way else self._begin(data)
        while self._short_way and (end := frame_end(data, start)) is not None:
            if data[start] == TEXT and data[start + 1] < 0x80:
                self._take(data[end - text_length(data, start) : end])
            else:
                super().data_received(data[start:end])
            start = end
        self._rest = data[start:]

    def _begin(self, data: bytes) -> int:
        """Give the library the answer to its request, to the byte; where in ``data`` the frames begin."""
        end = data.find(HEAD_END) + len(HEAD_END)
        if self._short_way is None and end < len(HEAD_END) and len(data) < LONGEST_HEAD:
            return 0  # the rest of the head is still to come
        self._short_way = self._short_way is None and data.startswith(ACCEPTED)
        given = end if self._short_way else len(data)
        super().data_received(data[:given])
        return given

    def _take(self, message: bytes) -> None:
        if self._handler is not None:
            self._handler(message)
        else:
            self._early.append(message)

    def write(self, text: str) -> None:
        """Send a text frame without waiting; lost when the connection is closing, which the link notices by itself."""
        if self.protocol.state is State.OPEN:
            self.transport.write(text_frame(text.encode(), getrandbits(32).to_bytes(4)))

    def drop(self) -> None:
        """Hand nothing on any more and close without ceremony."""
        self._short_way = False
        self._handler = None
        self.transport.abort()


def text_frame(payload: bytes, mask: bytes) -> bytes:
    """``payload`` as a client's text frame under the four bytes of ``mask`` (RFC 6455 §5.2, §5.3).

    A mask keeps proxies from being fooled (§10.3). There is none on loopback, so any random will do.
    """
    length = len(payload)
    if length < 126:
        head = bytes((TEXT, 0x80 | length))
    elif length < 1 << 16:
        head = bytes((TEXT, 0x80 | 126)) + length.to_bytes(2)
    else:
        head = bytes((TEXT, 0x80 | 127)) + length.to_bytes(8)
    return head + mask + apply_mask(payload, mask)


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
