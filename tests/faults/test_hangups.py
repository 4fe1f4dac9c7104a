"""Callers who hang up at any moment, in small numbers; the full count is tests/prove/test_hangups.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.scenes import scene
from faults.storm import storm_leaves_nothing

pytestmark = pytest.mark.asterisk


async def test_hang_ups_at_random_moments_leave_nothing_behind_and_the_report_adds_up(tmp_path: Path) -> None:
    async with scene(tmp_path, seats={"ring_s": 2, "wrap_up_cap_s": 1, "wrap_up_target_s": 1}) as stage:
        await stage.staff(1, 2, 3)
        await storm_leaves_nothing(stage, calls=14, at_once=7, seed=12329)
