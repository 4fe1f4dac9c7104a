"""What the tests of this room share: its tables in each database, a calendar, a key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from back_office.schema import SCHEMA
from hotline.calendar import Calendar
from hotline.sealed import Sealer
from hotline.secret import Secret
from hotline.tables import Tables
from tests.contracts.databases import postgres as postgres
from tests.contracts.databases import url as url


@pytest.fixture
def tables(url: str) -> Iterator[Tables]:
    """The back office's tables, empty."""
    opened = Tables(url, SCHEMA, "back_office")
    yield opened
    opened.close()


@pytest.fixture
def memory() -> Iterator[Tables]:
    """The same in memory, for what no database changes."""
    opened = Tables("sqlite://", SCHEMA, "back_office")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """The shipped calendar."""
    return Calendar.parse((Path(__file__).parents[2] / "etc" / "calendar.csv").read_text())


@pytest.fixture
def sealer() -> Sealer:
    """Seals the contacts of tickets."""
    return Sealer(Secret("a key"), "ticket contact")
