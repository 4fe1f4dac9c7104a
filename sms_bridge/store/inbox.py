"""Texts that came in: read in order, long ones joined again, and answered in the transaction that marks them answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import Tables, insert_or
from sms_bridge.model import SmsState
from sms_bridge.store.outbox import add
from sms_bridge.tables import outbox, refusals, scores, texts

JOIN_WITHIN = timedelta(minutes=10)
"""Parts of a long text that are not complete after this long are read as they are."""
SURVEY_OPEN = timedelta(hours=48)
SURVEY = "MT-EV01"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A text as a person wrote it. ``ids``: its rows, several when it was long."""

    ids: tuple[int, ...]
    number: str = field(repr=False)
    number_mark: str = field(repr=False)
    text: str = field(repr=False)
    link_id: str
    at_us: int


class Inbox:
    """Every method may raise StoreAway."""

    def __init__(self, tables: Tables, sealer: Sealer) -> None:
        self._tables = tables
        self._sealer = sealer

    async def new(self, at: Moment, count: int = 200) -> list[Arrived]:
        """Texts nobody has answered, oldest first; of long ones those that are complete, or as old as to be taken as they are."""
        query = select(texts).where(texts.c.state == "new").order_by(texts.c.id).limit(count)
        rows = await self._tables.read(lambda c: c.execute(query).all())
        return _joined(rows, self._sealer, at.after(-JOIN_WITHIN).wall)

    async def settle(
        self, arrived: Arrived, state: str, at: Moment, *, reply: Mapping[str, object] | None = None, score: tuple[int, int] | None = None
    ) -> None:
        """It is answered, a ticket, or ignored: with the ``reply`` put into the outbox and the ``score`` (invitation, 1 to 3) kept."""

        def job(connection: Connection) -> None:
            if reply is not None:
                add(connection, dict(reply))
            if score is not None:
                kept = insert_or(connection, scores).values(invitation=score[0], score=score[1], at_us=at.wall)
                connection.execute(kept.on_conflict_do_nothing())
            connection.execute(update(texts).where(texts.c.id.in_(arrived.ids)).values(state=state))

        await self._tables.write(job)

    async def lately(self, number_mark: str, states: Collection[str], since_us: int) -> int:
        """How many texts of a number came to these ends since then."""
        query = select(func.count()).where(texts.c.number_mark == number_mark, texts.c.state.in_(states), texts.c.at_us >= since_us)
        return await self._tables.read(lambda c: c.scalar(query) or 0)

    async def open_survey(self, number_mark: str, at: Moment) -> int | None:
        """The invitation to a survey that went to this number and is not answered yet."""
        asked = (
            select(outbox.c.id)
            .outerjoin(scores, scores.c.invitation == outbox.c.id)
            .where(
                outbox.c.number_mark == number_mark,
                outbox.c.topic == SURVEY,
                outbox.c.created_us >= at.after(-SURVEY_OPEN).wall,
                outbox.c.state.in_([SmsState.ACCEPTED.value, SmsState.DELIVERED.value, SmsState.UNKNOWN.value]),
                scores.c.invitation.is_(None),
            )
        )
        return await self._tables.read(lambda c: c.scalar(asked.order_by(outbox.c.id.desc()).limit(1)))

    async def refuse(self, number_mark: str, refused: bool, at: Moment) -> None:
        """The number wants nothing it did not ask for (TD), or takes that back (KT)."""

        def job(connection: Connection) -> None:
            connection.execute(delete(refusals).where(refusals.c.number_mark == number_mark))
            if not refused:
                return
            connection.execute(insert(refusals).values(number_mark=number_mark, since_us=at.wall))
            waits = outbox.c.state.in_((SmsState.COMPOSED.value, SmsState.HELD.value)) & outbox.c.lane.in_(("notice", "bulk"))
            ended = {"state": SmsState.FAILED.value, "reason": "the number texted TD", "changed_us": at.wall}
            connection.execute(update(outbox).where(outbox.c.number_mark == number_mark, waits).values(ended))

        await self._tables.write(job)


def _joined(rows: Sequence[Any], sealer: Sealer, old_us: int) -> list[Arrived]:
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key = (row.id,) if row.total == 1 else (row.number_mark, row.to, row.ref, row.total)
        groups.setdefault(key, []).append(row)
    found = []
    for group in groups.values():
        parts = {row.number: row for row in group}
        if len(parts) < group[0].total and group[0].at_us > old_us:
            continue
        first = group[0]
        about = [f"{row.account} {row.key}" for row in group]
        number = sealer.unseal(first.number_sealed, about[0])
        words = {row.number: sealer.unseal(row.text_sealed, a) for row, a in zip(group, about, strict=True)}
        text = "".join(words[each] for each in sorted(words))
        found.append(Arrived(tuple(row.id for row in group), number, first.number_mark, text, first.link_id, first.at_us))
    return found
