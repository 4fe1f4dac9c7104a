"""Wait, talk and wrap-up beside the clock of a test that is caller and seat phone in one (RFC 4733 end, 200 OK, BYE)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hotline_under_test import Hotline, running_hotline

from hotline import events as e
from hotline.clock import SystemClock
from hotline.moment import Moment, elapsed_us
from kpi.journeys import JourneyFold
from kpi.model import Journey

SEED = 12329
CALLS = 30
CLOSE_MS = 50.0


async def one_call(hotline: Hotline, seat: object, dice: random.Random) -> tuple[str, dict[str, tuple[Moment, Moment]]]:
    """A call with its spans by the phones' own clock."""
    caller = await hotline.caller(f"139{dice.randrange(10**8):08d}")
    await asyncio.sleep(dice.uniform(0.1, 1.0))
    await caller.press("0")
    ringing = await seat.wait_for_call(20)  # type: ignore[attr-defined]
    await ringing.ring()
    await asyncio.sleep(dice.uniform(0.0, 1.0))
    await ringing.answer()
    await asyncio.sleep(dice.uniform(0.3, 2.0))
    hangs_up = ringing if dice.random() < 0.5 else caller
    await hangs_up.hang_up()
    await ringing.ended(10)
    bye = hangs_up.moments.bye_sent
    await asyncio.sleep(dice.uniform(0.1, 0.5))
    done = SystemClock().now()
    hotline.ask({"do": "seat", "seat": 1, "action": "end-wrap-up"})
    await caller.hang_up()
    answered, invited = ringing.moments.answered, caller.moments.invited
    assert answered and invited and bye
    call = ringing.caller
    spans = {
        "wait_from_request": (caller.keys[-1].at, answered),
        "wait_from_arrival": (invited, answered),
        "talk": (answered, bye),
        "wrap_up": (bye, done),
    }
    return call, spans


@pytest.mark.prove
async def test_every_span_agrees_with_the_phones_within_50_ms(tmp_path: Path, evidence: Callable[..., None]) -> None:
    dice = random.Random(SEED)
    errors: dict[str, list[float]] = {}
    async with running_hotline(tmp_path) as hotline:
        seat = await hotline.seat(1)
        measured = []
        for _ in range(CALLS):
            measured.append((await one_call(hotline, seat, dice))[1])
            await hotline.until(lambda: hotline.ask({"do": "calls"})["ok"] == [], "no call is on", 30)
        ended = [event.call for event in hotline.events(e.CallEnded)]
        fold = JourneyFold().add_all(hotline.events())
        journeys: list[Journey] = [journey for call in ended if (journey := fold.journey(call)) is not None]
    assert len(journeys) == CALLS
    for spans, journey in zip(measured, journeys, strict=True):
        for name, (start, end) in spans.items():
            ours = getattr(journey, name)
            errors.setdefault(name, []).append(abs(ours - elapsed_us(start, end)) / 1000)
    figures = {name: {"median_ms": sorted(found)[CALLS // 2], "max_ms": max(found)} for name, found in errors.items()}
    evidence(seed=SEED, calls=CALLS, errors=figures)
    assert max(max(found) for found in errors.values()) < CLOSE_MS
