"""A room's own tables: one place where its jobs meet the database, off the event loop, whatever the database is.

Laws:

* a job is a plain function of a connection and runs in one transaction: all of it or nothing;
* writing jobs never run beside each other: SQLite takes the write lock at the beginning, PostgreSQL runs them serializable and
  they are tried again when two collided (so a job may run twice, and must have no effect but in the database);
* a write that returned is on the disk; after StoreAway nobody knows, so writes carry an id of the asker's and can be repeated;
* reads run in a thread of their own: they don't wait for the disk of a write.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hotline.db import Schema, migrate, reader_engine, reason, sqlite_file, writer_engine
from hotline.errors import HotlineError

log = logging.getLogger(__name__)
T = TypeVar("T")
Job = Callable[[Connection], T]

BROKEN = (SQLAlchemyError, sqlite3.Error, OSError)
COLLIDED = {"40001", "40P01"}
"""PostgreSQL's "could not serialize" and "deadlock": nobody's fault, try again."""
TRIES = 8


class StoreAway(HotlineError):
    """The database can't be written or read:"""


class Tables:
    """The tables of one room behind ``url`` (``sqlite:///file``, ``sqlite://`` for memory, ``postgresql://...``), brought up to date.

    Raises StoreAway and DatabaseTooNew. ``name`` names the threads and is told when something fails.
    """

    def __init__(self, url: str, schema: Schema, name: str) -> None:
        in_memory = _make_room(sqlite_file(url)) is None and url.startswith("sqlite")
        writer = writer_engine(url)
        if not url.startswith("sqlite"):
            writer = writer.execution_options(isolation_level="SERIALIZABLE")
        self._writer = _Hand(writer, f"{name}-write")
        try:
            self._writer.pool.submit(self._writer.run, lambda connection: migrate(connection, schema)).result()
        except BaseException:
            self._writer.close()
            raise
        self._reader = self._writer if in_memory else _Hand(reader_engine(url), f"{name}-read")

    async def write(self, job: Job[T]) -> T:
        """What ``job`` returns, its changes committed. Raises StoreAway, and whatever the job raises (then nothing is changed)."""
        return await self._writer.give(job)

    async def read(self, job: Job[T]) -> T:
        """What ``job`` finds. Raises StoreAway."""
        return await self._reader.give(job)

    def close(self) -> None:
        """End the threads and give the database back."""
        self._reader.close()
        self._writer.close()


def _make_room(file: Path | None) -> Path | None:
    """The folder of ``file`` made. Raises StoreAway."""
    try:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreAway(reason(error)) from None
    return file


class _Hand:
    """One thread with one connection, kept as long as it is good."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._engine = engine
        self._name = name
        self._connection: Connection | None = None
        self._closed = False

    async def give(self, job: Job[T]) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(self.pool, self.run, job)
        except RuntimeError:
            raise StoreAway("it was closed") from None
        return await future

    def run(self, job: Job[T]) -> T:
        for left in reversed(range(TRIES)):
            try:
                return self._once(job)
            except BROKEN as error:
                self._drop()
                if left and isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in COLLIDED:
                    continue
                log.warning("a room's database failed", extra={"room": self._name, "reason": reason(error)})
                raise StoreAway(reason(error)) from None
        raise AssertionError("the last try returned or raised")

    def _once(self, job: Job[T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin():
            return job(self._connection)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.pool.submit(self._drop)
            self.pool.shutdown(wait=True)
        self._engine.dispose()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except BROKEN as error:
                log.info("a broken connection could not be closed", extra={"room": self._name, "reason": reason(error)})


def insert_or(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the words of the connection's database."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
