"""Reading the journal, in this process or another, while its writer writes.

Pages of rows are read one after the other, so that a slow reader never holds a transaction open. An event this version can't
read is skipped, counted and logged once; it is never an error (a newer version may have written it).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select, true
from sqlalchemy.exc import SQLAlchemyError

from hotline.db import events, is_damage, reader_engine, reason, snapshots, sqlite_file
from hotline.events import Event
from hotline.ids import CallId
from hotline.journal_model import JournalCorrupt, JournalMissing, JournalUnavailable, Recorded, Snapshot
from hotline.moment import SHANGHAI
from hotline.upcast import UPCASTER, UnknownEvent, Upcaster

log = logging.getLogger(__name__)
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: after a seq, of one call, that happened on one Asia/Shanghai day, of certain types; all must hold."""

    after: int = 0
    call: CallId | None = None
    day: date | None = None
    types: Collection[type[Event]] | None = None

    def condition(self) -> ColumnElement[bool]:
        """The same in SQL, without ``after``: of two lower bounds SQLite may use the useless one."""
        parts: list[ColumnElement[bool]] = []
        if self.call is not None:
            parts.append(events.c.call == self.call)
        if self.day is not None:
            parts.append(_on(self.day, indexed=False))  # the span has found the day; the index would sort every page anew
        if self.types is not None:
            parts.append(events.c.type.in_([str(kind.__struct_config__.tag) for kind in self.types]))
        return and_(true(), *parts)

    def find(self, connection: Connection, skipped: Counter[str] | None = None, upcaster: Upcaster = UPCASTER) -> Iterator[Recorded]:
        """These events, in order."""
        first, last = (1, None) if self.day is None else _span(connection, _on(self.day))
        return _pages(connection, self.condition(), (max(first, self.after + 1), last), skipped, upcaster)


def day_bounds_us(day: date) -> tuple[int, int]:
    """First microsecond (since 1970 UTC) of an Asia/Shanghai ``day``, and of the day after."""
    first, after = (int(datetime.combine(each, time(), SHANGHAI).timestamp()) * 1_000_000 for each in (day, day + timedelta(days=1)))
    return first, after


def read_events(
    source: str | Engine,
    *,
    after: int = 0,
    call: CallId | None = None,
    day: date | None = None,
    types: Collection[type[Event]] | None = None,
    skipped: Counter[str] | None = None,
    upcaster: Upcaster = UPCASTER,
) -> Iterator[Recorded]:
    """The events wanted, in order, from a journal's URL (or an engine); ``skipped`` counts unreadable ones by type.

    Raises JournalMissing when there is no journal, JournalUnavailable when it can't be read.
    """
    wanted = Wanted(after, call, day, types)
    with _connected(source) as connection:
        yield from wanted.find(connection, skipped, upcaster)


def read_day(source: str | Engine, day: date, *, skipped: Counter[str] | None = None, upcaster: Upcaster = UPCASTER) -> Iterator[Recorded]:
    """Everything a day's report needs, in order (domain/kpi.md: a call belongs to the day it arrived on).

    All events of the calls that arrived on the Asia/Shanghai ``day``, also those after midnight; the events of that day that
    belong to no call (seats, house); and of that day's events those of calls whose arrival was never recorded.
    """
    with _connected(source) as connection:
        yield from find_day(connection, day, skipped, upcaster)


def latest_snapshot(source: str | Engine, name: str) -> Snapshot | None:
    """The newest snapshot called ``name``; None when there is none."""
    with _connected(source) as connection:
        return find_snapshot(connection, name)


def replay(source: str | Engine, name: str) -> tuple[Snapshot | None, Iterator[Recorded]]:
    """The newest snapshot of ``name`` and the events after it (all events when there is none)."""
    snapshot = latest_snapshot(source, name)
    return snapshot, read_events(source, after=snapshot.seq if snapshot else 0)


def find_day(connection: Connection, day: date, skipped: Counter[str] | None = None, upcaster: Upcaster = UPCASTER) -> Iterator[Recorded]:
    """The events of :func:`read_day`."""
    other = events.alias("arrivals")
    first, after = day_bounds_us(day)
    arrivals = select(other.c.call).where(other.c.type == "CallArrived")
    arrived = events.c.call.in_(arrivals.where(other.c.wall_us >= first, other.c.wall_us < after))
    orphaned = ~arrivals.where(other.c.call == events.c.call).exists()
    condition = or_(arrived, and_(_on(day), or_(events.c.call.is_(None), orphaned)))
    return _pages(connection, condition, _span(connection, arrived, _on(day)), skipped, upcaster)


def _span(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[int, int | None]:
    """First and last seq that meet any of ``conditions``: each has an index, so that a day is found in years of events."""
    ends = [connection.execute(select(func.min(events.c.seq), func.max(events.c.seq)).where(each)).one() for each in conditions]
    found = [(first, last) for first, last in ends if first is not None]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else (1, 0)


def _pages(
    connection: Connection, condition: ColumnElement[bool], span: tuple[int, int | None], skipped: Counter[str] | None, upcaster: Upcaster
) -> Iterator[Recorded]:
    """The events within ``span`` that meet ``condition``, in order, a page at a time."""
    columns = select(events.c.seq, events.c.type, events.c.version, events.c.body).where(condition)
    first, last = span
    if last is not None:
        columns = columns.where(events.c.seq <= last)
    while True:
        rows: Any = connection.execute(columns.where(events.c.seq >= first).order_by(events.c.seq).limit(PAGE)).all()
        for seq, kind, version, body in rows:
            first = seq + 1
            try:
                yield Recorded(seq, upcaster.read(kind, version, body))
            except UnknownEvent:
                _count(kind, version, skipped)
        if len(rows) < PAGE:
            return


def find_snapshot(connection: Connection, name: str) -> Snapshot | None:
    """The newest snapshot called ``name``."""
    statement = select(snapshots.c.seq, snapshots.c.body).where(snapshots.c.name == name).order_by(snapshots.c.seq.desc()).limit(1)
    row = connection.execute(statement).first()
    return Snapshot(name, row[0], bytes(row[1])) if row else None


def _on(day: date, indexed: bool = True) -> ColumnElement[bool]:
    first, after = day_bounds_us(day)
    wall = events.c.wall_us if indexed else events.c.wall_us + 0
    return and_(wall >= first, wall < after)


_seen_unreadable: set[tuple[str, int]] = set()


def _count(kind: str, version: int, skipped: Counter[str] | None) -> None:
    if skipped is not None:
        skipped[kind] += 1
    if (kind, version) not in _seen_unreadable and len(_seen_unreadable) < 1000:
        _seen_unreadable.add((kind, version))
        log.warning("journal: events of an unknown kind are skipped", extra={"kind": kind, "version": version})


@contextmanager
def _connected(source: str | Engine) -> Iterator[Connection]:
    engine = reader_engine(source) if isinstance(source, str) else source
    try:
        if isinstance(source, str) and (file := sqlite_file(source)) is not None and not file.exists():
            raise JournalMissing(str(file))
        with closing(engine.connect().execution_options(isolation_level="AUTOCOMMIT")) as connection:
            yield connection
    except SQLAlchemyError as error:
        kind = JournalCorrupt if is_damage(error) else JournalUnavailable
        raise kind(reason(error)) from None
    finally:
        if isinstance(source, str):
            engine.dispose()
