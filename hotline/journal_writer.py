"""The one thread that writes the journal, and its twin without a thread for tests and virtual time.

Group commit: whatever has gathered while the last commit ran goes into the next one. A commit that fails is tried again, for
ever, in order; meanwhile the events wait here in memory (the spool of architecture.md), and the loop has been told.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from hotline.clock import monotonic
from hotline.journal_model import Item, Job, JournalUnavailable, Recorded, SideWrite, StoreFailed, Tell

log = logging.getLogger(__name__)
T = TypeVar("T")
BATCH = 500
"""Most items in one transaction: bounds the memory and the length of a commit after a long trouble."""


class Store(Protocol):
    """What the writer writes into: :class:`hotline.journal_store.SqlStore`, or a faulty one in tests."""

    def open(self) -> int:
        """Open; the last seq used."""
        ...

    def write(self, items: Sequence[Recorded | SideWrite]) -> tuple[int, ...]:
        """Commit; the seqs set aside. Raises StoreFailed."""
        ...

    def run(self, job: Callable[[Connection], T], scrub: bool = False) -> T:
        """Ask. Raises JournalUnavailable."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class WriterThread:
    """Writes in a thread of its own. ``retry_s``: first and longest pause between two attempts of a commit that fails."""

    def __init__(self, store: Store, retry_s: tuple[float, float] = (0.05, 1.0)) -> None:
        self._store = store
        self._first_pause, self._longest_pause = retry_s
        self._queue: SimpleQueue[list[Item]] = SimpleQueue()
        self._backlog: deque[Item] = deque()
        self._give_up_at: float | None = None
        self._nudge = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._tell: Tell
        self._opened: asyncio.Future[int]
        self._ended: asyncio.Future[None]

    async def start(self, tell: Tell) -> int:
        """Open the database in the thread; the last seq in it."""
        self._loop = asyncio.get_running_loop()
        self._tell = tell
        self._opened, self._ended = self._loop.create_future(), self._loop.create_future()
        self._thread.start()
        return await self._opened

    def put(self, items: list[Item]) -> None:
        """Hand over ``items``."""
        self._queue.put(items)

    async def stop(self, patience_s: float) -> None:
        """Write what is left, for at most ``patience_s``, and close; a thread stuck in the disk is left behind."""
        self._give_up_at = monotonic() + patience_s
        self._nudge.set()
        self._queue.put([])
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s + 1.0):
                await asyncio.shield(self._ended)

    def abandon(self) -> None:
        """Stop as a crash would: at once, with whatever is not committed lost. For tests."""
        self._give_up_at = float("-inf")
        self._nudge.set()
        self._queue.put([])
        self._thread.join(5.0)

    def _run(self) -> None:
        try:
            last = self._store.open()
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who opens the journal must hear it
            self._on_loop(self._opened.set_exception, error)
            return
        self._on_loop(self._opened.set_result, last)
        pause = self._first_pause
        while not self._done():
            try:
                self._step()
                pause = self._first_pause
            except Exception as error:  # noqa: BLE001 - the writer outlives everything: told, counted, tried again
                self._trouble(error)
                self._nudge.wait(pause)
                self._nudge.clear()
                pause = min(pause * 2, self._longest_pause)
        self._refuse_jobs("it is closed")
        self._store.close()
        self._on_loop(_settle, self._ended, None, None)

    def _done(self) -> bool:
        """Fetch what has gathered; whether it is time to end (waits while there is nothing to do)."""
        while True:
            try:
                self._backlog.extend(self._queue.get(block=not self._backlog and self._give_up_at is None))
            except Empty:
                return self._give_up_at is not None and (not self._backlog or monotonic() >= self._give_up_at)

    def _step(self) -> None:
        head = self._backlog[0]
        if isinstance(head, Job):
            self._backlog.popleft()
            _answer(self._store, head, self._on_loop)
            return
        group: list[Recorded | SideWrite] = []
        for item in self._backlog:
            if isinstance(item, Job) or len(group) >= BATCH:
                break
            group.append(item)
        aside = self._store.write(group)
        for _ in group:
            self._backlog.popleft()
        self._on_loop(self._tell.written, max((item.seq for item in group if isinstance(item, Recorded)), default=0), aside)

    def _trouble(self, error: Exception) -> None:
        if not isinstance(error, StoreFailed):
            log.error("journal: the writer met an unforeseen error", exc_info=error)
        self._on_loop(self._tell.failed, str(error))
        self._refuse_jobs(str(error))

    def _refuse_jobs(self, why: str) -> None:
        """Whoever asks the database while it is in trouble is told so instead of waiting."""
        for job in [item for item in self._backlog if isinstance(item, Job)]:
            self._on_loop(_settle, job.result, None, JournalUnavailable(why))
        self._backlog = deque(item for item in self._backlog if not isinstance(item, Job))

    def _on_loop(self, call: Callable[..., Any], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(call, *arguments)


class InlineWriter:
    """Writes at once, in the loop's own thread: for a journal in memory, on virtual time too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tell: Tell

    async def start(self, tell: Tell) -> int:
        """Open; the last seq."""
        self._tell = tell
        return self._store.open()

    def put(self, items: list[Item]) -> None:
        """Write ``items`` and report on the next turn of the loop."""
        loop = asyncio.get_running_loop()
        for item in items:
            if isinstance(item, Job):
                _answer(self._store, item, _call)
            else:
                aside = self._store.write([item])
                loop.call_soon(self._tell.written, item.seq if isinstance(item, Recorded) else 0, aside)

    async def stop(self, patience_s: float) -> None:
        """Let the reports arrive, then close."""
        await asyncio.sleep(0)
        self._store.close()


def _answer(store: Store, job: Job, on_loop: Callable[..., Any]) -> None:
    try:
        value = store.run(job.call, job.scrub)
    except Exception as error:  # noqa: BLE001 - belongs to whoever asked
        on_loop(_settle, job.result, None, error)
    else:
        on_loop(_settle, job.result, value, None)


def _call(call: Callable[..., Any], *arguments: Any) -> None:
    call(*arguments)


def _settle(result: asyncio.Future[Any], value: Any, error: Exception | None) -> None:
    if result.done():
        return
    if error is not None:
        result.set_exception(error)
    else:
        result.set_result(value)
