"""The outbox: what is to be sent, written in the transaction of what it tells of, sent once per key however often it is asked for."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, Executable, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.identity import is_mobile
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import Tables
from sms_bridge.catalogue import forbidden_words, topic
from sms_bridge.model import DeadLetter, IllegalSmsStep, Lane, Message, MessageId, NotComposed, SmsState, Waiting
from sms_bridge.rules import FINAL, LEGAL, SAME_TEXT, Caps, compose, earliest, forbidden, segments
from sms_bridge.tables import outbox, parts, refusals, subscriptions

_FIRST = case({lane.value: place for place, lane in enumerate(Lane)}, value=outbox.c.lane)
_WAITS = (SmsState.COMPOSED.value, SmsState.HELD.value)


class Outbox:
    """The messages to be sent. Every method may raise StoreAway."""

    def __init__(self, tables: Tables, sealer: Sealer, signature: str) -> None:
        self._tables = tables
        self._sealer = sealer
        self._signature = signature

    async def put(self, message: Message, at: Moment) -> MessageId:
        """Take ``message`` for sending; the same key again gives the first one's id and sends nothing more.

        Raises NotComposed, UnknownTopic.
        """
        row = self.row(message, at)
        return await self._tables.write(lambda c: add(c, row))

    def row(self, message: Message, at: Moment) -> dict[str, object]:
        """``message`` composed and sealed, for :func:`add` in somebody's transaction. Raises NotComposed, UnknownTopic."""
        about = topic(message.topic)
        if not is_mobile(message.number):
            raise NotComposed(f"{message.topic}: not a mobile number")
        if not 0 < len(message.key) <= 120:
            raise NotComposed(f"{message.topic}: it needs a key of at most 120 characters")
        text = compose(about, message.fields, self._signature)
        if word := forbidden(text, forbidden_words()):
            raise NotComposed(f"{message.topic}: the text contains {word}, which no text may")
        return {
            "key": message.key, "lane": about.lane.value, "topic": about.id, "stat": about.stat, "depositor": message.depositor,
            "call": message.call, "number_sealed": self._sealer.seal(message.number, message.key),
            "number_mark": self._sealer.mark(message.number), "text_sealed": self._sealer.seal(text, message.key),
            "segments": segments(text), "state": SmsState.COMPOSED.value, "created_us": at.wall, "changed_us": at.wall,
            "expires_us": message.expires.wall if message.expires else None, "attempts": 0, "text_mark": self._sealer.mark(text),
            "link_id": message.link_id or None, "not_before_us": message.not_before.wall if message.not_before else None,
        }  # fmt: skip

    async def waiting(self, count: int = 100) -> list[Waiting]:
        """The next messages to go, first lane first, oldest first within it: for the relay. Raises SealBroken."""
        query = select(outbox).where(outbox.c.state.in_(_WAITS)).order_by(_FIRST, outbox.c.id).limit(count)
        rows = await self._tables.read(lambda c: c.execute(query).all())
        open_up = self._sealer.unseal
        return [
            Waiting(MessageId(r.id), Lane(r.lane), r.topic, open_up(r.number_sealed, r.key), open_up(r.text_sealed, r.key)) for r in rows
        ]

    async def state(self, message: MessageId) -> SmsState | None:
        """How far a message is; None when there is none of that id."""
        found = await self._tables.read(lambda c: c.scalar(select(outbox.c.state).where(outbox.c.id == message)))
        return SmsState(found) if found else None

    async def move(self, message: MessageId, to: SmsState, at: Moment, reason: str = "") -> None:
        """Bring a message to ``to``; the text of a code is emptied with its end. Raises IllegalSmsStep."""
        await self._tables.write(lambda c: self._move(c, message, to, at, reason))

    async def dead(self, count: int = 100) -> list[DeadLetter]:
        """What failed, newest first."""
        query = (
            select(outbox)
            .where(outbox.c.state == SmsState.FAILED.value)
            .order_by(outbox.c.changed_us.desc(), outbox.c.id.desc())
            .limit(count)
        )
        rows = await self._tables.read(lambda c: c.execute(query).all())
        return [DeadLetter(MessageId(r.id), r.topic, r.reason or "", r.attempts, r.changed_us) for r in rows]

    async def put_back(self, message: MessageId, at: Moment) -> None:
        """Send a dead letter again; parts of it that were delivered don't go again. Raises IllegalSmsStep."""
        await self._tables.write(lambda c: self._put_back(c, message, at))

    def _put_back(self, connection: Connection, message: MessageId, at: Moment) -> None:
        self._move(connection, message, SmsState.COMPOSED, at, "")
        connection.execute(delete(parts).where(parts.c.message == message, parts.c.state == SmsState.FAILED.value))

    def _move(self, connection: Connection, message: MessageId, to: SmsState, at: Moment, reason: str) -> None:
        row = connection.execute(select(outbox.c.state, outbox.c.lane, outbox.c.key).where(outbox.c.id == message)).first()
        if row is None or to not in LEGAL[SmsState(row.state)]:
            raise IllegalSmsStep(f"{row.state if row else 'nothing'} to {to}")
        values: dict[str, object] = {"state": to.value, "changed_us": at.wall, "reason": reason or None}
        if to is SmsState.ON_WIRE:
            values |= {"submitted_us": at.wall, "attempts": outbox.c.attempts + 1}
        if to in FINAL and row.lane == Lane.CODE.value:
            values["text_sealed"] = self._sealer.seal("", row.key)
        connection.execute(update(outbox).where(outbox.c.id == message).values(values))


