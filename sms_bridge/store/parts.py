"""What the relay writes: the parts of messages, reports that came too early, texts that came in. One turn is one transaction.

The relay is the only writer of ``sms_parts``; every statement here may be repeated with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, ClauseElement, Connection, String, bindparam, case, delete, func, or_, select, update

from hotline.sealed import Sealer
from hotline.tables import insert_or
from sms_bridge.link.model import Ticket
from sms_bridge.model import SmsState
from sms_bridge.protocols.texts import Joint, readable
from sms_bridge.relay.model import Came, Reported, Row, Settled, Turn
from sms_bridge.relay.rules import after_report, whole
from sms_bridge.rules import FINAL
from sms_bridge.store.many import run_many
from sms_bridge.tables import orphans, outbox, parts, ported, texts

_HOUR_US = 3_600_000_000
_KEPT = ("state", "account", "gateway_id", "code", "attempts", "on_wire_us", "changed_us")

_FINISH = (
    update(parts)
    .where(parts.c.message == bindparam("b_message"), parts.c.part == bindparam("b_part"))
    .values(state=bindparam("b_state"), code=bindparam("b_code"), changed_us=bindparam("b_at"))
)
_NAME = (
    update(parts).where(parts.c.message == bindparam("b_message"), parts.c.part == bindparam("b_part")).values(gateway_id=bindparam("b_id"))
)
_MOVE = (
    update(outbox)
    .where(outbox.c.id == bindparam("b_id"), *(outbox.c.state != state.value for state in sorted(FINAL)))
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        changed_us=bindparam("b_at"),
        cost=outbox.c.cost + bindparam("b_cost", type_=BigInteger),
        accepted_us=func.coalesce(outbox.c.accepted_us, bindparam("b_accepted", type_=BigInteger)),
        gateway=func.coalesce(bindparam("b_gateway", type_=String), outbox.c.gateway),
        attempts=case((outbox.c.attempts < bindparam("b_attempts"), bindparam("b_attempts")), else_=outbox.c.attempts),
    )
)


def write_turn(connection: Connection, turn: Turn, sealer: Sealer, price: int) -> Settled:
    """Write everything a turn brought; what reports found."""
    at = turn.at_us
    if turn.rows:
        _keep_rows(connection, list(turn.rows.values()), at)
    matched, lost, named = _match(connection, turn.reports, sealer, at) if turn.reports else ([], [], [])
    if matched:
        run_many(connection, "finish part", lambda _: _FINISH, matched)
    if named:
        run_many(connection, "name part", lambda _: _NAME, named)
    all_moved = _move_messages(connection, turn, matched, price)
    if lost:
        _keep_orphans(connection, lost, at)
    still_lost = {each.key for each in lost}
    _forget_orphans(connection, [each.key for each in turn.reports if each.number_mark and each.key not in still_lost])
    for mark, account in turn.learnt.items():
        row = {"number_mark": mark, "account": account, "learnt_us": at}
        kept = insert_or(connection, ported).values(row)
        connection.execute(kept.on_conflict_do_update(index_elements=["number_mark"], set_={"account": account, "learnt_us": at}))
    if turn.texts:
        _keep_texts(connection, turn.texts, sealer, at)
    resolved = tuple(Ticket(each["b_message"], each["b_part"]) for each in named)
    return Settled(tuple(lost), resolved, frozenset() if all_moved else _stopped(connection, turn))


def _stopped(connection: Connection, turn: Turn) -> frozenset[int]:
    """Which messages that are to go on the wire now were ended by somebody else."""
    ids = sorted({ticket.message for ticket, row in turn.rows.items() if row.state is SmsState.ON_WIRE})
    query = select(outbox.c.id).where(outbox.c.id.in_(ids), outbox.c.state.in_([state.value for state in FINAL]))
    return frozenset(row.id for row in connection.execute(query)) if ids else frozenset()


def _keep_rows(connection: Connection, rows: Sequence[Row], at: int) -> None:
    run_many(
        connection,
        "keep part",
        _keep_part,
        [
            {
                "message": r.ticket.message, "part": r.ticket.part, "of": r.of, "state": r.state.value, "account": r.account,
                "number_mark": r.number_mark, "gateway_id": r.gateway_id or None, "code": r.code or None, "attempts": r.attempts,
                "on_wire_us": r.on_wire_us, "changed_us": at,
            }
            for r in rows
        ],
    )  # fmt: skip


def _keep_part(connection: Connection) -> ClauseElement:
    insert = insert_or(connection, parts)
    return insert.on_conflict_do_update(index_elements=["message", "part"], set_={name: getattr(insert.excluded, name) for name in _KEPT})


Change = dict[str, Any]


def _match(
    connection: Connection, reports: Sequence[Reported], sealer: Sealer, at: int
) -> tuple[list[Change], list[Reported], list[Change]]:
    """Changes of parts, reports without a part, and parts that get their gateway's id by the number."""
    changes: dict[Ticket, Change] = {}
    lost: list[Reported] = []
    named: list[Change] = []
    known = _by_gateway_id(connection, reports)
    for report in reports:
        row = known.get((report.account, report.gateway_id))
        if row is None:
            mark = report.number_mark or sealer.mark(report.number)
            row = _by_number(connection, report.account, mark, at)
            if row is None:
                lost.append(replace(report, number_mark=mark))
                continue
            named.append({"b_message": row.message, "b_part": row.part, "b_id": report.gateway_id})
        ticket = Ticket(row.message, row.part)
        to = None if ticket in changes else after_report(SmsState(row.state), report.fate)
        if to is not None:
            changes[ticket] = {
                "b_message": row.message, "b_part": row.part, "b_state": to.value, "b_code": report.stat, "b_at": at, "of": row.of,
            }  # fmt: skip
    return list(changes.values()), lost, named


