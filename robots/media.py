"""A call's audio: one RTP socket, a mouth, an ear, and counts of everything."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from hotline.clock import Clock
from hotline.errors import HotlineError
from robots.g711 import Codec
from robots.heard import Heard
from robots.mouth import Mouth, Quiet
from robots.pacer import Pacer
from robots.rtp import MalformedRtp, RtpPacket, unpack, unpack_event
from robots.sdp import Sdp

Address = tuple[str, int]
_AT_ONCE = 64
"""Datagrams taken from a socket before others have their turn."""


class NoFreePort(HotlineError):
    """No free RTP port:"""


@dataclass(slots=True)
class Counts:
    """Datagrams of one call, both ways."""

    sent: int = 0
    unsent: int = 0
    received: int = 0
    malformed: int = 0
    strays: int = 0
    """From another address than the first one heard: not recorded."""
    other_types: int = 0
    """Well-formed, but of a payload type nobody agreed upon."""


_turn = count()


def is_ipv4(host: str) -> bool:
    """Whether ``host`` is an IPv4 address; a name would make the socket ask a name server and stop everything meanwhile."""
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):
        return False
    return True


def open_port(host: str, ports: tuple[int, int]) -> socket.socket:
    """A bound non-blocking UDP socket on an even port from ``ports`` (both included). Raises NoFreePort."""
    first, last = ports[0] + ports[0] % 2, ports[1]
    places = max(0, (last - first) // 2 + 1)
    for _ in range(places):
        port = first + 2 * (next(_turn) % places)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        try:
            sock.bind((host, port))
        except OSError:
            sock.close()
            continue
        return sock
    raise NoFreePort(f"{host} {first}-{last}")


def drain(sock: socket.socket, take: Callable[[bytes, Address], None]) -> None:
    """Give what waits in ``sock`` to ``take``; a reset of the other side is not our business."""
    for _ in range(_AT_ONCE):
        try:
            data, source = sock.recvfrom(65535)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            continue
        take(data, source[:2])


class Media:
    """The audio of one call, from the first SDP to the end."""

    def __init__(
        self, host: str, ports: tuple[int, int], pacer: Pacer, clock: Clock, *, quiet: Quiet = "silence", keep_s: float | None = None
    ) -> None:
        self._sock = open_port(host, ports)
        self.host, self.port = host, int(self._sock.getsockname()[1])
        self.heard = Heard(keep_s)
        self.counts = Counts()
        self.mouth = Mouth(self._send, clock, quiet)
        self._pacer = pacer
        self._clock = clock
        self._remote: Address | None = None
        self._latched: Address | None = None
        self._codecs: dict[int, Codec] = {0: "PCMU", 8: "PCMA"}
        self._event_types: frozenset[int] = frozenset()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._sock, self._readable)
        self._open = True

    def agree(self, ours: Sdp, theirs: Sdp) -> None:
        """Both descriptions are known: send as ``theirs`` wants it, hear as ``ours`` said."""
        codec = next((codec for codec in theirs.codecs if codec in ours.codecs), None)
        if codec is not None:
            self.mouth.codec, self.mouth.payload_type = codec, theirs.payload_type(codec)
        for sdp in (ours, theirs):
            self._codecs.update(zip(sdp.payload_types, sdp.codecs, strict=True))
        self.mouth.event_type = theirs.event_type
        self._event_types = frozenset(n for n in (ours.event_type, theirs.event_type) if n is not None)
        remote = (theirs.host, theirs.port if is_ipv4(theirs.host) else 0)
        if remote != self._remote:
            self._remote, self._latched = remote, None

    def let_speak(self, allowed: bool) -> None:
        """Send from now on, or not any more (hold)."""
        self.mouth.silent = not allowed
        if self._open:
            self._pacer.join(self.mouth)

    def send_raw(self, data: bytes) -> None:
        """Send any bytes to the other side's RTP port: for tests of bad input."""
        self._send(data)

    def close(self) -> None:
        """Hang the receiver up; what was heard stays."""
        if self._open:
            self._open = False
            self._pacer.leave(self.mouth)
            self.mouth.stop()
            self._loop.remove_reader(self._sock)
            with contextlib.suppress(OSError):
                drain(self._sock, self._arrived)
            self._sock.close()

    def _send(self, data: bytes) -> None:
        if self._remote is None or not self._remote[1]:
            return
        try:
            self._sock.sendto(data, self._remote)
            self.counts.sent += 1
        except (OSError, ValueError, UnicodeError):
            self.counts.unsent += 1  # a full buffer, or an address that is none

    def _readable(self) -> None:
        drain(self._sock, self._arrived)

    def _arrived(self, data: bytes, source: Address) -> None:
        at = self._clock.now()
        try:
            packet = unpack(data)
            self._latched = self._latched or source
            if source != self._latched:
                self.counts.strays += 1
            elif packet.payload_type in self._event_types:
                self.heard.add_event(at, packet, unpack_event(packet.payload))
            else:
                self._audio(packet)
            self.counts.received += 1
        except MalformedRtp:
            self.counts.malformed += 1

    def _audio(self, packet: RtpPacket) -> None:
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            self.counts.other_types += 1
        else:
            self.heard.add(self._clock.now(), packet, codec)
