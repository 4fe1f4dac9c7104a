"""The outbox: what is to be sent, written in the transaction of what it tells of, sent once per key however often it is asked for."""

from __future__ import annotations

from sqlalchemy import Connection, case, select, update

from hotline.identity import is_mobile
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import Tables, insert_or
from sms_bridge.catalogue import topic
from sms_bridge.model import IllegalSmsStep, Lane, Message, MessageId, NotComposed, SmsState, Waiting
from sms_bridge.rules import FINAL, LEGAL, compose, segments
from sms_bridge.tables import outbox

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
        return {
            "key": message.key, "lane": about.lane.value, "topic": about.id, "stat": about.stat, "depositor": message.depositor,
            "call": message.call, "number_sealed": self._sealer.seal(message.number, message.key),
            "number_mark": self._sealer.mark(message.number), "text_sealed": self._sealer.seal(text, message.key),
            "segments": segments(text), "state": SmsState.COMPOSED.value, "created_us": at.wall, "changed_us": at.wall,
            "expires_us": message.expires.wall if message.expires else None, "attempts": 0,
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


def add(connection: Connection, row: dict[str, object]) -> MessageId:
    """Put a composed message into the outbox within a transaction; the id of the message with its key."""
    made = insert_or(connection, outbox).values(row).on_conflict_do_nothing(index_elements=["key"]).returning(outbox.c.id)
    number = connection.scalar(made) or connection.scalar(select(outbox.c.id).where(outbox.c.key == row["key"]))
    return MessageId(number or 0)
