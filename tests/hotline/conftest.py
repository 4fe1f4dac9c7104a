"""What the tests of this room share: databases to write journals into."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
import pytest

from tests.contracts.databases import postgres as postgres


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite journal that isn't there yet."""
    return f"sqlite:///{tmp_path / 'journal.db'}"


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The URL of an empty database of its own."""
    name = f"journal_{secrets.token_hex(4)}"
    with psycopg.connect(f"{postgres}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgres}{name}"
