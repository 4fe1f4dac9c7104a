"""How the demo core's parts ask their file: one thread of their own, errors mapped to the port's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import SQLAlchemyError

from fund_core.port import CoreAway, NotOnFile

T = TypeVar("T")


class DemoFile:
    """The file behind ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="demo-core")

    def close(self) -> None:
        """Give thread and file back."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()

    async def _one(self, query: object) -> Row[tuple[object, ...]]:
        row = await self._ask(lambda c: c.execute(query).first())  # type: ignore[call-overload]
        if row is None:
            raise NotOnFile
        return row  # type: ignore[no-any-return]

    async def _ask(self, question: Callable[[Connection], T], alone: bool = False) -> T:
        """The answer; ``alone``: nobody else, not even another process, writes between its looking and its writing."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._query, question, alone)
        except (SQLAlchemyError, RuntimeError) as error:
            raise CoreAway(type(error).__name__) from None

    def _query(self, question: Callable[[Connection], T], alone: bool) -> T:
        with self._engine.begin() as connection:
            if alone:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            return question(connection)
