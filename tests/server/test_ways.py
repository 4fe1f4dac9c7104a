"""The same walk gives the same transcript, whatever carries the voice."""

from __future__ import annotations

import pytest

from tests.server.ways import Tally, walk_on

pytestmark = pytest.mark.thorough

SEEDS = range(150)


def test_random_walks_give_the_same_transcript_on_the_fake_in_a_terminal_over_fastagi_and_in_the_browser() -> None:
    tally = Tally()
    for seed in SEEDS:
        tally.add(seed)
    assert tally.different == []
    assert tally.compared >= 80
    assert len(tally.endings) >= 3
    assert tally.steps / tally.compared > 10


def test_the_walks_reach_what_there_is() -> None:
    heard = {step for seed in SEEDS for step in walk_on("fake", seed).heard}
    for wanted in ("LoggedIn", "LoginRefused", "SelfServiceGiven", "end agent", "end hung_up"):
        assert any(wanted in step for step in heard), wanted
