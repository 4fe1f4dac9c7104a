"""Subscriptions 短信订阅: closed until the person opens them, class by class; closing always works (seed 000 §3.1, §3.3-1).

Every opening and closing is kept with the words the person was told: proof of consent, and the source of 累计开通 and 新开通人数.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, func, insert, select, update

from hotline.ids import DepositorId
from hotline.moment import Moment
from hotline.tables import Tables, insert_or
from sms_bridge.catalogue import catalogue
from sms_bridge.model import Consent, SmsClass, SmsState
from sms_bridge.tables import outbox, subscription_changes, subscriptions

ALL = frozenset(SmsClass)


class Subscriptions:
    """Who wants what. Every method may raise StoreAway."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def of(self, depositor: DepositorId) -> frozenset[SmsClass]:
        """The classes open for ``depositor``."""
        return await self._tables.read(lambda c: _open(c, depositor))

    async def open(self, depositor: DepositorId, classes: Collection[SmsClass], how: Consent, at: Moment) -> frozenset[SmsClass]:
        """Open ``classes``; all that are open then. What was open already stays as it was."""
        return await self._tables.write(lambda c: _change(c, depositor, classes, True, how, at))

    async def close(self, depositor: DepositorId, classes: Collection[SmsClass], how: Consent, at: Moment) -> frozenset[SmsClass]:
        """Close ``classes``; all that are still open then."""
        return await self._tables.write(lambda c: _change(c, depositor, classes, False, how, at))

    async def persons(self) -> tuple[int, int]:
        """当前开通人数 and 累计开通人数: who has a class open now, who ever had one."""
        now, ever = (select(func.count(table.c.depositor.distinct())) for table in (subscriptions, subscription_changes))
        ever = ever.where(subscription_changes.c.opened)
        return await self._tables.read(lambda c: (c.scalar(now) or 0, c.scalar(ever) or 0))


def _open(connection: Connection, depositor: DepositorId) -> frozenset[SmsClass]:
    query = select(subscriptions.c.sms_class).where(subscriptions.c.depositor == depositor)
    return frozenset(SmsClass(each) for each in connection.scalars(query))


def _change(
    connection: Connection, depositor: DepositorId, classes: Collection[SmsClass], opening: bool, how: Consent, at: Moment
) -> frozenset[SmsClass]:
    before = _open(connection, depositor)
    changed = sorted(set(classes) - before if opening else set(classes) & before)
    for each in changed:
        if opening:
            row = {"depositor": depositor, "sms_class": each.value, "since_us": at.wall}
            connection.execute(insert_or(connection, subscriptions).values(row).on_conflict_do_nothing())
        else:
            mine = (subscriptions.c.depositor == depositor) & (subscriptions.c.sms_class == each.value)
            connection.execute(delete(subscriptions).where(mine))
            _stop_waiting(connection, depositor, each, at)
        note = {
            "depositor": depositor, "sms_class": each.value, "opened": opening, "at_us": at.wall, "way": how.way, "by": how.by,
            "words": how.words,
        }  # fmt: skip
        connection.execute(insert(subscription_changes).values(note))
    return before | set(changed) if opening else before - set(changed)


def _stop_waiting(connection: Connection, depositor: DepositorId, closed: SmsClass, at: Moment) -> None:
    """What waits of a class that was closed does not go any more."""
    topics = [about.id for about in catalogue().values() if about.sms_class is closed]
    waits = outbox.c.state.in_((SmsState.COMPOSED.value, SmsState.HELD.value))
    mine = (outbox.c.depositor == depositor) & outbox.c.topic.in_(topics) & waits
    ended = {"state": SmsState.FAILED.value, "reason": "the person closed this class", "changed_us": at.wall}
    connection.execute(update(outbox).where(mine).values(ended))
