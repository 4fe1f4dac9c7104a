"""200 real calls that hang up at random moments, several at a time: nothing is left, each has one outcome, the report adds up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from faults.scenes import scene
from faults.storm import storm_leaves_nothing

pytestmark = [pytest.mark.asterisk, pytest.mark.prove]
SEED = 12329
CALLS = 200


async def test_200_calls_that_hang_up_at_random_moments(tmp_path: Path, evidence: Callable[..., None]) -> None:
    seats = {"count": 4, "ring_s": 2, "wrap_up_cap_s": 1, "wrap_up_target_s": 1}
    async with scene(tmp_path, seats=seats) as stage:
        await stage.staff(1, 2, 3, 4)
        counted = await storm_leaves_nothing(stage, CALLS, at_once=8, seed=SEED)
        evidence(seed=SEED, at_once=8, seats=4, left_channels=0, left_bridges=0, left_busy_seats=0, faults_in_log=0, **counted)
