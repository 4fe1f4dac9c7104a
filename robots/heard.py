"""What came out of the receiver: every packet with its arrival, laid out in time so that gaps stay gaps.

The axis begins with the first packet. Inside one stream a sample's place comes from the RTP timestamp; when the sender's
timestamps break (a new SSRC, a jump ahead of the clock or far behind it), a new stretch is anchored at its arrival.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hotline.moment import Moment, elapsed_us
from robots.g711 import RATE, Codec, decode
from robots.rtp import KEYS, RtpPacket, TelephoneEvent
from robots.wav import write_wav

_AHEAD = round(0.2 * RATE)
_BEHIND = round(1.0 * RATE)


@dataclass(frozen=True, slots=True)
class KeyHeard:
    """The other side's key, from its telephone events; its value never shows in a repr."""

    key: str
    at: Moment

    def __repr__(self) -> str:
        return f"KeyHeard({self.at!r})"


@dataclass(frozen=True, slots=True)
class _Piece:
    place: int
    payload: bytes
    codec: Codec


class Heard:
    """A recording in the making; ``keep_s`` limits it to its last seconds (None: all of it)."""

    def __init__(self, keep_s: float | None = None) -> None:
        self.started: Moment | None = None
        self.packets = 0
        self.lost = 0
        self.doubled = 0
        self.stretches = 0
        self.keys: list[KeyHeard] = []
        self._pieces: deque[_Piece] = deque()
        self._keep = None if keep_s is None else round(keep_s * RATE)
        self._end = 0
        self._ssrc: int | None = None
        self._offset = 0
        self._timestamp = 0
        self._sequence = 0
        self._event_timestamp: int | None = None

    def add(self, at: Moment, packet: RtpPacket, codec: Codec) -> None:
        """A packet of audio arrived."""
        if self.started is None:
            self.started = at
        self.packets += 1
        place = self._place(at, packet)
        if place < 0:
            return  # older than the first one
        self._pieces.append(_Piece(place, packet.payload, codec))
        self._end = max(self._end, place + len(packet.payload))
        if self._keep is not None:
            while self._pieces[0].place < self._end - self._keep:
                self._pieces.popleft()

    def _place(self, at: Moment, packet: RtpPacket) -> int:
        assert self.started is not None
        arrival = elapsed_us(self.started, at) * RATE // 1_000_000
        ahead = _signed(packet.timestamp - self._timestamp, 32) + self._offset
        if packet.ssrc != self._ssrc or not arrival - _BEHIND <= ahead <= arrival + _AHEAD:
            self._ssrc, self._timestamp, self._offset = packet.ssrc, packet.timestamp, arrival
            self._sequence = packet.sequence
            self.stretches += 1
            return arrival
        step = _signed(packet.sequence - self._sequence, 16)
        if step > 0:
            self.lost += step - 1
            self._sequence, self._timestamp, self._offset = packet.sequence, packet.timestamp, ahead
        elif step == 0:
            self.doubled += 1
        else:
            self.lost -= 1  # it was only late
        return ahead

    def add_event(self, at: Moment, packet: RtpPacket, event: TelephoneEvent) -> None:
        """A packet about a key arrived; only the first about each key counts."""
        step = _signed(packet.sequence - self._sequence, 16)
        if packet.ssrc == self._ssrc and step > 0:
            self.lost += step - 1
            self._sequence = packet.sequence
        if event.code < len(KEYS) and packet.timestamp != self._event_timestamp:
            self._event_timestamp = packet.timestamp
            self.keys.append(KeyHeard(KEYS[event.code], at))

    @property
    def seconds(self) -> float:
        """From the first packet to the end of the last."""
        return self._end / RATE

    def pcm(self, since: float = 0.0, until: float | None = None) -> array[int]:
        """The samples from ``since`` to ``until`` seconds after the first packet; what didn't come is zero."""
        first = max(0, round(since * RATE))
        last = max(first, self._end if until is None else min(self._end, round(until * RATE)))
        samples: array[int] = array("h", bytes(2 * (last - first)))
        for piece in self._pieces:
            start, end = piece.place - first, piece.place - first + len(piece.payload)
            if start >= 0 and end <= last - first:
                samples[start:end] = decode(piece.payload, piece.codec)
            elif end > 0 and start < last - first:
                cut = decode(piece.payload, piece.codec)[max(0, -start) : last - first - start]
                samples[max(0, start) : max(0, start) + len(cut)] = cut
        return samples

    def tail(self, seconds: float) -> array[int]:
        """The last ``seconds``."""
        return self.pcm(max(0.0, self.seconds - seconds))

    def moment_at(self, seconds: float) -> Moment:
        """When the sample so many seconds after the first packet was heard. Raises ValueError before the first packet."""
        if self.started is None:
            raise ValueError("nothing was heard yet")
        return self.started.after(timedelta(seconds=seconds))

    def position_of(self, at: Moment) -> float:
        """Seconds from the first packet to ``at`` (0 for anything before it)."""
        return 0.0 if self.started is None else elapsed_us(self.started, at) / 1_000_000

    def save(self, path: Path) -> None:
        """Write everything heard into a PCM16 8 kHz wav file."""
        write_wav(path, self.pcm())


def _signed(difference: int, bits: int) -> int:
    """A difference of counters that wrap around, as the small signed number it is."""
    half = 1 << (bits - 1)
    return (difference + half) % (1 << bits) - half
