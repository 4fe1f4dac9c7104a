"""The journal in memory, in SQLite and in PostgreSQL keeps the same promises; the last two also over a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from hotline.clock import HandClock
from hotline.db import DatabaseTooNew, migrate, writer_engine
from hotline.events import Event, MenuEntered
from hotline.ids import CallId
from hotline.journal import latest_snapshot, memory_journal, open_journal, read_day, read_events, replay
from hotline.journal_model import JournalCorrupt, JournalMissing, JournalTaken, JournalUnavailable
from hotline.journal_store import SqlStore
from hotline.settings import JournalSettings
from hotline.upcast import Upcaster
from tests.contracts.journal import JournalContract, Open
from tests.hotline.samples import arrived, ended, entered, moment


class TestJournalInMemory(JournalContract):
    @pytest.fixture
    def open_one(self) -> Open:
        return lambda **given: memory_journal(HandClock(), **given)


class DurableContract(JournalContract):
    """Promises of a journal that outlives its process. Subclasses give ``url``."""

    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def open_one(self, url: str) -> Open:
        return lambda **given: open_journal(url, HandClock(), **given)

    async def test_a_restart_finds_everything_and_counts_on(self, url: str, open_one: Open) -> None:
        async with open_one() as journal:
            journal.append(entered(1), entered(2))
        async with open_one() as journal:
            third = await journal.append(entered(3))
            stored = await journal.read()
        assert [each.event for each in stored] == [entered(1), entered(2), entered(3)]
        assert stored[-1].seq == third.first == stored[1].seq + 1
        assert list(read_events(url)) == stored

    async def test_another_reader_reads_while_the_writer_writes(self, url: str, open_one: Open) -> None:
        async with open_one() as journal:
            await journal.append(*(entered(number) for number in range(1500)))
            reader = read_events(url)
            first = next(reader)
            await journal.append(entered(9999))
            rest = [each.event for each in reader]
            assert [first.event, *rest] == [*(entered(number) for number in range(1500)), entered(9999)]
            assert [each.event for each in read_day(url, date(2025, 11, 20))] == [first.event, *rest]

    async def test_replay_from_outside_gives_snapshot_and_rest_and_twice_the_same(self, url: str, open_one: Open) -> None:
        async with open_one() as journal:
            at = await journal.append(entered(1))
            journal.save_snapshot("floor", at.last, b"one")
            await journal.append(entered(2))
            await journal.run(lambda connection: None)
        snapshot, rest = replay(url, "floor")
        assert (snapshot, [each.event for each in rest]) == (latest_snapshot(url, "floor"), [entered(2)])
        assert snapshot is not None
        assert snapshot.body == b"one"
        assert [each.event for each in replay(url, "nothing")[1]] == [entered(1), entered(2)]

    async def test_a_second_writer_is_refused(self, url: str, open_one: Open) -> None:
        async with open_one() as journal:
            store = SqlStore(url, lock_s=0.0)
            with pytest.raises(JournalTaken):
                store.open()
            await journal.append(entered(1))
        store = SqlStore(url, lock_s=0.0)
        assert store.open() == 1
        store.close()

    async def test_an_end_set_aside_in_a_later_life_takes_its_number_with_it(self, url: str, open_one: Open) -> None:
        async with open_one() as journal:
            journal.append(ended("c-1"))
        async with open_one() as journal:
            assert (await journal.append(ended("c-1"))).set_aside
        async with open_one() as journal:
            assert (await journal.append(entered(1))).last == 3
            assert [each.event for each in await journal.read()] == [ended("c-1"), entered(1)]

    async def test_what_this_version_cant_read_is_skipped_and_counted(self, url: str, open_one: Open) -> None:
        rows = [("MoonPhaseSeen", 1, "{}"), ("MenuEntered", 99, "{}"), ("MenuEntered", 1, "not json"), ("MenuEntered", 1, '{"type":"X"}')]
        async with open_one() as journal:
            await journal.append(entered(1))
            await journal.run(lambda connection: _insert(connection, rows, 100))
        async with open_one() as journal:
            await journal.append(entered(2))
            assert [each.event for each in await journal.read()] == [entered(1), entered(2)]
        skipped: Counter[str] = Counter()
        assert [each.event for each in read_events(url, skipped=skipped)] == [entered(1), entered(2)]
        assert skipped == {"MoonPhaseSeen": 1, "MenuEntered": 3}

    async def test_old_versions_are_read_as_todays_and_stay_on_disk_as_they_were(self, url: str, open_one: Open) -> None:
        old = [("StepTaken", 1, _body("StepTaken", step="menu")), ("MenuEntered", 1, _body("MenuEntered", menu="main"))]
        upcaster = Upcaster(
            {"MenuEntered": 3}, {("StepTaken", 1): _renamed, ("MenuEntered", 1): _menu_became_node, ("MenuEntered", 2): _shout}
        )
        async with open_one(upcaster=upcaster) as journal:
            await journal.run(lambda connection: _insert(connection, old, 1))
        async with open_one(upcaster=upcaster) as journal:
            await journal.append(entered(3))
            nodes = [each.event.node for each in await journal.read() if isinstance(each.event, MenuEntered)]
            stored = await journal.run(lambda connection: connection.execute(text("SELECT version, body FROM events ORDER BY seq")).all())
        assert nodes == ["MENU", "MAIN", "node-3"]
        assert [tuple(row) for row in stored][:2] == [(version, body) for _, version, body in old]
        assert stored[2][0] == 3

    async def test_a_database_of_a_newer_hotline_is_left_alone(self, url: str, open_one: Open) -> None:
        async with open_one() as journal:
            await journal.run(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        with pytest.raises(DatabaseTooNew, match="9999"):
            async with open_one():
                pytest.fail("opened")

    async def test_events_of_a_former_life_are_not_heard_again(self, open_one: Open) -> None:
        async with open_one() as journal:
            await journal.append(arrived("c-1"))
        heard: list[Event] = []
        async with open_one() as journal:
            journal.subscribe(lambda recorded: heard.append(recorded.event))
            await journal.append(ended("c-1"))
        assert heard == [ended("c-1")]


class TestJournalInSqlite(DurableContract):
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def test_the_holder_of_the_journal_is_named(self, url: str, open_one: Open, tmp_path: Path) -> None:
        async with open_one():
            holder = (tmp_path / "journal.db.lock").read_text().strip()
            with pytest.raises(JournalTaken, match=holder):
                SqlStore(url, lock_s=0.0).open()

    def test_reading_a_journal_that_isnt_there_makes_none(self, url: str, tmp_path: Path) -> None:
        with pytest.raises(JournalMissing):
            next(read_events(url))
        assert list(tmp_path.iterdir()) == []

    async def test_a_damaged_page_met_while_reading_is_said_to_be_one(self, url: str, open_one: Open, tmp_path: Path) -> None:
        async with open_one() as journal:
            await journal.append(*(entered(number) for number in range(2000)))
        file = tmp_path / "journal.db"
        content = bytearray(file.read_bytes())
        content[4096:] = b"damaged " * ((len(content) - 4096) // 8)
        file.write_bytes(content)
        with pytest.raises(JournalCorrupt):
            list(read_events(url))

    async def test_every_commit_is_forced_to_the_disk(self, open_one: Open) -> None:
        async with open_one() as journal:
            names = ("journal_mode", "synchronous", "secure_delete")
            found = await journal.run(lambda connection: [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names])
        assert found == ["wal", 2, 1]

    @pytest.mark.parametrize("where", ["head", "middle", "text"])
    async def test_a_damaged_file_is_noticed_at_the_start_and_named(self, url: str, open_one: Open, tmp_path: Path, where: str) -> None:
        async with open_one() as journal:
            await journal.append(*(entered(number) for number in range(2000)))
        file = tmp_path / "journal.db"
        with closing(sqlite3.connect(file)) as plain:
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        content = bytearray(file.read_bytes())
        start, length = {"head": (0, 100), "middle": (4096 * 5, 4096 * 3), "text": (0, len(content))}[where]
        content[start : start + length] = (b"not a database " * length)[:length]
        file.write_bytes(content)
        with pytest.raises(JournalCorrupt, match=r"journal\.db"):
            async with open_one():
                pytest.fail("opened")

    async def test_a_folder_that_cant_be_made_is_said_to_be_unusable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(JournalUnavailable, match="file"):
            async with open_journal(f"sqlite:///{tmp_path / 'file' / 'journal.db'}", HandClock()):
                pytest.fail("opened")

    def test_the_migrated_schema_is_the_one_the_code_believes_in(self, url: str) -> None:
        _make(url)
        migrated = _schema(url)
        assert migrated == _schema("sqlite://")
        assert "CREATE UNIQUE INDEX uq_events_call_ended" in " ".join(migrated)


@pytest.mark.postgres
class TestJournalInPostgres(DurableContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url

    async def test_a_server_that_is_away_is_said_to_be_away(self) -> None:
        with pytest.raises(JournalUnavailable, match=r"127\.0\.0\.1"):
            async with open_journal("postgresql://tester@127.0.0.1:9/none", HandClock()):
                pytest.fail("opened")

    def test_reading_a_database_without_a_journal_is_said_to_be_impossible(self, url: str) -> None:
        with pytest.raises(JournalUnavailable, match="events"):
            list(read_events(url))

    async def test_the_unique_end_and_the_durable_commit_are_kept_by_the_server(self, open_one: Open) -> None:
        async with open_one() as journal:
            index = await journal.run(
                lambda connection: connection.execute(
                    text("SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_events_call_ended'")
                ).scalar()
            )
            commit = await journal.run(lambda connection: connection.execute(text("SHOW synchronous_commit")).scalar())
        assert "UNIQUE" in index
        assert "CallEnded" in index
        assert commit == "on"


async def test_a_journal_in_memory_never_touches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with memory_journal(HandClock()) as journal:
        await journal.append(entered(1))
        journal.save_snapshot("floor", 1, b"x")
    assert list(tmp_path.iterdir()) == []


async def test_the_journal_says_of_itself_what_it_did(sqlite_url: str) -> None:
    async with open_journal(sqlite_url, HandClock()) as journal:
        await journal.append(*(entered(number) for number in range(10)))
        await journal.append(entered(10))
        done = journal.counters
        assert (done.appended, done.written, done.batches, done.failed_commits) == (11, 11, 2, 0)


async def test_events_nobody_waits_for_share_the_commit_of_the_one_somebody_waits_for(sqlite_url: str) -> None:
    async with open_journal(sqlite_url, HandClock(), JournalSettings(gather_ms=3_600_000)) as journal:
        for number in range(5):
            journal.append(entered(number))
            await asyncio.sleep(0)
        await journal.append(entered(5))
        assert (journal.counters.written, journal.counters.batches) == (6, 1)


async def test_whoever_asks_the_journal_sees_what_was_gathered(sqlite_url: str) -> None:
    async with open_journal(sqlite_url, HandClock(), JournalSettings(gather_ms=3_600_000)) as journal:
        journal.append(entered(1))
        assert len(await journal.read()) == 1


async def test_what_was_gathered_is_written_when_the_journal_is_closed(sqlite_url: str) -> None:
    async with open_journal(sqlite_url, HandClock(), JournalSettings(gather_ms=3_600_000)) as journal:
        journal.append(entered(1))
    assert len(list(read_events(sqlite_url))) == 1


def test_the_newest_migration_is_the_schema_the_code_names() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import hotline.db

    config = Config()
    config.set_main_option("script_location", str(Path(hotline.db.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == hotline.db.SCHEMA


@pytest.mark.thorough
def test_opening_a_journal_that_is_up_to_date_loads_no_migration_tool(sqlite_url: str) -> None:
    import subprocess
    import sys

    _make(sqlite_url)
    program = f"import sys; from hotline.journal_store import SqlStore; SqlStore({sqlite_url!r}).open(); print('alembic' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "False"


def _insert(connection: Any, rows: list[tuple[str, int, str]], first: int) -> None:
    statement = "INSERT INTO events (seq, type, version, wall_us, mono_us, boot, body) VALUES (:seq, :type, :version, 0, 0, '', :body)"
    for seq, (kind, version, body) in enumerate(rows, start=first):
        connection.execute(text(statement), {"seq": seq, "type": kind, "version": version, "body": body})


def _body(kind: str, **fields: str) -> str:
    return msgspec.json.encode({"type": kind, "at": moment(), "call": CallId("c-1"), **fields}).decode()


def _renamed(raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "type": "MenuEntered", "menu": raw["step"]}


def _menu_became_node(raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "node": raw["menu"]}


def _shout(raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "node": raw["node"].upper()}


def _schema(url: str) -> list[str]:
    """The SQL of all tables and indexes, spaces and quotes ironed out."""
    engine = writer_engine(url)
    with engine.connect() as connection:
        migrate(connection)
        found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'").scalars()
        schema = sorted(" ".join(each.replace('"', "").split()) for each in found)
    engine.dispose()
    return schema


def _make(url: str) -> None:
    store = SqlStore(url)
    store.open()
    store.close()
