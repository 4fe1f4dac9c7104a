"""The WebSocket to Asterisk with a short way in and out for what it carries all day: whole text frames.

The library keeps the handshake, control frames, messages in pieces, time-outs and every error. Only the framing of a whole
text frame is done here, because the library's costs more than all the rest of an event (bench/ivr_call). Laws:

* what is not a whole unmasked text frame goes to the library byte for byte and in order;
* text goes straight to ``on_text``, where it is read: no queue, no wake-up of a task; before ``on_text`` is set the library keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import getrandbits
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import apply_mask  # type: ignore[attr-defined]  # its quick way in C, not exported by name
from websockets.protocol import State

WHOLE_TEXT = 0x81
"""FIN and opcode 1 (RFC 6455 §5.2)."""
TWO_BYTES, EIGHT_BYTES = 126, 127
"""Lengths that say how long the real length is."""
END_OF_HEAD = b"\r\n\r\n"


class EventSocket(ClientConnection):
    """See the module."""

    on_text: Callable[[bytes], None] | None = None

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._head: bytes | None = b""
        self._tail = b""

    def write(self, text: str) -> None:
        """Send a text frame without waiting; lost when the connection is closing, which is noticed elsewhere."""
        if self.protocol.state is State.OPEN:
            self.transport.write(text_frame(text.encode()))

    def data_received(self, data: bytes) -> None:
        """Take bytes from the transport."""
        if self._head is not None:
            data = self._shake_hands(data)
        if self.protocol.state is State.CONNECTING:  # refused: a body may follow
            super().data_received(data)
            return
        if self._tail:
            data = self._tail + data
        start = 0
        while (span := frame_span(data, start)) is not None:
            first, end = span
            if data[start] == WHOLE_TEXT and self.on_text is not None:
                self.on_text(data[first:end])
            else:
                super().data_received(data[start:end])
            start = end
        self._tail = data[start:]

    def _shake_hands(self, data: bytes) -> bytes:
        """Give the library the head of the answer, whole; what came behind it."""
        head, end, rest = ((self._head or b"") + data).partition(END_OF_HEAD)
        if not end:
            self._head = head
            return b""
        self._head = None
        super().data_received(head + end)
        return rest


def frame_span(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame at ``start`` begins and where the frame ends; None when it isn't all there.

    A masked frame, which no server may send, ends where the data ends: the library will see to it.
    """
    size = len(data)
    if size < start + 2:
        return None
    length, first = data[start + 1], start + 2
    if length == TWO_BYTES:
        first = start + 4
        length = int.from_bytes(data[start + 2 : first])
    elif length == EIGHT_BYTES:
        first = start + 10
        length = int.from_bytes(data[start + 2 : first])
    elif length > EIGHT_BYTES:
        return first, size
    end = first + length
    return (first, end) if first <= size and end <= size else None


def text_frame(payload: bytes) -> bytes:
    """``payload`` as a client's text frame. The mask guards against confused proxies (RFC 6455 §10.3); there is none on loopback."""
    length, mask = len(payload), getrandbits(32).to_bytes(4)
    if length < TWO_BYTES:
        head = bytes((WHOLE_TEXT, 0x80 | length))
    elif length < 1 << 16:
        head = bytes((WHOLE_TEXT, 0x80 | TWO_BYTES)) + length.to_bytes(2)
    else:
        head = bytes((WHOLE_TEXT, 0x80 | EIGHT_BYTES)) + length.to_bytes(8)
    return head + mask + apply_mask(payload, mask)
