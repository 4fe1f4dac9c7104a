"""A floor for every story; the laws of the floor are checked at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acd.world import World, check_laws


@pytest.fixture
def world() -> Iterator[World]:
    """An empty floor at nine in the morning."""
    told = World()
    yield told
    check_laws(told)
