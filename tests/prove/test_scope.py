"""Small scopes explored whole: every order of signals for three callers and three seats, and how many floors there are."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from hotline.routing import RoutingSettings
from tests.acd.test_three_by_three import PLAIN, RING_ALL, SKILLS, explore

pytestmark = pytest.mark.prove
SECONDS = float(os.environ.get("HOTLINE_SCOPE_S", "3600"))


@pytest.mark.parametrize("routing", [PLAIN, RING_ALL, SKILLS], ids=["plain", "ring_all", "skills"])
def test_three_callers_and_three_seats_in_every_order(routing: RoutingSettings, evidence: Callable[..., None]) -> None:
    """A law that is broken raises with the signal that broke it."""
    found = explore(routing, 1000, SECONDS)
    evidence(floors=found.floors, steps=found.steps, depth=found.depth, until_nothing_was_new=found.complete, broken=0)
    assert found.complete or found.steps > 100_000
