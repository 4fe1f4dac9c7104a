"""Many scripted real calls that hang up at random moments, and agents who answer them, for proofs and their small version in the gate."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from hotline_under_test import Hotline

from hotline import events as e
from hotline.errors import HotlineError
from kpi.report import day_report
from robots.incoming import IncomingCall
from robots.phone import Phone

LONGEST_CALL = 12.0
KEYS = ["0", "2", "1", "*", "#", "9", "0", "0"]


@dataclass
class Crowd:
    """Callers and agents of one run; the same ``seed`` gives the same plans."""

    hotline: Hotline
    seed: int
    lets_it_ring: float = 0.05
    dice: random.Random = field(init=False)
    hung_up_at: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    async def run(self, calls: int, at_once: int, seats: int) -> None:
        """``calls`` calls, at most ``at_once`` at a time, answered at ``seats`` seats."""
        phones = [await self.hotline.seat(number) for number in range(1, seats + 1)]
        async with asyncio.TaskGroup() as group:
            agents = [group.create_task(self._agent(number, phone)) for number, phone in enumerate(phones, 1)]
            trunk = await self.hotline.phone(bind="127.0.0.2", user="trunk", rtp_ports=(33000, 33999))
            room = asyncio.Semaphore(at_once)
            callers = [group.create_task(self._caller(trunk, room, random.Random(self.dice.random()))) for _ in range(calls)]
            await asyncio.wait(callers)
            await asyncio.sleep(1)  # the last agents notice that their callers are gone
            for agent in agents:
                agent.cancel()
        for number in range(1, seats + 1):
            self._end_wrap_up(number)

    async def _caller(self, trunk: Phone, room: asyncio.Semaphore, dice: random.Random) -> None:
        """Dials, presses some keys, and hangs up at a random moment, wherever that is."""
        async with room:
            call = await trunk.dial("12329", caller=f"139{dice.randrange(10**8):08d}")
            pressing = asyncio.get_running_loop().create_task(self._press(call, dice))
            with suppress(TimeoutError, HotlineError):
                await call.ended(dice.choice([dice.uniform(0, 0.3), dice.uniform(0, 3), dice.uniform(0, LONGEST_CALL)]))
            pressing.cancel()
            await asyncio.wait([pressing])
            self.hung_up_at[call.state] += 1
            await call.hang_up()

    @staticmethod
    async def _press(call: object, dice: random.Random) -> None:
        with suppress(HotlineError, TimeoutError):
            await call.answered(5)  # type: ignore[attr-defined]
            while True:
                await asyncio.sleep(dice.uniform(0.2, 2))
                await call.press(dice.choice(KEYS))  # type: ignore[attr-defined]

    async def _agent(self, number: int, phone: Phone) -> None:
        """Answers, talks a little, hangs up or lets the caller; sometimes lets it ring. Wrap-up is ended at once."""
        dice = random.Random(self.seed + number)
        while True:
            call = await phone.wait_for_call(3600)
            with suppress(HotlineError, TimeoutError):
                await self._serve(call, dice)
            await call.hang_up()
            self._end_wrap_up(number)

    def _end_wrap_up(self, number: int) -> None:
        for action in ("end-wrap-up", "available"):
            with suppress(HotlineError):
                self.hotline.ask({"do": "seat", "seat": number, "action": action})

    async def _serve(self, call: IncomingCall, dice: random.Random) -> None:
        await call.ring()
        if dice.random() < self.lets_it_ring:
            await call.ended(30)
            return
        await asyncio.sleep(dice.uniform(0, 1))
        await call.answer()
        await call.ended(dice.uniform(0.1, 3))


@dataclass(frozen=True)
class Books:
    """What the books say afterwards."""

    arrived: int
    ended: int
    twice: int
    answered: int
    abandoned: int
    both: int
    reported: int
    classes: dict[str, int]
    open_calls: int


def books(hotline: Hotline) -> Books:
    """Count the journal's events and the day's report."""
    events = hotline.events()
    arrived = Counter(event.call for event in events if isinstance(event, e.CallArrived))
    ended = Counter(event.call for event in events if isinstance(event, e.CallEnded))
    answered = {event.call for event in events if isinstance(event, e.CallAnswered)}
    abandoned = {event.call for event in events if isinstance(event, e.CallAbandoned) and event.how == "hung_up"}
    days = {event.at.day() for event in events if isinstance(event, e.CallArrived)}
    reports = [day_report(day, events) for day in days]
    journeys = [journey for report in reports for journey in report.calls]
    return Books(
        arrived=len(arrived),
        ended=len(ended),
        twice=sum(count > 1 for count in [*arrived.values(), *ended.values()]),
        answered=len(answered),
        abandoned=len(abandoned),
        both=len(answered & abandoned),
        reported=len(journeys),
        classes=dict(Counter(str(journey.call_class) for journey in journeys)),
        open_calls=sum(len(report.open_calls) for report in reports),
    )
