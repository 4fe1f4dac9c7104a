"""What the relay reads: messages that wait, parts that were under way when it ended, reports that came too early; and its sweeping."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from hotline.sealed import Sealer
from sms_bridge.link.model import Fate
from sms_bridge.model import Lane, SmsState
from sms_bridge.protocols.texts import parts as cut
from sms_bridge.relay.model import Loaded, Part, Reported
from sms_bridge.tables import orphans, outbox, parts, ported

_WAITS = (SmsState.COMPOSED.value, SmsState.HELD.value)
_OPEN = (SmsState.ON_WIRE.value, SmsState.UNKNOWN.value, SmsState.HELD.value, SmsState.COMPOSED.value)
_NOT_SENT = {SmsState.COMPOSED, SmsState.HELD, SmsState.FAILED}


def waiting_parts(
    connection: Connection, sealer: Sealer, lane: Lane, count: int, known: Collection[int], at_us: int, after: int = 0
) -> list[Part]:
    """Parts of messages of ``lane`` that may go at ``at_us``, oldest message first, opened, without those ``known``. Raises SealBroken."""
    due = or_(outbox.c.not_before_us.is_(None), outbox.c.not_before_us <= at_us)
    query = select(outbox.c.id).where(outbox.c.state.in_(_WAITS), outbox.c.lane == lane.value, outbox.c.id > after, due)
    ids = [id for id in connection.scalars(query.order_by(outbox.c.id).limit(count)) if id not in known]
    return _of_messages(connection, sealer, ids)


def under_way(connection: Connection, sealer: Sealer) -> list[Part]:
    """All unfinished parts of messages that had some on the wire, unknown or held when the relay ended."""
    ids = sorted({row.message for row in connection.execute(select(parts.c.message).where(parts.c.state.in_(_OPEN)))})
    return _of_messages(connection, sealer, ids)


def early_reports(connection: Connection) -> list[Reported]:
    """Reports nobody waited for when they came."""
    rows = connection.execute(select(orphans))
    return [Reported(r.account, r.gateway_id, Fate(r.fate), r.stat, r.key, number_mark=r.number_mark) for r in rows]


def sweep(connection: Connection, before_us: int, at_us: int) -> int:
    """End what was accepted before ``before_us`` and never reported on, and forget reports as old; how many messages ended."""
    connection.execute(delete(orphans).where(orphans.c.at_us < before_us))
    old = (parts.c.state == SmsState.ACCEPTED.value) & (parts.c.changed_us < before_us)
    ids = [row.message for row in connection.execute(select(parts.c.message).where(old).distinct().limit(5000))]
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        connection.execute(update(parts).where(old, parts.c.message.in_(some)).values(state=SmsState.EXPIRED.value, changed_us=at_us))
        mine = (outbox.c.id.in_(some)) & (outbox.c.state == SmsState.ACCEPTED.value)
        connection.execute(update(outbox).where(mine).values(state=SmsState.EXPIRED.value, changed_us=at_us, reason="no report came"))
    return len(ids)


_OPENED = (
    outbox.c.id, outbox.c.key, outbox.c.lane, outbox.c.number_sealed, outbox.c.text_sealed, outbox.c.number_mark, outbox.c.expires_us,
    outbox.c.link_id,
)  # fmt: skip


def _of_messages(connection: Connection, sealer: Sealer, ids: list[int]) -> list[Part]:
    found: list[Part] = []
    for begin in range(0, len(ids), 500):
        query = select(*_OPENED).where(outbox.c.id.in_(ids[begin : begin + 500])).order_by(outbox.c.id)
        found += _parts_of(connection, sealer, connection.execute(query).all())
    return found


def _parts_of(connection: Connection, sealer: Sealer, rows: Collection[Any]) -> list[Part]:
    """The parts of these messages that are not settled: as their rows have them, or as they begin."""
    ids = [row.id for row in rows]
    kept: dict[tuple[int, int], Any] = {}
    for begin in range(0, len(ids), 500):
        query = select(parts).where(parts.c.message.in_(ids[begin : begin + 500]))
        kept |= {(row.message, row.part): row for row in connection.execute(query)}
    found: list[Part] = []
    prefers = _preferred(connection, [row.number_mark for row in rows])
    for row in rows:
        message = _opened(row, sealer)
        for number in range(1, len(message.parts) + 1):
            part = _part(message, number, kept.get((message.id, number)))
            if part is not None:
                part.prefers = prefers.get(row.number_mark, "")
                found.append(part)
    return found


def _preferred(connection: Connection, marks: list[str]) -> dict[str, str]:
    """Mark of a number -> account, for those that are known to have another carrier than their prefix says."""
    found: dict[str, str] = {}
    for begin in range(0, len(marks), 500):
        query = select(ported.c.number_mark, ported.c.account).where(ported.c.number_mark.in_(marks[begin : begin + 500]))
        found |= {row.number_mark: row.account for row in connection.execute(query)}
    return found


def _part(message: Loaded, number: int, row: Any | None) -> Part | None:
    if row is None:
        return Part(message, number)
    state = SmsState(row.state)
    if state in (SmsState.ON_WIRE, SmsState.UNKNOWN):
        return Part(message, number, state, row.account, row.gateway_id or "", row.code or "", row.attempts, row.on_wire_us)
    return Part(message, number, SmsState.HELD, row.account, code=row.code or "") if state in _NOT_SENT else None


def _opened(row: Any, sealer: Sealer) -> Loaded:
    number = sealer.unseal(row.number_sealed, row.key)
    text = tuple(cut(sealer.unseal(row.text_sealed, row.key)))
    return Loaded(row.id, Lane(row.lane), number, row.number_mark, text, row.expires_us, row.link_id or "")
