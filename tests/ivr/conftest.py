"""What the tests of this room share: counters in memory, SQLite and PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.hotline.postgres_server import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A running PostgreSQL."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def counters_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database for counters."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/attempts.db"
    server = request.getfixturevalue("postgres")
    name = f"attempts_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}{name}".replace("postgresql://", "postgresql+psycopg://")
