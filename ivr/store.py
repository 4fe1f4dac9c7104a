"""Durable counters of login attempts: one row per subject and day. A charge, the rule's ruling and its corrections are one
transaction, so that no two lines share a guess; and the pairs of caller and account that are familiar.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TypeVar

from sqlalchemy import Column, Connection, Date, Integer, MetaData, String, Table, create_engine, delete, event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from ivr.guard.rule import Counts, Ruling

T = TypeVar("T")
_metadata = MetaData()
_attempts = Table(
    "login_attempts",
    _metadata,
    Column("subject", String(80), primary_key=True, comment="kind and key (ivr/guard/rule.py): the core's own, or a keyed hash"),
    Column("day", Date, primary_key=True),
    Column("attempts", Integer, nullable=False),
)
_familiar = Table(
    "familiar_callers",
    _metadata,
    Column("pair", String(80), primary_key=True, comment="keyed hash of account and caller"),
    Column("day", Date, nullable=False, comment="of the last login"),
)


class SqlAttempts:
    """The counters in a database (``sqlite:///...`` or ``postgresql+psycopg://...``); kept for today, older days are dropped."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, hide_parameters=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _durable)
        self._insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="attempts")
        self._day: date | None = None
        _metadata.create_all(self._engine)

    def close(self) -> None:
        """Give thread and file back."""
        self._pool.shutdown(wait=True)
        self._engine.dispose()

    async def charge(self, day: date, changes: Mapping[str, int], ruling: Callable[[Counts], Ruling]) -> Ruling:
        """See :class:`ivr.needs.AttemptStore`."""

        def work(connection: Connection) -> Ruling:
            ruled = ruling(self._count(connection, day, changes))
            self._count(connection, day, ruled.corrections)
            return ruled

        return await self._run(work)

    async def knows(self, pair: str, since: date) -> bool:
        """See :class:`ivr.needs.AttemptStore`."""
        query = select(_familiar.c.pair).where(_familiar.c.pair == pair, _familiar.c.day >= since)
        return await self._run(lambda connection: connection.scalar(query) is not None)

    async def remember(self, pair: str, day: date) -> None:
        """See :class:`ivr.needs.AttemptStore`."""
        new = self._insert(_familiar).values(pair=pair, day=day)
        statement = new.on_conflict_do_update(index_elements=[_familiar.c.pair], set_={"day": day})
        await self._run(lambda connection: connection.execute(statement))

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._transaction, work)

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    def _count(self, connection: Connection, day: date, changes: Mapping[str, int]) -> dict[str, int]:
        """Sorted, so that two processes take PostgreSQL's row locks in the same order; those counted up are locked, and come first."""
        if self._day != day:
            connection.execute(delete(_attempts).where(_attempts.c.day < day))
            self._day = day
        order = sorted(changes, key=lambda subject: (changes[subject] <= 0, subject))
        return {subject: self._count_one(connection, subject, day, changes[subject]) for subject in order}

    def _count_one(self, connection: Connection, subject: str, day: date, change: int) -> int:
        row = (_attempts.c.subject == subject) & (_attempts.c.day == day)
        if change < 0:
            connection.execute(update(_attempts).where(row, _attempts.c.attempts >= -change).values(attempts=_attempts.c.attempts + change))
        if change <= 0:
            return connection.scalar(select(_attempts.c.attempts).where(row)) or 0
        one = self._insert(_attempts).values(subject=subject, day=day, attempts=change)
        counted = one.on_conflict_do_update(
            index_elements=[_attempts.c.subject, _attempts.c.day], set_={"attempts": _attempts.c.attempts + change}
        ).returning(_attempts.c.attempts)
        return int(connection.execute(counted).scalar_one())


class MemoryAttempts:
    """The counters in memory, for tests, rehearsals and the attack: nothing is left after a restart."""

    def __init__(self) -> None:
        self.counted: dict[tuple[str, date], int] = {}
        self.familiar: dict[str, date] = {}

    async def charge(self, day: date, changes: Mapping[str, int], ruling: Callable[[Counts], Ruling]) -> Ruling:
        """See :class:`ivr.needs.AttemptStore`."""
        ruled = ruling(self._count(day, changes))
        self._count(day, ruled.corrections)
        return ruled

    async def knows(self, pair: str, since: date) -> bool:
        """See :class:`ivr.needs.AttemptStore`."""
        return pair in self.familiar and self.familiar[pair] >= since

    async def remember(self, pair: str, day: date) -> None:
        """See :class:`ivr.needs.AttemptStore`."""
        self.familiar[pair] = day

    def _count(self, day: date, changes: Mapping[str, int]) -> dict[str, int]:
        for subject, change in changes.items():
            if change:
                self.counted[subject, day] = max(0, self.counted.get((subject, day), 0) + change)
        return {subject: self.counted.get((subject, day), 0) for subject in changes}


def _durable(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=2000")
    cursor.close()
