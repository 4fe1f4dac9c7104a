"""200 scripted real calls hanging up at random moments: nothing is left behind, and the report adds up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from crowd_of_calls import Crowd, books
from hotline_under_test import running_hotline

SEED = 12329


async def hang_up(folder: Path, calls: int, at_once: int, seats: int) -> dict[str, object]:
    """Run the crowd and check the books; the figures."""
    async with running_hotline(folder, seats={"count": seats, "ring_s": 3}) as hotline:
        crowd = Crowd(hotline, SEED)
        await crowd.run(calls, at_once, seats)
        await hotline.until(lambda: hotline.ask({"do": "calls"})["ok"] == [], "no call is on", 30)
        await hotline.until(lambda: all(row["activity"] == "idle" for row in hotline.ask({"do": "seats"})["ok"]), "no seat is busy", 30)
        left = [] if await hotline.empties(20) else [await hotline.channels(), await hotline.bridges()]
        seen = books(hotline)
        assert left == []
        assert (seen.arrived, seen.ended, seen.twice, seen.both) == (seen.arrived, seen.arrived, 0, 0)
        assert (seen.reported, seen.open_calls, sum(seen.classes.values())) == (seen.arrived, 0, seen.arrived)
        return {**asdict(seen), "dialled": calls, "hung_up_at": dict(crowd.hung_up_at), "left_behind": left}


@pytest.mark.asterisk
async def test_ten_calls_that_hang_up_anywhere_leave_nothing(tmp_path: Path) -> None:
    figures = await hang_up(tmp_path, calls=10, at_once=5, seats=2)
    assert figures["arrived"] != 0


@pytest.mark.prove
async def test_200_calls_that_hang_up_anywhere_leave_nothing(tmp_path: Path, evidence: Callable[..., None]) -> None:
    figures = await hang_up(tmp_path, calls=200, at_once=8, seats=4)
    evidence(seed=SEED, **figures)
