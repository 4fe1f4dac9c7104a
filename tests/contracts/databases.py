"""The databases a room's tables are kept in: memory, a SQLite file, a PostgreSQL of our own. A room's conftest imports the fixtures."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, inspect

from hotline.db import Schema, migrate, writer_engine
from tests.hotline.postgres_server import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A running PostgreSQL."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["memory", "file", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'room.db'}"
    server: str = request.getfixturevalue("postgres")
    name = f"room_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}{name}"


def shape_of(url: str, schema: Schema, migrated: bool) -> dict[str, Any]:
    """Every table with its columns, keys and indexes, made by the migrations or by today's code."""
    engine = writer_engine(url)
    with engine.begin() as connection:
        if migrated:
            migrate(connection, schema)
            migrate(connection, schema)
        else:
            schema.metadata.create_all(connection)
        shape = {table: _table(connection, table) for table in sorted(schema.metadata.tables)}
        schema.metadata.drop_all(connection)
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {schema.versions_in}")
    engine.dispose()
    return shape


def _table(connection: Connection, table: str) -> dict[str, Any]:
    look = inspect(connection)
    columns = [(column["name"], str(column["type"]), column["nullable"]) for column in look.get_columns(table)]
    indexes = sorted((str(each["name"]), each["column_names"], bool(each["unique"])) for each in look.get_indexes(table))
    unique = sorted(str(each["column_names"]) for each in look.get_unique_constraints(table))
    return {"columns": columns, "key": look.get_pk_constraint(table)["constrained_columns"], "indexes": indexes, "unique": unique}
