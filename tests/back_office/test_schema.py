"""The tables as the migrations make them are the tables the code believes in."""

from __future__ import annotations

from back_office.schema import SCHEMA
from hotline.tables import Tables
from tests.contracts.databases import shape_of


def test_the_migrated_tables_are_the_ones_the_code_believes_in(url: str) -> None:
    believed = shape_of(url, SCHEMA, migrated=False)
    assert shape_of(url, SCHEMA, migrated=url != "sqlite://") == believed
    assert {"articles", "branches", "estates", "tickets", "ticket_steps"} <= set(believed)


def test_tables_that_are_there_are_opened_again_as_they_are(url: str) -> None:
    for _ in range(2):
        Tables(url, SCHEMA, "back_office").close()
