"""The disk's bad days: a talk goes on, nothing is lost, nothing stands twice, the order is kept (reliability: fault 9)."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest

from hotline.clock import HandClock
from hotline.events import CallEnded, Event
from hotline.journal import Journal, Recorded, Trouble, open_journal, read_events
from hotline.journal_model import JournalUnavailable
from hotline.journal_store import SqlStore
from hotline.journal_writer import WriterThread
from hotline.settings import JournalSettings
from tests.hotline.faulty_store import FaultyStore
from tests.hotline.samples import ended, entered

QUICK = JournalSettings(slow_commit_s=0.05, spool_events=20)
"""For commits that hang: soon called slow."""
PATIENT = JournalSettings(slow_commit_s=60, spool_events=20)
"""For commits that fail: never called slow, however busy the machine is."""
RETRY = (0.002, 0.01)


class World:
    """A journal over a store that can be spoilt, and what was heard of it."""

    def __init__(self, journal: Journal, store: FaultyStore) -> None:
        self.journal = journal
        self.store = store
        self.heard: list[Event] = []
        journal.subscribe(lambda recorded: self.heard.append(recorded.event))


@pytest.fixture
def told() -> list[Trouble]:
    return []


@asynccontextmanager
async def open_world(url: str, settings: JournalSettings, told: list[Trouble]) -> AsyncIterator[World]:
    store = FaultyStore(SqlStore(url))
    async with open_journal(url, HandClock(), settings, told.append, writer=WriterThread(store, RETRY)) as journal:
        yield World(journal, store)


@pytest.fixture
async def world(sqlite_url: str, told: list[Trouble]) -> AsyncIterator[World]:
    async with open_world(sqlite_url, PATIENT, told) as world:
        yield world


async def until(condition: Callable[[], bool]) -> None:
    """Come back when ``condition`` holds; another thread brings that about."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)


def well(journal: Journal) -> bool:
    """Whether the journal is out of trouble and everything appended is on the disk."""
    return journal.healthy and journal.durable_seq == journal.last_seq


def codes(told: list[Trouble]) -> list[str]:
    return [trouble.code for trouble in told]


def stored(url: str) -> list[Event]:
    return [each.event for each in read_events(url)]


async def test_a_failing_commit_holds_nobody_up_and_is_made_good_later(world: World, told: list[Trouble], sqlite_url: str) -> None:
    await world.journal.append(entered(1))
    world.store.broken = True
    second = await world.journal.append(entered(2))
    third = await world.journal.append(entered(3))
    assert (second.durable, third.durable, world.journal.healthy) == (False, False, False)
    assert world.heard == [entered(1), entered(2), entered(3)]
    assert (world.journal.spooled, stored(sqlite_url)) == (2, [entered(1)])
    world.store.broken = False
    await until(lambda: well(world.journal))
    assert (second.durable, third.durable, world.journal.spooled) == (True, True, 0)
    assert stored(sqlite_url) == world.heard == [entered(1), entered(2), entered(3)]
    await asyncio.sleep(0)
    assert codes(told) == ["journal_failed", "journal_recovered"]
    assert "bad moment" in told[0].text


async def test_a_commit_whose_answer_was_lost_is_not_written_twice(world: World, sqlite_url: str) -> None:
    world.store.faults.extend(["after", "after", "before", "after"])
    story = [entered(1), ended("c-1"), entered(2)]
    world.journal.append(*story)
    await world.journal.append(entered(3), ended("c-1"))
    await until(lambda: well(world.journal))
    assert stored(sqlite_url) == [*story, entered(3)]
    assert world.journal.counters.set_aside == 1
    assert not world.store.faults


async def test_a_commit_that_hangs_is_given_up_waiting_for_but_not_given_up(sqlite_url: str, told: list[Trouble]) -> None:
    async with open_world(sqlite_url, QUICK, told) as world:
        world.store.gate.clear()
        hanging = await world.journal.append(entered(1))
        assert (hanging.durable, world.journal.healthy, codes(told)) == (False, False, ["journal_slow"])
        more = [entered(number) for number in range(2, 12)]
        for event in more:
            await world.journal.append(event)
        assert (world.heard, world.journal.spooled) == ([entered(1), *more], 11)
        world.store.gate.set()
        await until(lambda: well(world.journal))
        assert stored(sqlite_url) == world.heard
        assert world.journal.counters.slow_commits >= 1


async def test_a_full_spool_refuses_new_calls_but_not_the_events_of_old_ones(world: World, told: list[Trouble], sqlite_url: str) -> None:
    world.store.broken = True
    for number in range(PATIENT.spool_events - 1):
        await world.journal.append(entered(number))
    assert world.journal.accepts_calls
    await world.journal.append(entered(100))
    assert not world.journal.accepts_calls
    for number in range(101, 201):
        await world.journal.append(entered(number))
    assert codes(told) == ["journal_failed", "journal_spool_full"]
    world.store.broken = False
    await until(lambda: well(world.journal))
    assert world.journal.accepts_calls
    assert stored(sqlite_url) == world.heard
    assert len(world.heard) == PATIENT.spool_events + 100


async def test_who_asks_a_database_in_trouble_is_told_at_once(world: World, sqlite_url: str) -> None:
    world.store.broken = True
    world.journal.append(entered(1))
    asking = asyncio.ensure_future(world.journal.read())
    with pytest.raises(JournalUnavailable, match="bad moment"):
        await asking
    world.store.broken = False
    await until(lambda: well(world.journal))
    assert len(await world.journal.read()) == 1