@cache
def _insert(dialect: str) -> Executable:
    """The statement for every message, built once: building it costs ten times what it does."""
    insert = sqlite.insert(outbox) if dialect == "sqlite" else postgresql.insert(outbox)
    return insert.on_conflict_do_nothing(index_elements=["key"]).returning(outbox.c.id)


def add(connection: Connection, row: dict[str, object]) -> MessageId:
    """Put a composed message into the outbox within a transaction; the id of the message with its key.

    What nobody asked for is looked at first: the class must be open, the same text must not have gone to the number within a day, and
    too many to one number wait.
    """
    number = connection.scalar(_insert(connection.dialect.name), row)
    if number is None:
        return MessageId(connection.scalar(select(outbox.c.id).where(outbox.c.key == row["key"])) or 0)
    if row["lane"] in (Lane.NOTICE.value, Lane.BULK.value):
        changes = _screened(connection, row, number)
        if changes:
            connection.execute(update(outbox).where(outbox.c.id == number).values(changes))
    return MessageId(number)


def _screened(connection: Connection, row: dict[str, object], number: int) -> dict[str, object]:
    """What becomes of a new notice: nothing, a refusal, or a wait."""
    if not _wanted(connection, row):
        return {"state": SmsState.FAILED.value, "reason": "the person has not opened this class"}
    if connection.scalar(select(refusals.c.since_us).where(refusals.c.number_mark == row["number_mark"])) is not None:
        return {"state": SmsState.FAILED.value, "reason": "the number texted TD"}
    at = Moment(int(str(row["created_us"])), 0)
    others = select(outbox.c.id, outbox.c.text_mark, outbox.c.created_us, outbox.c.not_before_us).where(
        outbox.c.number_mark == row["number_mark"],
        outbox.c.created_us > at.after(-SAME_TEXT).wall,
        outbox.c.lane.in_((Lane.NOTICE.value, Lane.BULK.value)),
        outbox.c.state != SmsState.FAILED.value,
        outbox.c.id != number,
    )
    near = connection.execute(others).all()
    if any(each.text_mark == row["text_mark"] for each in near):
        return {"state": SmsState.FAILED.value, "reason": "the same text went to this number within 24 h"}
    begin = earliest([each.not_before_us or each.created_us for each in near], at, Caps())
    wished = int(str(row["not_before_us"] or 0))
    return {"not_before_us": begin} if begin > max(at.wall, wished) else {}


def _wanted(connection: Connection, row: dict[str, object]) -> bool:
    """Whether the person has the message's class open; what belongs to no class, or to no person, needs no opening."""
    sms_class = topic(str(row["topic"])).sms_class
    if sms_class is None or row["depositor"] is None:
        return True
    mine = (subscriptions.c.depositor == row["depositor"]) & (subscriptions.c.sms_class == sms_class.value)
    return connection.scalar(select(subscriptions.c.depositor).where(mine)) is not None
