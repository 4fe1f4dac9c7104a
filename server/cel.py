"""When a channel ended while nobody of us listened: by Asterisk's own record (CEL), written by itself to a file.

One JSON object a line, ``hl-cel.json`` (asterisk_conf/templates/cel_custom.conf.j2). A line that can't be read is skipped and
counted; only the file's tail is read, so a start does not grow with the years.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import structlog

from hotline.clock import Clock
from hotline.ids import ChannelId
from hotline.moment import Moment

log = structlog.get_logger("cel")

TAIL = 8_000_000
"""Bytes read from the end: about 40,000 events, hours of calls."""
ENDS = ("CHAN_END", "HANGUP")


def end_times(runtime: Path, lines: set[ChannelId], clock: Clock) -> dict[ChannelId, Moment]:
    """The moment each channel of ``lines`` hung up, as far as the record tells; the wall clock mapped onto ours."""
    if not lines:
        return {}
    now = clock.now()
    found: dict[ChannelId, Moment] = {}
    for kind, channel, wall in _records(runtime / "asterisk" / "log" / "cel-custom" / "hl-cel.json"):
        if channel in lines and kind in ENDS and (kind == "HANGUP" or channel not in found):
            behind = max(0, now.wall - wall)
            found[channel] = Moment(now.wall - behind, now.mono - behind, now.boot)
    return found


def _records(file: Path) -> Iterator[tuple[str, ChannelId, int]]:
    """(event type, channel, microseconds since 1970)."""
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
            record = json.loads(row)
            yield record["eventtype"], ChannelId(record["uniqueid"]), int(float(record["eventtime"]) * 1_000_000)
        except (ValueError, KeyError, TypeError):
            broken += 1
    if broken:
        log.warning("lines of the record can't be read", lines=broken)
