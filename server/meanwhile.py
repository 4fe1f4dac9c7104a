"""Calls that the dialplan served by itself while we were away: written down afterwards, so that every call counts.

Asterisk's own record tells of them. A call nobody of us ever saw gets its arrival, what became of it in the fallback queue, and its
end; its caller's number is not in the record, so it counts as an unknown caller. A call we knew and the rescue sent on gets what
became of it there. All of it is flagged estimated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import structlog
from sqlalchemy import Connection, select

from hotline import events as e
from hotline.callers import UNKNOWN_CALLER
from hotline.db import events
from hotline.ids import CallId, ChannelId
from hotline.journal_model import JournalUnavailable
from hotline.moment import Moment, elapsed_us
from server.cel import Told
from server.house import House

log = structlog.get_logger("meanwhile")

MARGIN = 60_000_000
"""Microseconds before we were last there from which on ends are looked at: the last words may not have reached the journal."""
AT_ONCE = 500
"""So many calls are looked up in one question."""


def degraded(call: CallId, told: Told, wanted_at: Moment | None = None) -> e.Degraded | None:
    """What became of a call in the dialplan's queue; None when it never stood there. ``wanted_at``: it waited with us before."""
    if told.queued is None or told.ended is None:
        return None
    parted = told.parted or told.ended
    return e.Degraded(
        at=told.ended,
        call=call,
        waited_us=elapsed_us(wanted_at or told.queued, told.served or told.ended),
        talked_us=elapsed_us(told.served, parted) if told.served else 0,
        answered=told.served is not None,
    )


async def write_strangers(house: House, told: Mapping[ChannelId, Told], since: Moment, ours: Collection[CallId]) -> int:
    """Journal the calls that ended after ``since`` and that nobody of us has ever seen (``ours`` we have); how many."""
    ended = {
        call: (channel, one)
        for channel, one in told.items()
        if (call := one.call(channel)) is not None and call not in ours and one.ended is not None and one.ended.wall > since.wall - MARGIN
    }
    try:
        known = await house.journal.run(lambda connection: _known(connection, list(ended)))
    except JournalUnavailable as error:
        log.error("calls served without us are not written", why=str(error), calls=len(ended))
        return 0
    strangers = [(call, *ended[call]) for call in ended if call not in known]
    for call, channel, one in strangers:
        house.journal.append(*_whole_story(house, call, channel, one))
    return len(strangers)


async def is_over(house: House, call: CallId) -> bool:
    """Whether the journal has the end of a call (False when it can't tell)."""
    ended = select(events.c.seq).where(events.c.call == call, events.c.type == "CallEnded")
    try:
        return await house.journal.run(lambda connection: connection.execute(ended).first() is not None)
    except JournalUnavailable:
        return False


def _known(connection: Connection, calls: list[CallId]) -> set[CallId]:
    known: set[CallId] = set()
    for first in range(0, len(calls), AT_ONCE):
        some = calls[first : first + AT_ONCE]
        known.update(connection.execute(select(events.c.call).where(events.c.call.in_(some)).distinct()).scalars())
    return known


def _whole_story(house: House, call: CallId, line: ChannelId, told: Told) -> Iterator[e.Event]:
    assert told.began is not None and told.ended is not None
    yield e.CallArrived(
        at=told.began,
        call=call,
        caller=UNKNOWN_CALLER,
        dnis=house.settings.centre.number,
        line=line,
        trunk=told.entry,
        staffed=house.staffing.is_staffed(told.began),
        internal=told.entry == "internal",
        degraded=True,
    )
    served = degraded(call, told)
    if served is not None:
        yield served
    yield e.CallEnded(at=told.ended, call=call, how="found_ended", estimated=True)
