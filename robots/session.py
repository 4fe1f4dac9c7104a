"""Offer and answer (RFC 3264) around one call's audio: what was proposed, what was agreed, who may speak."""

from __future__ import annotations

import secrets

from robots.g711 import Codec
from robots.media import Media
from robots.sdp import MIRROR, Direction, Sdp, answer_to, format_sdp, parse_sdp

EVENT_TYPE = 101
"""The payload type we propose for telephone events; an answer keeps the other side's."""
_STATIC: dict[Codec, int] = {"PCMU": 0, "PCMA": 8}


class Session:
    """The media session of one call."""

    def __init__(self, media: Media, likes: tuple[Codec, ...], event_type: int | None = EVENT_TYPE) -> None:
        self.media = media
        self.ours: Sdp | None = None
        self.theirs: Sdp | None = None
        self._likes = likes
        self._event_type = event_type
        self._id = secrets.randbits(30)
        self._version = 0
        self._last = b""

    @property
    def held_by_them(self) -> bool:
        """Whether the other side put us on hold."""
        return self.theirs is not None and self.theirs.on_hold()

    @property
    def held_by_us(self) -> bool:
        """Whether we put the other side on hold."""
        return self.ours is not None and self.ours.direction in ("sendonly", "inactive") and not self.held_by_them

    def offer(self, direction: Direction = "sendrecv") -> bytes:
        """Our proposal; with an agreed codec first when there is one."""
        numbers = tuple(_STATIC[codec] for codec in self._likes)
        event = self.theirs.event_type if self.theirs is not None else self._event_type
        self.ours = Sdp(self.media.host, self.media.port, self._likes, numbers, event, direction)
        return self._written()

    def take_answer(self, body: bytes) -> None:
        """The other side's answer to our offer. Raises MalformedSdp."""
        self.theirs = parse_sdp(body)
        self._settle()

    def take_offer(self, body: bytes) -> bytes:
        """The other side's proposal, and our answer to it. Raises MalformedSdp when we have no codec in common."""
        theirs = parse_sdp(body)
        wanted: Direction = MIRROR[theirs.direction]
        if theirs.on_hold() and wanted == "sendrecv":
            wanted = "recvonly"  # the old 0.0.0.0 hold of RFC 2543
        self.ours = answer_to(theirs, self.media.host, self.media.port, self._likes, wanted)
        self.theirs = theirs
        self._settle()
        return self._written()

    def speak(self) -> None:
        """The call is answered: start sending, if both sides allow it."""
        assert self.ours is not None
        allowed = self.ours.direction in ("sendrecv", "sendonly") and not self.held_by_them
        self.media.let_speak(allowed)

    def _settle(self) -> None:
        if self.ours is not None and self.theirs is not None:
            self.media.agree(self.ours, self.theirs)

    def _written(self) -> bytes:
        assert self.ours is not None
        if format_sdp(self.ours, session=self._id, version=self._version) != self._last:
            self._version += 1
        self._last = format_sdp(self.ours, session=self._id, version=self._version)
        return self._last
