"""A room's tables: a job is all or nothing, writes don't mix, what is away says so; seals open for one purpose only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select, text, update

from hotline.db import DatabaseTooNew, Schema
from hotline.sealed import SealBroken, Sealer
from hotline.secret import Secret
from hotline.tables import StoreAway, Tables, insert_or
from tests.contracts.databases import url as url

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("shelf", sa.Column("name", sa.String(20), primary_key=True), sa.Column("count", sa.Integer, nullable=False))
"""
metadata = MetaData()
shelf = Table("shelf", metadata, Column("name", String(20), primary_key=True), Column("count", Integer, nullable=False))


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    folder = tmp_path / "100% own migrations"
    folder.mkdir()
    (folder / "v0001.py").write_text(MIGRATION)
    return Schema(metadata, "0001", folder, "shelf_version")


@pytest.fixture
def tables(url: str, schema: Schema) -> Iterator[Tables]:
    opened = Tables(url, schema, "shelf")
    yield opened
    opened.close()


def put(connection: Connection, name: str = "a") -> None:
    connection.execute(insert(shelf).values(name=name, count=0))


def count_one(connection: Connection) -> int:
    found = connection.scalar(select(shelf.c.count).where(shelf.c.name == "a")) or 0
    connection.execute(update(shelf).where(shelf.c.name == "a").values(count=found + 1))
    return found


async def counted(tables: Tables) -> list[tuple[str, int]]:
    return [(name, count) for name, count in await tables.read(lambda c: c.execute(select(shelf)).all())]


async def test_what_was_written_is_read(tables: Tables) -> None:
    await tables.write(put)
    assert await counted(tables) == [("a", 0)]


async def test_a_job_that_fails_in_the_middle_leaves_nothing(tables: Tables) -> None:
    def half(connection: Connection) -> None:
        put(connection)
        raise ValueError("its own fault")

    with pytest.raises(ValueError, match="its own fault"):
        await tables.write(half)
    assert await counted(tables) == []
    await tables.write(put)
    assert await counted(tables) == [("a", 0)]


async def test_a_job_the_database_refuses_is_said_without_its_values(tables: Tables) -> None:
    await tables.write(lambda c: put(c, "secret name"))
    with pytest.raises(StoreAway) as refused:
        await tables.write(lambda c: put(c, "secret name"))
    assert "secret name" not in str(refused.value)
    assert await counted(tables) == [("secret name", 0)]


async def test_reading_changes_nothing(tables: Tables, url: str) -> None:
    if url == "sqlite://":
        pytest.skip("memory has one connection")
    with pytest.raises(StoreAway):
        await tables.read(put)
    assert await counted(tables) == []


async def test_two_owners_of_one_database_lose_no_count(tables: Tables, schema: Schema, url: str) -> None:
    if url == "sqlite://":
        pytest.skip("memory has one owner")
    other = Tables(url, schema, "other")
    await tables.write(put)
    seen = await asyncio.gather(*((tables, other)[at % 2].write(count_one) for at in range(20)))
    other.close()
    assert sorted(seen) == list(range(20))
    assert await counted(tables) == [("a", 20)]


async def test_two_rooms_share_a_database_each_with_a_version_of_its_own(url: str, tmp_path: Path, schema: Schema) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "v0001.py").write_text(MIGRATION.replace("shelf", "board"))
    boards = MetaData()
    Table("board", boards, Column("name", String(20), primary_key=True), Column("count", Integer, nullable=False))
    second = Schema(boards, "0001", folder, "board_version")
    both = [Tables(url, each, "room") for each in (schema, second, schema, second)]
    await both[0].write(put)
    for each in both:
        each.close()


def test_tables_of_a_newer_version_are_refused(tmp_path: Path, schema: Schema) -> None:
    url = f"sqlite:///{tmp_path / 'room.db'}"
    opened = Tables(url, schema, "shelf")
    opened.close()

    async def newer() -> None:
        later = Tables(url, schema, "shelf")
        await later.write(lambda c: c.execute(text("UPDATE shelf_version SET version_num = '9999'")))
        later.close()

    asyncio.run(newer())
    with pytest.raises(DatabaseTooNew, match="9999"):
        Tables(url, schema, "shelf")


def test_a_database_that_is_not_there_is_said_to_be_away(schema: Schema, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreAway):
        Tables(f"sqlite:///{tmp_path / 'file' / 'room.db'}", schema, "shelf")
    (tmp_path / "garbage.db").write_bytes(b"no database" * 500)
    with pytest.raises(StoreAway):
        Tables(f"sqlite:///{tmp_path / 'garbage.db'}", schema, "shelf")


async def test_tables_that_were_closed_are_away_and_closing_again_is_harmless(tables: Tables) -> None:
    tables.close()
    tables.close()
    with pytest.raises(StoreAway):
        await tables.read(lambda c: None)
    with pytest.raises(StoreAway):
        await tables.write(put)


async def test_what_is_there_already_can_be_left_alone(tables: Tables) -> None:
    adding = lambda c: c.execute(insert_or(c, shelf).values(name="a", count=7).on_conflict_do_nothing().returning(shelf.c.name)).first()  # noqa: E731
    assert await tables.write(adding) is not None
    assert await tables.write(adding) is None


def test_a_seal_opens_with_its_key_for_its_purpose_and_what_it_is_about() -> None:
    sealer = Sealer(Secret("key"), "tickets")
    sealed = sealer.seal("13900001111", "T1")
    assert sealer.unseal(sealed, "T1") == "13900001111"
    assert sealed != sealer.seal("13900001111", "T1")
    assert b"13900001111" not in sealed
    for other, about in ((Sealer(Secret("key"), "sms"), "T1"), (Sealer(Secret("other"), "tickets"), "T1"), (sealer, "T2")):
        with pytest.raises(SealBroken, match=about):
            other.unseal(sealed, about)
    for broken in (b"", sealed[:-1], b"\x02" + sealed[1:], sealed[:20]):
        with pytest.raises(SealBroken):
            sealer.unseal(broken, "T1")


def test_old_seals_stay_readable_after_a_change_of_keys_and_new_ones_are_of_the_new_key() -> None:
    old = Sealer(Secret("old"), "tickets")
    changed = Sealer(Secret("new"), "tickets", [Secret("old")])
    assert changed.unseal(old.seal("text", "T1"), "T1") == "text"
    with pytest.raises(SealBroken):
        old.unseal(changed.seal("text", "T1"), "T1")


def test_equal_texts_have_equal_marks_of_one_key_and_purpose_only() -> None:
    sealer = Sealer(Secret("key"), "tickets")
    assert sealer.mark("1111") == Sealer(Secret("key"), "tickets").mark("1111")
    assert (
        len(
            {
                sealer.mark("1111"),
                sealer.mark("1112"),
                Sealer(Secret("key"), "sms").mark("1111"),
                Sealer(Secret("k"), "tickets").mark("1111"),
            }
        )
        == 4
    )
