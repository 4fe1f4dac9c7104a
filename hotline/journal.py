"""The journal is the truth: every event, in order, once, on the disk before its effect.

Append and go on::

    async with open_journal(url, clock, settings.journal) as journal:
        journal.append(MenuEntered(...))                        # prompts, music, hang-ups: nobody waits
        await journal.append(CallOffered(...))                  # who holds whom: the command goes out when it is durable

Laws:

* ``append`` never blocks, never raises and keeps the order; one writer thread commits what has gathered, together. Events nobody
  waits for gather ``gather_ms`` first (a commit is most of what an event costs); awaiting one hands over all at once;
* listeners hear each event once, in order, on the loop, when it is durable;
* when a commit takes longer than ``slow_commit_s`` or fails, the journal is not ``healthy``: events are kept in memory (the spool),
  heard and awaited as if they were written, with ``durable`` False, so that talks and hang-ups go on. The writer writes them in
  order as soon as it can: nothing lost, nothing twice. Only our own death during such a trouble loses what the spool held;
* when the spool has reached its bound ``accepts_calls`` is False: new calls belong to the fallback. Events of the calls in
  progress are still kept, because a talk is never dropped for want of a disk; without new calls that is bounded too;
* an event the database refuses (a second CallEnded of a call) is set aside, counted and reported, and stops nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, text

from hotline.clock import Clock
from hotline.events import Event
from hotline.ids import CallId
from hotline.journal_model import Counters, Item, Job, JournalUnavailable, Recorded, SideWrite, Snapshot, Trouble, Writer
from hotline.journal_read import Wanted, find_day, find_snapshot, latest_snapshot, read_day, read_events, replay
from hotline.journal_spool import Appended, Listener, Spool
from hotline.journal_store import SqlStore
from hotline.journal_writer import InlineWriter, WriterThread
from hotline.settings import JournalSettings
from hotline.upcast import UPCASTER, Upcaster

__all__ = [
    "Appended",
    "Journal",
    "Recorded",
    "Snapshot",
    "Trouble",
    "latest_snapshot",
    "memory_journal",
    "open_journal",
    "read_day",
    "read_events",
    "replay",
]

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_SNAPSHOTS = 2

_SNAPSHOT = text(
    "INSERT INTO snapshots (name, seq, taken_us, body) VALUES (:name, :seq, :taken_us, :body)"
    " ON CONFLICT (name, seq) DO UPDATE SET taken_us = excluded.taken_us, body = excluded.body"
)
_FORGET_SNAPSHOTS = text(
    "DELETE FROM snapshots WHERE name = :name AND seq NOT IN (SELECT seq FROM snapshots WHERE name = :name ORDER BY seq DESC LIMIT :kept)"
)


class Journal:
    """The loop's side of the journal; one per process, made by :func:`open_journal`."""

    def __init__(
        self, writer: Writer, clock: Clock, settings: JournalSettings, on_trouble: Callable[[Trouble], None], upcaster: Upcaster = UPCASTER,
        gather_s: float = 0.0,
    ) -> None:  # fmt: skip
        self.counters = Counters()
        self._spool = Spool(settings, on_trouble, self.counters, hurry=self._hurry)
        self._writer = writer
        self._clock = clock
        self._upcaster = upcaster
        self._last_seq = 0
        self._outbox: list[Item] = []
        self._gathering: asyncio.TimerHandle | None = None
        self._gather_s = gather_s
        self._closed = False
        self._loop: asyncio.AbstractEventLoop

    # -- what everybody uses -----------------------------------------------------------------------------------------

    @property
    def healthy(self) -> bool:
        """Whether commits work and are quick."""
        return not self._spool.trouble

    @property
    def spooled(self) -> int:
        """How many events are in memory only although others already act on them."""
        return self._spool.spooled

    @property
    def accepts_calls(self) -> bool:
        """Whether a new call may come in; False when the spool has reached its bound."""
        return not self._spool.full

    @property
    def durable_seq(self) -> int:
        """Everything up to this seq is on the disk."""
        return self._spool.durable

    @property
    def last_seq(self) -> int:
        """The seq of the last event appended."""
        return self._last_seq

    def append(self, *events: Event) -> Appended:
        """Record ``events`` in this order. Call it on the loop's own thread."""
        first = self._last_seq + 1
        if self._closed:
            self.counters.refused_closed += len(events)
            log.error("journal: appended to after it was closed", extra={"events": len(events)})
            return Appended(self._spool, first, self._last_seq + len(events))
        for event in events:
            self._last_seq += 1
            self._outbox.append(Recorded(self._last_seq, event))
        self._schedule()
        return Appended(self._spool, first, self._last_seq)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every event from now on; the function given back ends that."""
        return self._spool.subscribe(listener)

    async def flushed(self) -> None:
        """Wait until everything appended so far is durable, or spooled."""
        await Appended(self._spool, 0, self._last_seq)

    # -- beside the events ---------------------------------------------------------------------------------------------

    def write_beside(self, what: str, *statements: tuple[Executable, Mapping[str, Any]]) -> None:
        """Have ``statements`` executed in order with the events; they must bear repeating. ``what`` names them in a log."""
        self._hand(SideWrite(what, statements))

    async def run(self, job: Callable[[Connection], T], *, scrub: bool = False) -> T:
        """The result of ``job`` in a transaction of its own, after what was appended. Raises JournalUnavailable."""
        result: asyncio.Future[T] = self._loop.create_future()
        self._hand(Job(job, result, scrub))
        return await result

    def save_snapshot(self, name: str, seq: int, body: bytes) -> None:
        """Keep ``body``, the state of ``name`` after event ``seq``; the last two of a name are kept."""
        values = {"name": name, "seq": seq, "taken_us": self._clock.now().wall, "body": body}
        self.write_beside("snapshot", (_SNAPSHOT, values), (_FORGET_SNAPSHOTS, {"name": name, "kept": KEPT_SNAPSHOTS}))

    async def latest_snapshot(self, name: str) -> Snapshot | None:
        """The newest snapshot called ``name``. Raises JournalUnavailable."""
        return await self.run(lambda connection: find_snapshot(connection, name))

    async def read(
        self, *, after: int = 0, call: CallId | None = None, day: date | None = None, types: Collection[type[Event]] | None = None
    ) -> list[Recorded]:
        """The events wanted, as :func:`read_events` gives them. Raises JournalUnavailable. For a start; not during calls."""
        wanted = Wanted(after, call, day, types)
        return await self.run(lambda connection: list(wanted.find(connection, upcaster=self._upcaster)))

    async def read_day(self, day: date) -> list[Recorded]:
        """What :func:`read_day` gives. Raises JournalUnavailable."""
        return await self.run(lambda connection: list(find_day(connection, day, upcaster=self._upcaster)))

    # -- opening and closing -------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the writer. Raises JournalTaken, JournalCorrupt, JournalUnavailable, DatabaseTooNew."""
        self._loop = asyncio.get_running_loop()
        self._last_seq = await self._writer.start(self._spool)
        self._spool.begin(self._last_seq)

    async def close(self, patience_s: float = 5.0) -> None:
        """Write what is left and close; what can't be written within ``patience_s`` is lost, and logged as lost."""
        self._flush()
        self._closed = True
        await self._writer.stop(patience_s)
        await asyncio.sleep(0)
        self._spool.end()

    def _hand(self, item: SideWrite | Job) -> None:
        if self._closed:
            self.counters.refused_closed += 1
            if isinstance(item, Job):
                item.result.set_exception(JournalUnavailable("it is closed"))
            return
        self._outbox.append(item)
        if isinstance(item, Job):
            self._flush()
        else:
            self._schedule()

    def _schedule(self) -> None:
        """Hand over soon: what nobody waits for gathers for a moment, because a commit costs the same for one event and for twenty."""
        if self._gathering is None:
            self._gathering = self._loop.call_later(self._gather_s, self._flush)

    def _hurry(self) -> None:
        """Somebody waits: hand over at the next turn of the loop."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Hand over what was appended: one wake-up of the writer for all of it."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        if self._outbox:
            items, self._outbox = self._outbox, []
            self._writer.put(items)
            self._spool.handed_over(items, self._last_seq)


@asynccontextmanager
async def open_journal(
    url: str,
    clock: Clock,
    settings: JournalSettings = JournalSettings(),  # noqa: B008 - frozen
    on_trouble: Callable[[Trouble], None] = lambda trouble: None,
    *,
    upcaster: Upcaster = UPCASTER,
    writer: Writer | None = None,
) -> AsyncIterator[Journal]:
    """The journal at ``url`` (see :func:`hotline.db.journal_url`), open for writing by this process alone.

    Raises JournalTaken, JournalCorrupt, JournalUnavailable, DatabaseTooNew. ``on_trouble`` is called on the loop. ``writer`` is
    for tests that need a faulty one.
    """
    store = writer or WriterThread(
        SqlStore(url, busy_s=settings.slow_commit_s, check_below=settings.check_below_mb * 1_000_000, upcaster=upcaster)
    )
    journal = Journal(store, clock, settings, on_trouble, upcaster, gather_s=0.0 if writer else settings.gather_ms / 1000)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def memory_journal(
    clock: Clock,
    settings: JournalSettings = JournalSettings(),  # noqa: B008 - frozen
    on_trouble: Callable[[Trouble], None] = lambda trouble: None,
    *,
    upcaster: Upcaster = UPCASTER,
) -> AsyncIterator[Journal]:
    """A journal in memory without a thread: for tests, the twin and virtual time. Everything else is the same."""
    async with open_journal(
        "", clock, settings, on_trouble, upcaster=upcaster, writer=InlineWriter(SqlStore("sqlite://", upcaster=upcaster))
    ) as journal:
        yield journal
