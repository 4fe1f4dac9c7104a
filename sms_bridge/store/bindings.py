"""Mobile bindings 手机绑定: one account, one mobile (seed 000 §3.2); a mobile may hold several accounts (spouses).

The fund core has the last word on which number is bound, because the counter writes there. What is kept here is who bound which
number when and how, and the way back from a number to its accounts; whenever the two differ the core is believed, the change is
noted as the counter's, and the old number is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, Row, insert, select, update

from hotline.identity import is_mobile
from hotline.ids import DepositorId
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from sms_bridge.model import Bound, CodeId, CodePurpose, Consent, Message, Proof
from sms_bridge.needs import Persons
from sms_bridge.rules import may_bind
from sms_bridge.store.codes import proof, spend
from sms_bridge.store.outbox import Outbox, add
from sms_bridge.tables import bindings

PROOF_HOLDS = timedelta(minutes=15)
"""Between keying the codes and binding: a call's worth."""
COUNTER = Consent("counter", "fund core")


class Bindings:
    """Who is bound to which mobile. Every method may raise StoreAway, and what the core raises."""

    def __init__(self, tables: Tables, sealer: Sealer, outbox: Outbox, core: Persons) -> None:
        self._tables = tables
        self._sealer = sealer
        self._outbox = outbox
        self._core = core

    async def number(self, depositor: DepositorId, at: Moment) -> str:
        """The mobile bound to ``depositor``; empty when there is none."""
        bound = (await self._core.mobile(depositor)).number
        await self._settle(depositor, bound, COUNTER, at)
        return bound

    async def accounts_of(self, number: str) -> list[DepositorId]:
        """Whose mobile ``number`` is, as far as it was asked for here: the first bound first."""
        query = select(bindings.c.depositor).where(bindings.c.number_mark == self._sealer.mark(number), bindings.c.until_us.is_(None))
        found = await self._tables.read(lambda c: c.scalars(query.order_by(bindings.c.id)).all())
        return [DepositorId(each) for each in found]

    async def bind(self, depositor: DepositorId, number: str, codes: Sequence[CodeId], how: Consent, at: Moment) -> Bound:
        """Bind ``number``; ``codes`` are those keyed rightly: to the new number, and to the old one while one is bound.

        The caller is logged in, or stands at the counter (``how.way``). Codes serve once.
        """
        if not is_mobile(number):
            return Bound.NOT_PROVEN
        old = await self.number(depositor, at)
        if number == old:
            return Bound.ALREADY
        proven = await self._tables.read(lambda c: self._proof(c, depositor, number, old, list(codes), how, at))
        if proven is None:
            return Bound.NOT_PROVEN
        await self._core.bind_mobile(depositor, Secret(number))  # when it fails the codes are still good, for this number alone
        await self._tables.write(lambda c: spend(c, proven, at))
        await self._settle(depositor, number, how, at)
        return Bound.DONE

    def _proof(
        self, connection: Connection, depositor: DepositorId, number: str, old: str, names: list[CodeId], how: Consent, at: Moment
    ) -> list[CodeId] | None:
        """The codes that it takes, when they are there."""
        after, mark = at.after(-PROOF_HOLDS).wall, self._sealer.mark
        to_old = proof(connection, names, depositor, CodePurpose.BIND_OLD, mark(old), after) if old else None
        to_new = proof(connection, names, depositor, CodePurpose.BIND_NEW, mark(number), after)
        proofs: set[Proof] = {"counter"} if how.way == "counter" else {"login"}
        proofs |= {"code_to_old"} if to_old else set()
        proofs |= {"code_to_new"} if to_new else set()
        return [name for name in (to_old, to_new) if name] if may_bind(bool(old), proofs) else None

    async def _settle(self, depositor: DepositorId, number: str, how: Consent, at: Moment) -> None:
        """Make our notes agree with the core's ``number``; the old number is told when another one takes its place."""
        now = await self._tables.read(lambda c: _bound(c, depositor))
        if (now.number_mark if now is not None else "") == (self._sealer.mark(number) if number else ""):
            return
        told = await self._farewell(depositor, now, number, at) if now is not None and number else None
        await self._tables.write(lambda c: self._rewrite(c, depositor, number, how, told, at))

    async def _farewell(self, depositor: DepositorId, now: Row[tuple[object, ...]], number: str, at: Moment) -> dict[str, object]:
        person, account = await self._core.person(depositor), await self._core.account(depositor)
        fields = {"name": person.name, "acct_tail": account.number[-4:], "tail": number[-4:]}
        old = self._sealer.unseal(now.number_sealed, depositor)
        return self._outbox.row(Message(f"rebound {now.id}", "MT-BD01", old, fields, depositor), at)

    def _rewrite(
        self, connection: Connection, depositor: DepositorId, number: str, how: Consent, told: dict[str, object] | None, at: Moment
    ) -> None:
        now = _bound(connection, depositor)
        if now is not None:
            if number and now.number_mark == self._sealer.mark(number):
                return
            connection.execute(update(bindings).where(bindings.c.id == now.id).values(until_us=at.wall))
        if number:
            row = {
                "depositor": depositor, "number_sealed": self._sealer.seal(number, depositor), "number_mark": self._sealer.mark(number),
                "since_us": at.wall, "way": how.way, "by": how.by,
            }  # fmt: skip
            connection.execute(insert(bindings).values(row))
        if told is not None:
            add(connection, told)


def _bound(connection: Connection, depositor: DepositorId) -> Row[tuple[object, ...]] | None:
    query = select(bindings).where(bindings.c.depositor == depositor, bindings.c.until_us.is_(None))
    return connection.execute(query).first()
