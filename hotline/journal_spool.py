"""How far the journal is: what is on the disk, what is in memory only, who hears of it and who waits for it.

Three marks move along the sequence numbers: handed to the writer, settled (on the disk, or in memory while the disk is in
trouble: the spool) and durable (on the disk). Everything here runs on the loop.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import Any

from hotline.journal_model import Counters, Item, Recorded, Trouble, TroubleCode
from hotline.settings import JournalSettings

log = logging.getLogger(__name__)
Listener = Callable[[Recorded], None]


class Appended:
    """The promise of :meth:`hotline.journal.Journal.append`; awaiting it is optional and gives it back."""

    __slots__ = ("_spool", "first", "last")

    def __init__(self, spool: Spool, first: int, last: int) -> None:
        self._spool = spool
        self.first = first
        self.last = last

    @property
    def durable(self) -> bool:
        """Whether all its events are on the disk by now; False also while they are in the spool only."""
        return self._spool.durable >= self.last

    @property
    def set_aside(self) -> bool:
        """Whether one of its events was refused and set aside (told for the last thousand refusals)."""
        return any(seq in self._spool.recently_set_aside for seq in range(self.first, self.last + 1))

    def __await__(self) -> Generator[Any, None, Appended]:
        if self._spool.settled < self.last:
            yield from self._spool.waiter(self.last).__await__()
        return self


class Spool:
    """The marks, the listeners and the waiters. It is what the writer reports to (:class:`hotline.journal_model.Tell`)."""

    def __init__(
        self, settings: JournalSettings, on_trouble: Callable[[Trouble], None], counters: Counters, hurry: Callable[[], None]
    ) -> None:
        self.durable = 0
        self.settled = 0
        self.trouble = ""
        """What is wrong; empty while commits work and are quick."""
        self.recently_set_aside: deque[int] = deque(maxlen=1000)
        self._settings = settings
        self._on_trouble = on_trouble
        self._hurry = hurry
        self._counters = counters
        self._handed = 0
        self._full_told = False
        self._ended = False
        self._unheard: deque[Recorded] = deque()
        self._waiting: deque[tuple[int, float]] = deque()  # hand-overs that aren't on the disk: last seq, since when
        self._watch: asyncio.TimerHandle | None = None
        self._listeners: tuple[Listener, ...] = ()
        self._waiters: list[tuple[int, int, asyncio.Future[None]]] = []
        self._ticket = itertools.count()
        self._loop: asyncio.AbstractEventLoop

    @property
    def spooled(self) -> int:
        """How many events are settled but not durable."""
        return max(0, self.settled - self.durable)

    @property
    def full(self) -> bool:
        """Whether the spool has reached its bound."""
        return self.spooled >= self._settings.spool_events

    def begin(self, last: int) -> None:
        """The journal holds everything up to seq ``last``."""
        self._loop = asyncio.get_running_loop()
        self._handed = self.durable = self.settled = last

    def end(self) -> None:
        """No more reports will come; nobody shall wait for one."""
        if self._watch is not None:
            self._watch.cancel()
        if self.durable < self._handed:
            log.error("journal: closed with events unwritten", extra={"lost": self._handed - self.durable, "trouble": self.trouble})
        self._settle(self._handed)
        self._ended = True

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every event settled from now on; the function given back ends that."""
        self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            self._listeners = tuple(each for each in self._listeners if each is not listener)

        return unsubscribe

    def waiter(self, seq: int) -> asyncio.Future[None]:
        """A future that is done when everything up to ``seq`` is settled, or never will be because the journal is closed."""
        future = self._loop.create_future()
        if self._ended:
            future.set_result(None)
            return future
        heapq.heappush(self._waiters, (seq, next(self._ticket), future))
        if seq > self._handed:
            self._hurry()
        return future

    def handed_over(self, items: Sequence[Item], upto: int) -> None:
        """The writer has been given ``items``, the last event of which is ``upto``."""
        if upto > self._handed:
            self._counters.appended += upto - self._handed
            self._handed = upto
            self._unheard.extend(item for item in items if isinstance(item, Recorded))
            self._waiting.append((upto, self._loop.time()))
        if self.trouble:
            self._settle(self._handed)
            self._look_at_bound()
        elif self._watch is None and self._waiting:
            self._look_later()

    def written(self, upto: int, aside: tuple[int, ...]) -> None:
        """A commit is on the disk: everything up to ``upto``, but ``aside`` was refused and set aside."""
        self._counters.batches += 1
        if upto > self.durable:
            self._counters.written += upto - self.durable - len(aside)
            self.durable = upto
        for seq in aside:
            self._counters.set_aside += 1
            self.recently_set_aside.append(seq)
            self._tell("journal_event_set_aside", f"event {seq} was refused by the database; it stands in events_set_aside")
        while self._waiting and self._waiting[0][0] <= upto:
            self._waiting.popleft()
        if not self._waiting and self._watch is not None:
            self._watch.cancel()
            self._watch = None
        self._settle(upto, aside)
        if self.trouble and not self._overdue():
            self._recover()

    def failed(self, why: str) -> None:
        """A commit failed; the writer tries again."""
        self._counters.failed_commits += 1
        self._enter_trouble("journal_failed", why)

    def _look(self) -> None:
        """Has the oldest hand-over waited too long for its commit?"""
        self._watch = None
        if self.trouble or not self._waiting:
            return
        if self._overdue():
            self._counters.slow_commits += 1
            self._enter_trouble("journal_slow", f"a commit takes longer than {self._settings.slow_commit_s:g} s")
        else:
            self._look_later()

    def _look_later(self) -> None:
        self._watch = self._loop.call_at(self._waiting[0][1] + self._settings.slow_commit_s, self._look)

    def _overdue(self) -> bool:
        return bool(self._waiting) and self._loop.time() - self._waiting[0][1] >= self._settings.slow_commit_s

    def _enter_trouble(self, code: TroubleCode, why: str) -> None:
        if not self.trouble:
            self.trouble = why
            self._tell(code, why)
        self._settle(self._handed)
        self._look_at_bound()

    def _look_at_bound(self) -> None:
        if self.full and not self._full_told:
            self._full_told = True
            self._tell("journal_spool_full", f"{self.spooled} events wait in memory; new calls go to the fallback")

    def _recover(self) -> None:
        self.trouble, self._full_told = "", False
        self._tell("journal_recovered", "events are written again")
        if self._waiting and self._watch is None:
            self._look_later()

    def _settle(self, upto: int, aside: tuple[int, ...] = ()) -> None:
        """Let listeners hear, and waiters go on with, everything up to ``upto``."""
        self.settled = max(self.settled, upto)
        while self._unheard and self._unheard[0].seq <= upto:
            recorded = self._unheard.popleft()
            if recorded.seq not in aside:
                self._publish(recorded)
        while self._waiters and self._waiters[0][0] <= upto:
            future = heapq.heappop(self._waiters)[2]
            if not future.done():
                future.set_result(None)

    def _publish(self, recorded: Recorded) -> None:
        for listener in self._listeners:
            try:
                listener(recorded)
            except Exception:
                self._counters.listener_errors += 1  # his fault must not stop the journal or the other listeners
                log.exception("journal: a listener failed", extra={"kind": type(recorded.event).__name__})

    def _tell(self, code: TroubleCode, why: str) -> None:
        log.warning("journal: trouble", extra={"code": code, "why": why})
        self._loop.call_soon(self._on_trouble, Trouble(code, why))
