"""What happened to channels while nobody of us listened: by Asterisk's own record (CEL), written by itself to a file.

One JSON object a line, ``hl-cel.json`` (asterisk_conf/templates/cel_custom.conf.j2). A line that can't be read is skipped and
counted; only the file's tail is read, so a start does not grow with the years. Its times are Asterisk's wall clock, which is ours:
they agree with the telephones' 200 OK and BYE within a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import structlog

from hotline.clock import Clock
from hotline.ids import CallId, ChannelId
from hotline.moment import Moment

log = structlog.get_logger("cel")

TAIL = 8_000_000
"""Bytes read from the end: about 25,000 events, hours of calls."""
ENTRIES = {"hl-from-carrier": "carrier", "hl-from-demo": "demo", "hl-seats": "internal"}
"""The contexts in which callers enter the dialplan, and the word for where they come from."""
QUEUE, STASIS = "Queue", "Stasis"


class Record(msgspec.Struct, frozen=True, gc=False):
    """One line, as far as it is read; ``eventtime`` in seconds since 1970."""

    eventtype: str
    eventtime: float
    uniqueid: str
    context: str = ""
    appname: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the record tells of one channel. ``queued``, ``served``, ``parted``: in the dialplan's own queue, while we were away."""

    began: Moment | None = None
    entry: str = ""
    """Where a caller came from: carrier, demo, internal; empty: it is no caller's channel."""
    answered: Moment | None = None
    queued: Moment | None = None
    served: Moment | None = None
    parted: Moment | None = None
    ended: Moment | None = None

    def call(self, channel: ChannelId) -> CallId | None:
        """The id the dialplan gave this caller's call; None when it is no caller's channel."""
        if not self.entry or self.began is None:
            return None
        return CallId(f"c-{self.began.day():%Y%m%d}-{''.join(sign for sign in channel if sign.isdigit())}")


NOTHING = Told()
_DECODE = msgspec.json.Decoder(Record).decode


def read_record(runtime: Path, clock: Clock) -> dict[ChannelId, Told]:
    """Every channel the record's tail tells of; the wall clock mapped onto ours."""
    now = clock.now()
    told: dict[ChannelId, Told] = {}
    for record in _records(runtime / "asterisk" / "log" / "cel-custom" / "hl-cel.json"):
        channel = ChannelId(record.uniqueid)
        told[channel] = _learn(told.get(channel, NOTHING), record, _moment(record, now), offer=channel.startswith("o-"))
    return told


def _learn(told: Told, record: Record, at: Moment, *, offer: bool) -> Told:
    match record.eventtype:
        case "CHAN_START":
            return replace(told, began=at)
        case "APP_START" if record.appname == STASIS and not told.entry:  # not so the phones the dialplan's queue dials
            return replace(told, entry="" if offer else ENTRIES.get(record.context, ""))
        case "ANSWER":
            return replace(told, answered=told.answered or at)
        case "APP_START" if record.appname == QUEUE:
            return replace(told, queued=told.queued or at)
        case "BRIDGE_ENTER" if told.queued is not None and record.appname == QUEUE:
            return replace(told, served=told.served or at)
        case "BRIDGE_EXIT" if told.served is not None and told.parted is None:
            return replace(told, parted=at)
        case "HANGUP" | "CHAN_END":
            return replace(told, ended=told.ended or at)
        case _:
            return told


def _moment(record: Record, now: Moment) -> Moment:
    """As far back from ``now`` as the wall clock says, never later."""
    behind = max(0, now.wall - int(record.eventtime * 1_000_000))
    return Moment(now.wall - behind, now.mono - behind, now.boot)


def _records(file: Path) -> Iterator[Record]:
    """The tail of the record, in order. Nothing when there is none."""
    try:
        with file.open("rb") as stream:
            stream.seek(0, 2)
            start = max(0, stream.tell() - TAIL)
            stream.seek(start)
            rows = stream.read().splitlines()[1 if start else 0 :]
    except OSError:
        return
    broken = 0
    for row in rows:
        try:
            yield _DECODE(row)
        except msgspec.DecodeError:
            broken += 1
    if broken:
        log.warning("lines of the record can't be read", lines=broken)
