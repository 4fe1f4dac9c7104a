"""RTP packets (RFC 3550 §5.1) and telephone events (RFC 4733 §2.3) as bytes and back."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hotline.errors import HotlineError

KEYS = "0123456789*#ABCD"
"""A key's event code is its place here (RFC 4733 table 7)."""
FRAME = 160
"""Samples in a packet: 20 ms at 8000 a second."""
LONGEST_EVENT = 0xFFFF
"""The duration field's limit, in samples: 8.19 s; a key held longer goes on as a new segment (RFC 4733 §2.5.1.3)."""
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


class MalformedRtp(HotlineError):
    """Not an RTP packet:"""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet; ``payload`` without extension and padding."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes


def pack(packet: RtpPacket) -> bytes:
    """The bytes of ``packet``; sequence and timestamp wrap around."""
    second = (packet.marker << 7) | (packet.payload_type & 0x7F)
    head = _HEADER.pack(0x80, second, packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, packet.ssrc & 0xFFFFFFFF)
    return head + packet.payload


def unpack(data: bytes) -> RtpPacket:
    """The packet in a datagram. Raises MalformedRtp (too short, wrong version, lengths that don't fit, RTCP)."""
    if len(data) < _HEADER.size or data[0] >> 6 != 2:
        raise MalformedRtp("header")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if 200 <= second <= 204:
        raise MalformedRtp("that is RTCP")
    start = _HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            raise MalformedRtp("extension")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if end < start:
        raise MalformedRtp("lengths")
    return RtpPacket(second & 0x7F, sequence, timestamp, ssrc, bool(second & 0x80), data[start:end])


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """One report about a key: ``duration`` in samples since the key went down, ``end`` when it is up again."""

    code: int
    end: bool
    duration: int
    volume: int = 10


def pack_event(event: TelephoneEvent) -> bytes:
    """The four bytes of an event payload."""
    return _EVENT.pack(event.code & 0xFF, (event.end << 7) | (event.volume & 0x3F), event.duration & 0xFFFF)


def unpack_event(payload: bytes) -> TelephoneEvent:
    """The event in a payload. Raises MalformedRtp when it is shorter than four bytes."""
    if len(payload) < _EVENT.size:
        raise MalformedRtp("event")
    code, flags, duration = _EVENT.unpack_from(payload)
    return TelephoneEvent(code, bool(flags & 0x80), duration, flags & 0x3F)


def code_of(key: str) -> int:
    """The event code of a key such as ``7`` or ``#``. Raises ValueError when no telephone has it."""
    code = KEYS.find(key.upper()) if len(key) == 1 else -1
    if code < 0:
        raise ValueError("no such key")  # never say which: it may belong to a PIN
    return code
