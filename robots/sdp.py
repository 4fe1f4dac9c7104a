"""The session description (RFC 4566, RFC 3264) as far as a telephone needs it: one audio stream, G.711 and telephone-event.

Read leniently (any line ending, unknown lines, no rtpmap for the static types), written strictly (CRLF).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hotline.errors import HotlineError
from robots.g711 import Codec

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
STATIC: dict[int, str] = {0: "PCMU", 8: "PCMA"}
"""Payload types with a fixed meaning (RFC 3551 table 4) that we speak."""
_SPOKEN: dict[str, Codec] = {"PCMA": "PCMA", "PCMU": "PCMU"}
MIRROR: dict[Direction, Direction] = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


class MalformedSdp(HotlineError):
    """The session description can't be used:"""


@dataclass(frozen=True, slots=True)
class Sdp:
    """One side's audio: where it wants RTP, its codecs in order of liking, its payload type of key events."""

    host: str
    port: int
    codecs: tuple[Codec, ...]
    payload_types: tuple[int, ...]
    """The payload type of each codec, in the same order."""
    event_type: int | None = None
    direction: Direction = "sendrecv"

    def payload_type(self, codec: Codec) -> int:
        """The number ``codec`` goes by here. Raises MalformedSdp when it isn't offered."""
        if codec not in self.codecs:
            raise MalformedSdp(f"{codec} is not offered")
        return self.payload_types[self.codecs.index(codec)]

    def on_hold(self) -> bool:
        """Whether the side that wrote this doesn't want to hear us (sendonly, inactive, or the old 0.0.0.0)."""
        return self.direction in ("sendonly", "inactive") or self.host == "0.0.0.0"


@dataclass(slots=True)
class _Reading:
    session_host: str = ""
    media_host: str = ""
    port: int = 0
    formats: tuple[int, ...] = ()
    session_direction: Direction = "sendrecv"
    media_direction: Direction | None = None
    audio: bool = False
    other: bool = False


def parse_sdp(body: bytes) -> Sdp:
    """The first audio stream of ``body``. Raises MalformedSdp when there is none that we could speak."""
    reading = _Reading()
    names: dict[int, str] = dict(STATIC)
    for raw in body.decode("utf-8", "replace").replace("\r", "\n").split("\n"):
        line = raw.strip()
        if len(line) > 1 and line[1] == "=":
            _read_line(reading, names, line[0], line[2:].strip())
    host = reading.media_host or reading.session_host
    if not reading.audio or not host:
        raise MalformedSdp("no audio stream with an address")
    usable: list[tuple[Codec, int]] = []
    event: int | None = None
    for number in reading.formats:
        name = names.get(number, "")
        codec = _SPOKEN.get(name)
        if codec is not None:
            usable.append((codec, number))
        elif name == "TELEPHONE-EVENT" and event is None:
            event = number
    if not usable:
        raise MalformedSdp("neither PCMA nor PCMU is offered")
    direction = reading.media_direction or reading.session_direction
    return Sdp(host, reading.port, tuple(c for c, _ in usable), tuple(n for _, n in usable), event, direction)


def _read_line(reading: _Reading, names: dict[int, str], kind: str, value: str) -> None:
    if kind == "m":
        _read_media(reading, value)
    elif reading.other:
        return  # a line of a stream that isn't ours
    elif kind == "c":
        host = value.split()[-1].split("/")[0] if value.split() else ""
        if reading.audio:
            reading.media_host = host
        else:
            reading.session_host = host
    elif kind == "a":
        _read_attribute(reading, names, value)


def _read_media(reading: _Reading, value: str) -> None:
    words = value.split()
    if reading.audio or len(words) < 4 or words[0] != "audio":
        reading.other = True
        return
    port = words[1].split("/")[0]
    reading.audio, reading.other = True, False
    reading.port = int(port) if port.isascii() and port.isdigit() and int(port) < 65536 else 0
    reading.formats = tuple(int(word) for word in words[3:] if word.isascii() and word.isdigit() and len(word) < 4)


def _read_attribute(reading: _Reading, names: dict[int, str], value: str) -> None:
    if value in MIRROR:
        if reading.audio:
            reading.media_direction = value
        else:
            reading.session_direction = value
    elif value.startswith("rtpmap:"):
        number, _, name = value[7:].partition(" ")
        encoding, _, rate = name.strip().partition("/")
        if number.isascii() and number.isdigit() and rate.split("/")[0] == "8000":
            names[int(number)] = encoding.upper()


def format_sdp(sdp: Sdp, *, session: int = 1, version: int = 1) -> bytes:
    """The body of an offer or answer; ``version`` must grow with each change of one session (RFC 3264 §8)."""
    numbers = [*sdp.payload_types, *([sdp.event_type] if sdp.event_type is not None else [])]
    lines = [
        "v=0",
        f"o=- {session} {version} IN IP4 {sdp.host}",
        "s=-",
        f"c=IN IP4 {sdp.host}",
        "t=0 0",
        f"m=audio {sdp.port} RTP/AVP {' '.join(map(str, numbers))}",
        *(f"a=rtpmap:{number} {codec}/8000" for codec, number in zip(sdp.codecs, sdp.payload_types, strict=True)),
    ]
    if sdp.event_type is not None:
        lines += [f"a=rtpmap:{sdp.event_type} telephone-event/8000", f"a=fmtp:{sdp.event_type} 0-16"]
    lines += ["a=ptime:20", f"a={sdp.direction}"]
    return ("\r\n".join(lines) + "\r\n").encode()


def answer_to(offer: Sdp, host: str, port: int, likes: tuple[Codec, ...], direction: Direction | None = None) -> Sdp:
    """Our answer: the first codec of the offer that we like, the offer's own numbers. Raises MalformedSdp when none fits."""
    for codec, number in zip(offer.codecs, offer.payload_types, strict=True):
        if codec in likes:
            return Sdp(host, port, (codec,), (number,), offer.event_type, direction or MIRROR[offer.direction])
    raise MalformedSdp("no codec in common")
