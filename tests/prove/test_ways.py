"""Ten thousand random walks: the same transcript on the exchange's twin, in a terminal, over FastAGI and in the browser."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from tests.server.ways import MARGIN_S, WAYS, Tally

WALKS = 10_000
FIRST_SEED = 100_000


@pytest.mark.prove
def test_ten_thousand_walks_are_the_same_on_every_way(evidence: Callable[..., None]) -> None:
    tally = Tally()
    for seed in count(FIRST_SEED):
        tally.add(seed)
        if tally.compared == WALKS:
            break
    evidence(
        FIRST_SEED,
        ways=list(WAYS),
        walks=tally.compared,
        different=len(tally.different),
        steps=tally.steps,
        endings=tally.endings,
        left_out_because_two_things_happened_at_once=tally.unfair,
        at_once_seconds=MARGIN_S,
    )
    assert tally.different == []
