"""Durable counters of login attempts: one row per subject and day, counted in one statement, so that no two lines share a guess."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from sqlalchemy import Column, Date, Integer, MetaData, String, Table, create_engine, delete, event, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_metadata = MetaData()
_attempts = Table(
    "login_attempts",
    _metadata,
    Column("subject", String(80), primary_key=True, comment="d:<the core's key> or n:<keyed hash of the number>"),
    Column("day", Date, primary_key=True),
    Column("attempts", Integer, nullable=False),
)


class SqlAttempts:
    """The counters in a database (``sqlite:///...`` or ``postgresql+psycopg://...``); kept for today, older days are dropped."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
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

    async def charge(self, subject: str, day: date) -> int:
        """See :class:`ivr.needs.AttemptStore`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._charge, subject, day)

    async def refund(self, subject: str, day: date) -> None:
        """See :class:`ivr.needs.AttemptStore`."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._refund, subject, day)

    def _charge(self, subject: str, day: date) -> int:
        one = self._insert(_attempts).values(subject=subject, day=day, attempts=1)
        counted = one.on_conflict_do_update(
            index_elements=[_attempts.c.subject, _attempts.c.day], set_={"attempts": _attempts.c.attempts + 1}
        ).returning(_attempts.c.attempts)
        with self._engine.begin() as connection:
            if self._day != day:
                connection.execute(delete(_attempts).where(_attempts.c.day < day))
                self._day = day
            return int(connection.execute(counted).scalar_one())

    def _refund(self, subject: str, day: date) -> None:
        mine = (_attempts.c.subject == subject) & (_attempts.c.day == day) & (_attempts.c.attempts > 0)
        with self._engine.begin() as connection:
            connection.execute(update(_attempts).where(mine).values(attempts=_attempts.c.attempts - 1))


class MemoryAttempts:
    """The counters in memory, for tests and rehearsals: nothing is left after a restart."""

    def __init__(self) -> None:
        self.counted: dict[tuple[str, date], int] = {}

    async def charge(self, subject: str, day: date) -> int:
        """See :class:`ivr.needs.AttemptStore`."""
        self.counted[subject, day] = self.counted.get((subject, day), 0) + 1
        return self.counted[subject, day]

    async def refund(self, subject: str, day: date) -> None:
        """See :class:`ivr.needs.AttemptStore`."""
        self.counted[subject, day] = max(0, self.counted.get((subject, day), 0) - 1)


def _durable(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=2000")
    cursor.close()