def _by_gateway_id(connection: Connection, reports: Sequence[Reported]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    ids = [each.gateway_id for each in reports]
    for begin in range(0, len(ids), 500):
        query = select(parts.c.message, parts.c.part, parts.c.of, parts.c.state, parts.c.account, parts.c.gateway_id)
        query = query.where(parts.c.gateway_id.in_(ids[begin : begin + 500])).order_by(parts.c.on_wire_us)
        found |= {(row.account, row.gateway_id): row for row in connection.execute(query)}
    return found


def _by_number(connection: Connection, account: str, mark: str, at: int) -> Any | None:
    """The one part to this number whose outcome nobody knows, when no other could be meant."""
    unsure = or_(
        parts.c.state.in_(("on_wire", "unknown")), parts.c.attempts > 1, (parts.c.state == "accepted") & parts.c.gateway_id.is_(None)
    )
    query = select(parts).where(parts.c.account == account, parts.c.number_mark == mark, parts.c.changed_us > at - 72 * _HOUR_US, unsure)
    rows = connection.execute(query.limit(2)).all()
    if len(rows) != 1 or rows[0].gateway_id or rows[0].state not in ("unknown", "accepted"):
        return None
    return rows[0]


def _move_messages(connection: Connection, turn: Turn, matched: Iterable[Change], price: int) -> bool:
    """Bring the messages to what their parts make of them; whether none of them had ended already."""
    states: dict[int, tuple[SmsState, str]] = {}
    several: set[int] = set()
    for ticket, row in turn.rows.items():
        states[ticket.message] = (row.state, row.code)
        if row.of > 1:
            several.add(ticket.message)
    for change in matched:
        states[change["b_message"]] = (SmsState(change["b_state"]), change["b_code"])
        if change["of"] > 1:
            several.add(change["b_message"])
    for message in several:
        query = select(parts.c.state, parts.c.of).where(parts.c.message == message)
        rows = connection.execute(query).all()
        all_states = [SmsState(row.state) for row in rows] + [SmsState.HELD] * (rows[0].of - len(rows))
        states[message] = (whole(all_states), states[message][1])
    states |= dict.fromkeys(turn.expired, (SmsState.EXPIRED, "its time was over"))
    of_message = {ticket.message: row for ticket, row in turn.rows.items()}
    moves = []
    for message, (state, code) in states.items():
        paid, kept = turn.paid.get(message, 0), of_message.get(message)
        moves.append(
            {
                "b_id": message, "b_state": state.value, "b_reason": code or None, "b_at": turn.at_us, "b_cost": paid * price,
                "b_accepted": turn.at_us if paid else None, "b_gateway": kept.account if kept else None,
                "b_attempts": kept.attempts if kept else 0,
            }
        )  # fmt: skip
    return not moves or run_many(connection, "move message", lambda c: _MOVE, moves) == len(moves)


def _keep_orphans(connection: Connection, lost: Sequence[Reported], at: int) -> None:
    rows = [
        {
            "account": each.account, "key": each.key, "gateway_id": each.gateway_id, "fate": each.fate.value, "stat": each.stat,
            "number_mark": each.number_mark, "at_us": at,
        }
        for each in lost
    ]  # fmt: skip
    connection.execute(insert_or(connection, orphans).on_conflict_do_nothing(index_elements=["account", "key"]), rows)


def _forget_orphans(connection: Connection, keys: Sequence[str]) -> None:
    for begin in range(0, len(keys), 500):
        connection.execute(delete(orphans).where(orphans.c.key.in_(keys[begin : begin + 500])))


def _keep_texts(connection: Connection, came: Sequence[Came], sealer: Sealer, at: int) -> None:
    rows = []
    for each in came:
        text, about = each.text, f"{each.account} {each.text.key}"
        joint = text.joint or Joint(0, 1, 1)
        sealed = {
            "number_sealed": sealer.seal(text.number, about), "number_mark": sealer.mark(text.number),
            "text_sealed": sealer.seal(readable(text.content, text.coding), about),
        }  # fmt: skip
        place = {"ref": joint.ref, "total": joint.total, "number": joint.number, "link_id": text.link_id.decode("latin-1")}
        rows.append({"account": each.account, "key": text.key, "to": text.to[:24], "at_us": at, "state": "new", **sealed, **place})
    connection.execute(insert_or(connection, texts).on_conflict_do_nothing(index_elements=["account", "key"]), rows)
