"""A night of backlog on a clock that runs fast: the gateway's own log has nothing nobody asked for between 22:00 and 08:00."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

import pytest

from hotline.clock import SystemClock, monotonic
from hotline.moment import Moment
from sms_bridge.gateways.simulator.faults import Faults
from sms_bridge.model import Lane, MessageId, SmsState
from tests.hotline.samples import moment
from tests.sms_bridge.relay.house import house, message, noted

SPEED, COUNT = 60, 1500


@dataclass
class Fast:
    """A minute a second; :meth:`jump` passes over hours."""

    wall: int = moment("2026-11-23 21:50:00").wall
    began: float = field(default_factory=monotonic)
    real: SystemClock = field(default_factory=SystemClock)

    def now(self) -> Moment:
        real = self.real.now()
        return Moment(self.wall + int((monotonic() - self.began) * SPEED * 1e6), real.mono, real.boot)

    def jump(self, to: str) -> None:
        self.wall, self.began = moment(to).wall, monotonic()


async def until(clock: Fast, clock_time: str) -> None:
    while clock.now().wall < moment(clock_time).wall:
        await asyncio.sleep(0.02)


async def test_nothing_goes_between_ten_and_eight_but_what_was_asked_for(tmp_path: Path) -> None:
    log, clock = tmp_path / "log", Fast()
    faults = Faults(flow=0.05, silent=0.05, early=0.2)
    async with house(f"sqlite:///{tmp_path / 'sms.db'}", log=log, clock=clock, faults=faults, per_second=100) as home:
        await home.put(*(message(n, Lane.NOTICE if n % 2 else Lane.BULK) for n in range(COUNT)))
        clock.jump("2026-11-23 21:50:00")
        await until(clock, "2026-11-23 22:03:00")
        sent = len(noted(log, "taken"))  # a silent or slow gateway may have some twice, but none later
        assert 0 < sent < COUNT
        for hour in ("2026-11-23 23:59:30", "2026-11-24 03:00:00", "2026-11-24 07:45:00"):
            clock.jump(hour)
            [asked_for] = await home.put(message(int(hour[11:13]) + 5000, Lane.REPLY))
            while await home.outbox.state(MessageId(asked_for)) is not SmsState.DELIVERED:
                await asyncio.sleep(0.02)
        night = [each for each in noted(log, "taken") if each["valid_until"]]
        assert len(night) == sent
        await until(clock, "2026-11-24 08:00:00")
        await home.until(lambda states: states["delivered"] == COUNT + 3, 60)
    times = [Moment(round(each["t"] * 1e6), 0).local() for each in noted(log, "taken") if each["valid_until"]]
    assert len(times) >= COUNT
    assert all(time(8) <= each.time() < time(22) for each in times)
    assert len({each.date() for each in times}) == 2
    assert {each["valid_until"] for each in noted(log, "taken")} == {"", "261123215959032+", "261124215959032+"}


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_the_relay_works_the_same_on_postgresql(url: str) -> None:
    faults = Faults(flow=0.05, mute=0.03, early=0.3, twice=0.2, failed=0.1)
    clock = Fast(wall=moment("2026-11-23 12:00:00").wall)
    async with house(url, clock=clock, faults=faults) as home:
        await home.put(*(message(n, lane) for n in range(60) for lane in (Lane.CODE, Lane.NOTICE)))
        states = await home.until(lambda states: states["delivered"] + states["failed"] + states["expired"] == 120, 40)
        assert states["delivered"] > 80
