"""The demo's little crowd: robot agents at their seats and a stream of robot callers, bounded, and quiet when told to stop."""

from __future__ import annotations

import asyncio
import logging
import random
from array import array
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from robots.caller import invented_number, make_call, plan_call
from robots.habits import CrowdSettings
from robots.media import NoFreePort
from robots.pacer import Pacer
from robots.phone import Phone
from robots.seat import SeatRobot
from robots.tones import murmur

log = logging.getLogger(__name__)
_KEEP_S = 3.0
"""A robot needs no more memory of what it heard than that."""


class Crowd:
    """Robots of one process; :attr:`outcomes` counts how the callers' calls went."""

    def __init__(self, settings: CrowdSettings) -> None:
        self.settings = settings
        self.outcomes: Counter[str] = Counter()
        self._dice = random.Random(settings.seed)
        self._pacer = Pacer()
        self._seat_phones: list[Phone] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Live until ``stop`` is set or the wanted number of calls is made; then everything is hung up and un-registered."""
        async with AsyncExitStack() as phones:
            carrier = await phones.enter_async_context(self._caller_phone())
            robots = [await self._seat(phones, index) for index in range(len(self.settings.seats))]
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(robot.work()) for robot in robots]
                callers = group.create_task(self._callers(carrier))
                ender = group.create_task(stop.wait())
                await asyncio.wait((callers, ender), return_when=asyncio.FIRST_COMPLETED)
                for task in (*workers, callers, ender):
                    task.cancel()
                # all at once, not one phone after the other: two seconds in all
                await asyncio.gather(*(phone.close() for phone in (carrier, *self._seat_phones)))
        log.info("robots gone", extra={"outcomes": dict(self.outcomes)})

    def _caller_phone(self) -> Phone:
        settings = self.settings
        return Phone(
            bind=settings.caller_bind,
            server=(settings.host, settings.port),
            user=settings.caller_user,
            password=settings.caller_password,
            rtp_ports=settings.rtp_ports,
            keep_s=_KEEP_S,
            pacer=self._pacer,
        )

    async def _seat(self, phones: AsyncExitStack, index: int) -> SeatRobot:
        settings, seat = self.settings, self.settings.seats[index]
        phone = await phones.enter_async_context(
            Phone(
                bind=settings.seat_bind,
                server=(settings.host, settings.port),
                user=seat.user,
                password=seat.password,
                rtp_ports=settings.rtp_ports,
                keep_s=_KEEP_S,
                most_calls=2,
                pacer=self._pacer,
            )
        )
        self._seat_phones.append(phone)
        dice = random.Random(self._dice.random())
        return SeatRobot(phone, seat, settings.agents, dice, self._voice(settings.seat_sound, 100 + index, 120.0 + 12 * index))

    def _voice(self, file: str, seed: int, pitch: float) -> array[int] | Path:
        return Path(file) if file else murmur(3.0, seed, pitch)

    async def _callers(self, carrier: Phone) -> None:
        """Arrivals at random; one that finds ``most_callers`` on the line does not come."""
        voice = self._voice(self.settings.caller_sound, 7, 190.0)
        made = 0
        async with asyncio.TaskGroup() as group:
            while not self.settings.calls or made < self.settings.calls:
                await asyncio.sleep(self._dice.expovariate(1 / self.settings.mean_gap_s))
                if len(carrier.calls) < self.settings.most_callers:
                    made += 1
                    group.create_task(self._one(carrier, voice))

    async def _one(self, carrier: Phone, voice: array[int] | Path) -> None:
        plan = plan_call(self._dice, self.settings.callers, self.settings.accounts)
        try:
            outcome = await make_call(carrier, self.settings.number, invented_number(self._dice), plan, voice)
        except NoFreePort:
            outcome = "no port"
        self.outcomes[outcome] += 1
        log.info("robot call over", extra={"outcome": outcome})


async def run_crowd(settings: CrowdSettings, stop: asyncio.Event) -> Counter[str]:
    """Run the crowd of ``settings`` until ``stop``; how the callers' calls went."""
    crowd = Crowd(settings)
    await crowd.run(stop)
    return crowd.outcomes
