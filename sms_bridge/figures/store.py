"""The figures read from the bridge's tables, and a gateway's bill laid beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, and_, func, select

from sms_bridge.figures.rules import Change, Figures, Period, Sent, count_persons, figures
from sms_bridge.model import SmsState
from sms_bridge.tables import outbox, parts, subscription_changes

_END: dict[str, Literal["success", "failure", "pending"]] = {
    SmsState.DELIVERED.value: "success", SmsState.FAILED.value: "failure", SmsState.EXPIRED.value: "failure",
}  # fmt: skip


def read_figures(
    connection: Connection, period: Period, *, complaints: int | None = None, depositors: int | None = None,
    centres: tuple[int, int] | None = None,
) -> Figures:  # fmt: skip
    """The ten figures of ``period``; what other rooms know is given."""
    persons = count_persons(_changes(connection, period), period)
    return figures(period, _sent(connection, period), persons, complaints=complaints, depositors=depositors, centres=centres)


def _sent(connection: Connection, period: Period) -> list[Sent]:
    begin, end = period.microseconds()
    taken = and_(outbox.c.accepted_us >= begin, outbox.c.accepted_us < end)
    columns = (outbox.c.topic, outbox.c.stat, outbox.c.state)
    sums = (func.count(), func.sum(outbox.c.segments), func.sum(outbox.c.cost))
    rows = connection.execute(select(*columns, *sums).where(taken).group_by(*columns)).all()
    return [Sent(row[0], row[1], _END.get(row[2], "pending"), row[3], row[4] or 0, int(row[5] or 0)) for row in rows]


def _changes(connection: Connection, period: Period) -> list[Change]:
    c = subscription_changes.c
    query = select(c.depositor, c.sms_class, c.opened, c.at_us).where(c.at_us < period.microseconds()[1]).order_by(c.at_us, c.id)
    return [Change(row.depositor, row.sms_class, row.opened, row.at_us) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Our accepted parts beside a bill: how many agree, ids only one side has, lines that are none (number and what is wrong)."""

    agree: int
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]
    twice_billed: tuple[str, ...]
    broken: tuple[tuple[int, str], ...]


def reconcile(connection: Connection, account: str, period: Period, bill: str) -> Reconciled:
    """Lay a bill (CSV with a column ``gateway_id``: Msg_Id in 16 hexadecimal or in decimal digits) beside what was accepted."""
    begin, end = period.microseconds()
    mine = and_(parts.c.account == account, parts.c.gateway_id.is_not(None), parts.c.on_wire_us >= begin, parts.c.on_wire_us < end)
    ours = set(connection.scalars(select(parts.c.gateway_id).where(mine)))
    theirs, twice, broken = _read_bill(bill)
    return Reconciled(len(ours & theirs), tuple(sorted(ours - theirs)), tuple(sorted(theirs - ours)), twice, broken)


def _read_bill(bill: str) -> tuple[set[str], tuple[str, ...], tuple[tuple[int, str], ...]]:
    lines: Sequence[dict[str, Any]] = list(csv.DictReader(io.StringIO(bill.lstrip("\ufeff"))))
    found: set[str] = set()
    twice, broken = [], []
    for number, line in enumerate(lines, 2):
        id = _id(str(line.get("gateway_id") or "").strip())
        if id is None:
            broken.append((number, "gateway_id is no Msg_Id"))
        elif id in found:
            twice.append(id)
        else:
            found.add(id)
    return found, tuple(twice), tuple(broken)


def _id(text: str) -> str | None:
    """A Msg_Id in our form: 16 hexadecimal digits."""
    if len(text) == 16 and all(letter in "0123456789abcdefABCDEF" for letter in text):
        return text.lower()
    if text.isascii() and text.isdigit() and int(text) < 1 << 64:
        return f"{int(text):016x}"
    return None
