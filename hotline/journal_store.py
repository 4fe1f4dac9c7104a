"""The journal's hand on the database: one transaction per batch, each event once, nothing refused without a trace.

Laws:

* a batch is committed whole or not at all; after an error nobody knows which, so the batch is simply offered again and what is
  there already (same seq, same body) is passed over;
* an event the database refuses (a second CallEnded) is moved to ``events_set_aside`` and never stops the others;
* one writer: a lock file beside SQLite, an advisory lock in PostgreSQL. The latter also proves that a former connection of
  ours is gone before we look whether its last commit arrived.

Everything here runs in the writer's thread.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy import Connection, Engine, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from hotline.db import events, is_damage, migrate, reason, set_aside, sqlite_file, writer_engine
from hotline.journal_model import JournalCorrupt, JournalTaken, JournalUnavailable, Recorded, SideWrite, StoreFailed
from hotline.journal_rows import Row, RowMaker
from hotline.upcast import UPCASTER, Upcaster
from hotline.writer_lock import lock_file, lock_server

log = logging.getLogger(__name__)
T = TypeVar("T")
Write = Recorded | SideWrite

REFUSALS = (IntegrityError, DataError, ProgrammingError, OverflowError)
"""Errors that are the row's fault, not the disk's."""
BROKEN = (SQLAlchemyError, sqlite3.Error, OSError)
"""Errors that are the disk's, the file's or the server's fault: try again later."""
_INSERT = insert(events)


