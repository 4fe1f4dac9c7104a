"""The words of the journal: what is recorded, what can go wrong with it, and what its writer is asked to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec
from sqlalchemy import Connection, Executable

from hotline.errors import HotlineError
from hotline.events import Event


class Recorded(msgspec.Struct, frozen=True):
    """An event and its place in the journal; ``seq`` only grows, with gaps where an event was set aside."""

    seq: int
    event: Event


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state as it was after event ``seq``."""

    name: str
    seq: int
    body: bytes = field(repr=False)


TroubleCode = Literal["journal_slow", "journal_failed", "journal_spool_full", "journal_event_set_aside", "journal_recovered"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Somebody has to look (or may stop looking: ``journal_recovered``); ``code`` is stable, ``text`` is for people."""

    code: TroubleCode
    text: str


@dataclass(slots=True)
class Counters:
    """What the journal did since it was opened."""

    appended: int = 0
    written: int = 0
    batches: int = 0
    set_aside: int = 0
    failed_commits: int = 0
    slow_commits: int = 0
    listener_errors: int = 0
    refused_closed: int = 0
    """Events appended after the journal was closed: lost, and a fault of whoever appended them."""


class JournalUnavailable(HotlineError):
    """The journal's database can't be used:"""


class JournalTaken(HotlineError):
    """Another process writes this journal; end it first (never two writers of one journal):"""


class JournalCorrupt(HotlineError):
    """The journal's file is damaged; stop, keep the file and its -wal beside it, and restore the last good backup:"""


class JournalMissing(HotlineError):
    """There is no journal yet (it is made when the hotline runs for the first time):"""


class StoreFailed(HotlineError):
    """Nothing of this batch is known to be on the disk; it will be tried again:"""


@dataclass(frozen=True, slots=True)
class SideWrite:
    """Something written beside the events, in order with them: repeatable statements, because a batch may be tried twice."""

    what: str
    statements: tuple[tuple[Executable, Mapping[str, Any]], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """A question to the database that somebody waits for, asked by the writer in order with the events.

    ``scrub``: what the job deleted shall not linger in the write-ahead log either.
    """

    call: Callable[[Connection], Any]
    result: asyncio.Future[Any]
    scrub: bool = False


Item = Recorded | SideWrite | Job


class Tell(Protocol):
    """What a writer reports to the loop. Each is called on the loop, in order."""

    def written(self, upto: int, aside: tuple[int, ...]) -> None:
        """Everything up to seq ``upto`` is on the disk, except ``aside``, which was refused and set aside."""
        ...

    def failed(self, why: str) -> None:
        """A commit failed; it is being tried again."""
        ...


class Writer(Protocol):
    """Takes items in order and puts them on the disk in that order, each once."""

    async def start(self, tell: Tell) -> int:
        """Open the database; the last seq in it. Raises the errors of this module."""
        ...

    def put(self, items: list[Item]) -> None:
        """Hand over; never blocks, never raises."""
        ...

    async def stop(self, patience_s: float) -> None:
        """Write what is left, trying at most ``patience_s`` seconds, and close."""
        ...
