"""What happened to channels while nobody of us listened: by Asterisk's own record (CEL), written by itself to a file.

One JSON object a line, ``hl-cel.json`` (asterisk_conf/templates/cel_custom.conf.j2). A line that can't be read is skipped and
counted; only the file's tail is read, so a start does not grow with the years. Its times are Asterisk's wall clock, which is ours:
they agree with the telephones' 200 OK and BYE within a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import structlog

from hotline.clock import Clock
from hotline.ids import ChannelId
from hotline.moment import Moment

log = structlog.get_logger("cel")

TAIL = 8_000_000
"""Bytes read from the end: about 25,000 events, hours of calls."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One line, as far as it is read; ``eventtime`` in seconds since 1970."""

    eventtype: str
    eventtime: float
    uniqueid: str
    context: str = ""
    appname: str = ""
    channame: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the record tells of one channel."""

    answered: Moment | None = None
    ended: Moment | None = None


_DECODE = msgspec.json.Decoder(Record).decode


def told_of(runtime: Path, channels: Collection[ChannelId], clock: Clock) -> dict[ChannelId, Told]:
    """When each of ``channels`` was answered and hung up, as far as the record tells; the wall clock mapped onto ours."""
    if not channels:
        return {}
    now = clock.now()
    told = {channel: Told() for channel in channels}
    for record in records(runtime):
        known = told.get(ChannelId(record.uniqueid))
        if known is None:
            continue
        at = moment_of(record, now)
        if record.eventtype == "ANSWER":
            known = replace(known, answered=known.answered or at)
        elif record.eventtype in ("HANGUP", "CHAN_END"):
            known = replace(known, ended=known.ended or at)
        told[ChannelId(record.uniqueid)] = known
    return told


def moment_of(record: Record, now: Moment) -> Moment:
    """The moment of a record: as far back from ``now`` as the wall clock says, never later."""
    behind = max(0, now.wall - int(record.eventtime * 1_000_000))
    return Moment(now.wall - behind, now.mono - behind, now.boot)


def records(runtime: Path) -> Iterator[Record]:
    """The record's tail, in order. Nothing when there is none."""
    try:
        with (runtime / "asterisk" / "log" / "cel-custom" / "hl-cel.json").open("rb") as stream:
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