class SqlStore:
    """Writes batches into SQLite or PostgreSQL. ``check_below`` bytes a file is checked whole when it is opened."""

    def __init__(
        self,
        url: str,
        *,
        busy_s: float = 2.0,
        check_below: int = 256_000_000,
        lock_s: float = 3.0,
        pragmas: dict[str, int] | None = None,
        upcaster: Upcaster = UPCASTER,
    ) -> None:
        self._url = url
        self._file = sqlite_file(url)
        self._engine: Engine = writer_engine(url, busy_s, pragmas)
        self._check_below = check_below
        self._lock_s = lock_s
        self._rows = RowMaker(upcaster)
        self._compiled = _INSERT.compile(dialect=self._engine.dialect, column_keys=list(events.c.keys()))
        self._sql = str(self._compiled)
        self._connection: Connection | None = None
        self._lock: IO[str] | None = None

    def open(self) -> int:
        """Lock, check, migrate; the last seq used. Raises JournalTaken, JournalCorrupt, JournalUnavailable, DatabaseTooNew."""
        try:
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._lock = lock_file(self._file.with_name(self._file.name + ".lock"), self._lock_s)
            connection = self._connect(self._lock_s)
            if self._file is not None and self._file.stat().st_size <= self._check_below:
                _check(connection, self._file)
            with connection.begin():
                migrate(connection)
                return _last_seq(connection)
        except BROKEN as error:
            self.close()
            kind = JournalCorrupt if is_damage(error) else JournalUnavailable
            raise kind(f"{self._file or self._engine.url.host}: {reason(error)}") from None
        except BaseException:
            self.close()
            raise

    def write(self, items: Sequence[Write]) -> tuple[int, ...]:
        """Commit ``items``; the seqs of those set aside. Raises StoreFailed when it isn't known to be on the disk."""
        try:
            connection = self._connect(0.0)
            try:
                return self._quickly(connection, items)
            except REFUSALS as error:
                if getattr(error, "connection_invalidated", False):
                    raise
                return self._carefully(connection, items)
        except (*BROKEN, OverflowError, JournalTaken) as error:
            self._drop()
            raise StoreFailed(reason(error)) from error

    def run(self, job: Callable[[Connection], T], scrub: bool = False) -> T:
        """Run ``job`` in a transaction of its own. Raises JournalUnavailable."""
        try:
            connection = self._connect(0.0)
            with connection.begin():
                result = job(connection)
            if scrub and self._file is not None:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            return result
        except (*BROKEN, JournalTaken) as error:
            self._drop()
            raise JournalUnavailable(reason(error)) from error

    def close(self) -> None:
        """Let go of database and lock. Harmless twice."""
        if self._connection is not None:
            with suppress(*BROKEN):
                self._connection.close()
        self._connection = None
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _quickly(self, connection: Connection, items: Sequence[Write]) -> tuple[int, ...]:
        rows, bad = self._rows.make(items)
        with connection.begin():
            if rows:
                connection.exec_driver_sql(*self._insert(rows))
            for row, why in bad:
                _put_aside(connection, row, why)
            for item in items:
                if isinstance(item, SideWrite):
                    _write_beside(connection, item)
        return tuple(row["seq"] for row, _ in bad)

    def _carefully(self, connection: Connection, items: Sequence[Write]) -> tuple[int, ...]:
        """Row by row, each in its own savepoint, passing over what an attempt of ours has already committed."""
        rows, bad = self._rows.make(items)
        with connection.begin():
            there = _present(connection, rows)
            for row in rows:
                if row["seq"] not in there and (why := _refused(connection, partial(connection.execute, _INSERT, row))):
                    bad.append((row, why))
            for row, why in bad:
                _put_aside(connection, row, why)
            for item in items:
                if isinstance(item, SideWrite) and (why := _refused(connection, partial(_write_beside, connection, item))):
                    log.error("journal: a side write was refused", extra={"what": item.what, "why": why})
        return tuple(row["seq"] for row, _ in bad)

    def _insert(self, rows: list[Row]) -> tuple[str, Any]:
        """The statement compiled once, and its parameters as the driver wants them: half the cost of a small batch."""
        order = self._compiled.positiontup
        return self._sql, [tuple(row[name] for name in order) for row in rows] if order else rows

    def _connect(self, wait_s: float) -> Connection:
        if self._connection is None:
            connection = self._engine.connect()
            try:
                if self._engine.dialect.name == "postgresql":
                    lock_server(connection, wait_s)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        """Forget a connection that failed; the next attempt makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None and self._file is None and self._engine.dialect.name == "sqlite":
            self._connection = connection  # a database in memory lives in its connection
        elif connection is not None:
            with suppress(*BROKEN):
                connection.invalidate()
                connection.close()


def _refused(connection: Connection, act: Callable[[], object]) -> str:
    try:
        with connection.begin_nested():
            act()
    except REFUSALS as error:
        return reason(error)
    return ""


def _write_beside(connection: Connection, item: SideWrite) -> None:
    for statement, values in item.statements:
        connection.execute(statement, values)


def _present(connection: Connection, rows: list[Row]) -> set[int]:
    """Which of ``rows`` are there already. Raises JournalTaken when a seq of ours holds somebody else's event."""
    if not rows:
        return set()
    first, last = rows[0]["seq"], rows[-1]["seq"]
    found = connection.execute(select(events.c.seq, events.c.body).where(events.c.seq.between(first, last)))
    stored = {seq: body for seq, body in found}
    if any(stored.get(row["seq"], row["body"]) != row["body"] for row in rows):
        raise JournalTaken("its sequence numbers are used by somebody else")
    return set(stored)


def _put_aside(connection: Connection, row: Row, why: str) -> None:
    statement = text(
        "INSERT INTO events_set_aside (seq, type, call, reason, body) VALUES (:seq, :type, :call, :reason, :body)"
        " ON CONFLICT (seq) DO NOTHING"
    )
    call = row["call"] if isinstance(row["call"], str) else None
    safe = {"seq": row["seq"], "type": row["type"], "call": _storable(call), "reason": _storable(why), "body": row["body"]}
    connection.execute(statement, safe)


def _storable(value: str | None) -> str | None:
    """``value`` without what a text column can't hold (NUL, lone surrogates)."""
    return value and value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _last_seq(connection: Connection) -> int:
    """The highest seq ever used, set-aside events included."""
    kept, aside = (connection.execute(select(func.max(table.c.seq))).scalar() or 0 for table in (events, set_aside))
    return int(max(kept, aside))


def _check(connection: Connection, file: Path) -> None:
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    connection.rollback()
    if found != "ok":
        raise JournalCorrupt(f"{file}: {found}")
