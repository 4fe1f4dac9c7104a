"""A store that fails on demand, around a real one: the disk's bad days."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from sqlalchemy import Connection

from hotline.journal_model import Recorded, SideWrite, StoreFailed
from hotline.journal_store import SqlStore

T = TypeVar("T")
Fault = Literal["before", "after"]
"""``before``: nothing is written; ``after``: everything is written, but the writer is told it failed."""


class FaultyStore:
    """Writes through ``inner``; each of ``faults`` spoils one write, ``broken`` spoils them all, ``gate`` holds them up."""

    def __init__(self, inner: SqlStore) -> None:
        self.inner = inner
        self.faults: deque[Fault | None] = deque()
        self.broken = False
        self.gate = threading.Event()
        self.gate.set()

    def open(self) -> int:
        return self.inner.open()

    def write(self, items: Sequence[Recorded | SideWrite]) -> tuple[int, ...]:
        self.gate.wait(20)
        fault = self.faults.popleft() if self.faults else None
        if self.broken or fault == "before":
            raise StoreFailed("the disk had a bad moment")
        aside = self.inner.write(items)
        if fault == "after":
            raise StoreFailed("the answer was lost")
        return aside

    def run(self, job: Callable[[Connection], T], scrub: bool = False) -> T:
        return self.inner.run(job, scrub)

    def close(self) -> None:
        self.inner.close()
