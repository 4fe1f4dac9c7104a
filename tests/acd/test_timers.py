"""Timers by the loop and by hand keep the same promises."""

from __future__ import annotations

import asyncio

from acd.model.commands import Timer
from acd.timers import HandTimers, LoopTimers
from hotline.clock import HandClock
from hotline.ids import OfferId, SeatNo
from tests.acd.virtual_time import live

ONE, TWO, THREE = (Timer("ring", SeatNo(seat), OfferId(f"o-{seat}")) for seat in (1, 2, 3))


def test_the_loops_timers_ring_once_in_time_and_can_be_cancelled_replaced_and_cleared() -> None:
    async def main() -> None:
        timers, rung = LoopTimers(), list[Timer]()
        timers.set(ONE, 5, rung.append)
        timers.set(TWO, 2, rung.append)
        timers.set(THREE, 1, rung.append)
        timers.cancel(THREE)
        timers.cancel(THREE)
        await asyncio.sleep(3)
        assert rung == [TWO]
        timers.set(ONE, 5, rung.append)
        await asyncio.sleep(4)
        assert rung == [TWO]
        await asyncio.sleep(2)
        assert rung == [TWO, ONE]
        timers.set(ONE, 1, rung.append)
        timers.clear()
        await asyncio.sleep(9)
        assert rung == [TWO, ONE] and len(timers) == 0

    live(main())


def test_timers_by_hand_ring_in_order_each_at_its_own_moment() -> None:
    clock = HandClock()
    timers, rung = HandTimers(clock), list[tuple[Timer, int]]()
    start = clock.now().mono

    def ring(timer: Timer) -> None:
        rung.append((timer, clock.now().mono - start))
        if timer == TWO:
            timers.set(THREE, 0.5, ring)

    timers.set(ONE, 5, ring)
    timers.set(TWO, 2, ring)
    timers.set(THREE, 9, ring)
    timers.advance(4)
    assert rung == [(TWO, 2_000_000), (THREE, 2_500_000)]
    timers.cancel(TWO)
    timers.set(ONE, 6, ring)
    timers.advance(2)
    assert len(rung) == 2 and len(timers) == 1
    timers.advance(100)
    assert rung[2:] == [(ONE, 10_000_000)]
    timers.set(ONE, 1, ring)
    timers.clear()
    timers.advance(100)
    assert len(rung) == 3
    assert clock.now().mono - start == 206_000_000