async def test_closing_in_trouble_writes_what_can_still_be_written(sqlite_url: str) -> None:
    store = FaultyStore(SqlStore(sqlite_url))
    async with open_journal(sqlite_url, HandClock(), PATIENT, writer=WriterThread(store, RETRY)) as journal:
        store.faults.extend(["before"] * 5)
        for number in range(30):
            journal.append(entered(number))
    assert stored(sqlite_url) == [entered(number) for number in range(30)]


async def test_a_disk_that_never_comes_back_doesnt_keep_us_from_ending(sqlite_url: str) -> None:
    store = FaultyStore(SqlStore(sqlite_url))
    journal = Journal(WriterThread(store, RETRY), HandClock(), PATIENT, lambda trouble: None)
    await journal.open()
    store.broken = True
    promise = journal.append(entered(1))
    async with asyncio.timeout(10):
        await journal.close(patience_s=0.05)
        assert not (await promise).durable


async def test_a_locked_database_is_written_in_order_when_the_lock_is_gone(sqlite_url: str, tmp_path: Path, told: list[Trouble]) -> None:
    async with open_journal(sqlite_url, HandClock(), QUICK, told.append) as journal:
        heard: list[Recorded] = []
        journal.subscribe(heard.append)
        await journal.append(entered(0))
        other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        promises = [await journal.append(entered(number)) for number in range(1, 10)]
        assert not any(promise.durable for promise in promises)
        await until(lambda: journal.counters.failed_commits > 1)
        assert not journal.healthy
        other.execute("ROLLBACK")
        other.close()
        await until(lambda: well(journal))
        assert list(read_events(sqlite_url)) == heard
        assert all(promise.durable for promise in promises)
    assert len(heard) == 10
    assert codes(told)[-1] == "journal_recovered"


async def test_a_full_disk_is_told_and_heals_when_there_is_room_again(sqlite_url: str, told: list[Trouble]) -> None:
    pragmas: dict[str, int] = {}
    store = SqlStore(sqlite_url, pragmas=pragmas)
    store.open()
    store.close()
    pragmas["max_page_count"] = 40
    async with open_journal(sqlite_url, HandClock(), PATIENT, told.append, writer=WriterThread(store, RETRY)) as journal:
        number = 0
        while journal.healthy:
            await journal.append(*(entered(number + each) for each in range(50)))
            number += 50
        await until(lambda: journal.counters.failed_commits > 1)
        await journal.append(entered(number))
        assert (told[0].code, "full" in told[0].text) == ("journal_failed", True)
        pragmas["max_page_count"] = 1_000_000
        await until(lambda: well(journal))
    assert stored(sqlite_url) == [entered(each) for each in range(number + 1)]


async def test_a_database_that_goes_bad_under_way_is_told_and_kept_trying(sqlite_url: str, told: list[Trouble]) -> None:
    """The unforeseen too: here the table itself is gone for a while."""
    async with open_journal(sqlite_url, HandClock(), PATIENT, told.append) as journal:
        await journal.append(entered(1))
        await journal.run(lambda connection: connection.exec_driver_sql("ALTER TABLE events RENAME TO hidden"))
        assert not (await journal.append(entered(2))).durable
        assert "events" in told[0].text
        await until(lambda: journal.counters.failed_commits > 1)
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=10)) as plain:
            plain.execute("ALTER TABLE hidden RENAME TO events")
        await until(lambda: well(journal))
    assert stored(sqlite_url) == [entered(1), entered(2)]


@pytest.mark.thorough
def test_killed_with_signal_9_everything_reported_durable_is_there(sqlite_url: str, tmp_path: Path) -> None:
    heard = [_kill_a_writer(sqlite_url, after_lines=lines) for lines in (1, 60)]
    present = [event.at.mono for event in stored(sqlite_url)]
    first_life = present.index(1, 1)
    lives = [present[:first_life], present[first_life:]]
    for life, durable in zip(lives, heard, strict=True):
        assert life == list(range(1, len(life) + 1))
        assert len(life) >= durable


def _kill_a_writer(url: str, after_lines: int) -> int:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.hotline.writer_process", url]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(after_lines)]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
        assert writer.wait(20) == -signal.SIGKILL
    return max(int(line) for line in said if line.endswith("\n"))


@pytest.mark.postgres
async def test_a_server_connection_that_is_cut_loses_and_doubles_nothing(postgres_url: str, told: list[Trouble]) -> None:
    async with open_journal(postgres_url, HandClock(), PATIENT, told.append) as journal:
        await journal.append(entered(0))
        for number in range(1, 40):
            journal.append(entered(number))
            if number % 10 == 0:
                await _cut_connections(postgres_url)
            await asyncio.sleep(0)
        await until(lambda: well(journal))
    assert stored(postgres_url) == [entered(number) for number in range(40)]
    assert "journal_failed" in codes(told)


@pytest.mark.postgres
async def test_a_table_locked_by_somebody_else_is_written_when_it_is_free(postgres_url: str, told: list[Trouble]) -> None:
    async with open_journal(postgres_url, HandClock(), QUICK, told.append) as journal:
        with psycopg.connect(postgres_url) as other:
            other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            promise = await journal.append(entered(1), ended("c-1"))
            again = await journal.append(ended("c-1"), entered(2))
            assert (promise.durable, again.durable, codes(told)) == (False, False, ["journal_slow"])
        await until(lambda: well(journal))
    found = stored(postgres_url)
    assert [event for event in found if not isinstance(event, CallEnded)] == [entered(1), entered(2)]
    assert len(found) == 3


async def _cut_connections(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
