"""Thirty calls, three at a time: wait, talk and wrap-up of our figures beside the telephones' own clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.scenes import Caller, Scene, call_shown, now, scene

from hotline import events as e
from hotline.moment import Moment, elapsed_us

pytestmark = [pytest.mark.asterisk, pytest.mark.prove]
SEED = 12329
ROUNDS, AT_ONCE = 10, 3
CLOSE_MS = 50.0


def error_ms(ours: int | None, start: Moment | None, end: Moment | None) -> float:
    assert ours is not None
    assert start is not None
    assert end is not None
    return abs(ours - elapsed_us(start, end)) / 1000


async def ask_for_an_agent(stage: Scene, dice: random.Random) -> Caller:
    """A caller at the main menu presses 0, some time after the others."""
    caller = await stage.dial()
    await caller.menu("E.MAIN")
    await asyncio.sleep(dice.uniform(0, 0.5))
    await caller.line.press("0")
    return caller


async def serve(stage: Scene, seat: int, callers: list[Caller], dice: random.Random) -> dict[str, float]:
    """A seat takes whom it is given, one of the two hangs up, the agent wraps up; how far our figures are off, in ms."""
    ringing = await stage.seats[seat].wait_for_call(20)
    await ringing.ring()
    await asyncio.sleep(dice.uniform(0, 1))
    await ringing.answer()
    caller = next(one for one in callers if one.call == call_shown(ringing))
    await asyncio.sleep(dice.uniform(0.5, 3))
    by_agent = dice.random() < 0.5
    await (ringing.hang_up() if by_agent else caller.line.hang_up())
    bye = ringing.moments.bye_sent if by_agent else caller.line.moments.bye_sent
    await caller.event(e.TalkEnded)
    await asyncio.sleep(dice.uniform(0.2, 1))
    asked = now()
    stage.hotline.ask({"do": "seat", "seat": seat, "action": "end-wrap-up"})
    told = now()  # the wrap-up ended somewhere between the two
    await caller.event(e.WrapUpEnded)
    await caller.line.hang_up()
    await caller.event(e.CallEnded)
    journey = caller.journey()
    return {
        "wait_from_request": error_ms(journey.wait_from_request, caller.line.keys[-1].at, ringing.moments.answered),
        "wait_from_arrival": error_ms(journey.wait_from_arrival, caller.line.moments.invited, ringing.moments.answered),
        "talk": error_ms(journey.talk, ringing.moments.answered, bye),
        "wrap_up": min(error_ms(journey.wrap_up, bye, asked), error_ms(journey.wrap_up, bye, told)),
    }


async def test_figures_agree_with_the_telephones(tmp_path: Path, evidence: Callable[..., None]) -> None:
    dice = random.Random(SEED)
    found: list[dict[str, float]] = []
    async with scene(tmp_path, seats={"count": AT_ONCE, "wrap_up_cap_s": 60}) as stage:
        await stage.staff(*range(1, AT_ONCE + 1))
        for _ in range(ROUNDS):
            callers = await asyncio.gather(*(ask_for_an_agent(stage, dice) for _ in range(AT_ONCE)))
            found += await asyncio.gather(*(serve(stage, seat, callers, dice) for seat in range(1, AT_ONCE + 1)))
        await stage.calm()
    figures = {}
    for name in found[0]:
        errors = sorted(one[name] for one in found)
        figures[name] = {"p50_ms": errors[len(errors) // 2], "p99_ms": errors[-1], "max_ms": errors[-1]}
    evidence(seed=SEED, calls=len(found), at_once=AT_ONCE, error=figures)
    assert max(figure["max_ms"] for figure in figures.values()) < CLOSE_MS
