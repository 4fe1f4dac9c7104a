"""Frames of the ARI WebSocket: what is read out of them, and how a request is written.

Laws: one decode per frame that matters, none for one that doesn't; an event type nobody here knows is counted and dropped; a
malformed frame is counted and dropped, and its content is never logged, because a keyed digit may be in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import structlog

from telephony.ari_messages import EVENTS, Event

log = structlog.get_logger("telephony")


class Reply(NamedTuple):
    """Asterisk's answer to a request: HTTP status (0: none came) and body."""

    status: int
    body: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300


class RestReply(msgspec.Struct, frozen=True, gc=False):
    """The parts of a ``RESTResponse`` frame that are read."""

    request_id: str = ""
    status_code: int = 0
    message_body: str = ""


class _Kind(msgspec.Struct, gc=False):
    type: str = ""


Frame = Event | RestReply
_KIND = msgspec.json.Decoder(_Kind)
_FIRST = b'{"type":"'
MOST_KINDS = 200


class FrameReader:
    """Turns frames into typed events and replies; ``wanted`` names the event types that are decoded at all."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._decoders: dict[bytes, msgspec.json.Decoder[Any]] = {b"RESTResponse": msgspec.json.Decoder(RestReply)}
        self._decoders |= {name.encode(): msgspec.json.Decoder(EVENTS[name]) for name in wanted}
        self.counts: Counter[str] = Counter()
        """How many frames of each sort were dropped: ``malformed``, ``ignored``, ``unknown <type>``."""

    def read(self, frame: bytes) -> Frame | None:
        """The event or reply in ``frame``, or None when it is not wanted or cannot be read."""
        try:  # the type comes first in most frames, and then needs no decoding
            kind = frame[9 : frame.find(b'"', 9)] if frame.startswith(_FIRST) else _KIND.decode(frame).type.encode()
            decoder = self._decoders.get(kind)
            if decoder is not None:
                read: Frame = decoder.decode(frame)
                return read
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.counts["malformed"] += 1
            log.warning("malformed frame from Asterisk skipped", reason=type(error).__name__, size=len(frame))
            return None
        self._drop(kind.decode(errors="replace")[:40])
        return None

    def _drop(self, kind: str) -> None:
        name = "ignored" if kind in EVENTS else f"unknown {kind}"
        if name != "ignored" and name not in self.counts:
            if len(self.counts) >= MOST_KINDS:
                name = "unknown"
            log.info("event type of Asterisk is not known here", kind=kind)
        self.counts[name] += 1


def write_request(number: str, method: str, uri: str, body: str | None = None) -> str:
    """The ``RESTRequest`` frame; ``uri`` has no leading slash and carries its query quoted, ``body`` is JSON text."""
    head = f'{{"type":"RESTRequest","transaction_id":"","request_id":"{number}","method":"{method}","uri":{_text(uri)}'
    if body is None:
        return head + "}"
    return f'{head},"content_type":"application/json","message_body":{_text(body)}}}'


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode()


@lru_cache(4096)
def quoted(value: str) -> str:
    """A value of a query string; a comma separates the parts of a list and stays."""
    return quote(value, safe="/:,")


def query(path: str, **parameters: str | int) -> str:
    """``path`` with its query string, every value quoted."""
    return path + "?" + "&".join(f"{name}={quoted(str(value))}" for name, value in parameters.items())
