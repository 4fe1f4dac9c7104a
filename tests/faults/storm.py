"""Many callers who hang up at random moments, and seats with moods: what is left afterwards, and whether the figures add up."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from faults.scenes import Scene, now
from hotline_under_test import Hotline

from hotline import events as e
from hotline.errors import HotlineError
from hotline.ids import CallId
from hotline.moment import Moment
from kpi.journeys import JourneyFold
from kpi.report import day_report
from kpi.tally import CLASS_FIELDS
from robots.errors import CallOver, CallRefused, NoKeys
from robots.incoming import IncomingCall
from robots.phone import Phone

LONGEST = 6.0
"""Seconds after which every caller has hung up."""


@dataclass
class Storm:
    """Callers ``calls``, ``at_once`` at a time, at the seats of ``stage``; everything random comes from ``seed``."""

    stage: Scene
    calls: int
    at_once: int
    seed: int
    moods: Counter[str] = field(default_factory=Counter)
    hung_up: list[tuple[str, float]] = field(default_factory=list)
    over: bool = False

    async def rage(self) -> None:
        """All of it, until the last caller has hung up."""
        gate = asyncio.Semaphore(self.at_once)
        dice = [random.Random(f"{self.seed}-{number}") for number in range(self.calls)]
        async with asyncio.TaskGroup() as group:
            minder = group.create_task(self.mind_the_seats())
            staff = [group.create_task(self.sit(seat, phone)) for seat, phone in self.stage.seats.items()]
            callers = [group.create_task(self.call(number, one, gate)) for number, one in enumerate(dice)]
            await asyncio.wait(callers)
            self.over = True
            await self.floor_is_empty()
            for task in (minder, *staff):
                task.cancel()

    async def floor_is_empty(self) -> None:
        """Wait until no call is on."""
        await self.stage.hotline.until(lambda: self.stage.hotline.ask({"do": "calls"})["ok"] == [], "no call is on", 30)

    # -- callers ---------------------------------------------------------------------------------------------------

    async def call(self, number: int, dice: random.Random, gate: asyncio.Semaphore) -> None:
        """One caller: a few keys, and away at a random moment."""
        async with gate:
            await asyncio.sleep(dice.uniform(0, 0.5))
            trunk = await self.stage.hotline.phone(bind="127.0.0.2", user=f"1380{number:07d}", rtp_ports=(33000, 33999))
            line = await trunk.dial("12329", caller=f"1380{number:07d}")
            await line.answered(20)
            keys = dice.choice(["", "0", "0", "0", "0", "0", "2", "20", "21", "0*", "0*0"])
            stay = dice.choice([dice.uniform(0, 1), dice.uniform(0, LONGEST), dice.uniform(0, LONGEST), LONGEST])
            pressing = asyncio.create_task(self.press(line, keys, dice))
            with suppress(TimeoutError):
                await line.ended(stay)
            self.hung_up.append((keys, stay))
            await line.hang_up()
            pressing.cancel()
            await asyncio.gather(pressing, return_exceptions=True)
            await trunk.close()
            self.stage.hotline.phones.remove(trunk)

    async def press(self, line: object, keys: str, dice: random.Random) -> None:
        """The keys, one after the other."""
        for key in keys:
            await asyncio.sleep(dice.uniform(0, 0.6))
            with suppress(CallOver, NoKeys):
                await line.press(key)  # type: ignore[attr-defined]

    # -- seats -----------------------------------------------------------------------------------------------------

    async def sit(self, seat: int, phone: Phone) -> None:
        """A seat: takes, ignores or refuses what rings."""
        dice = random.Random(f"{self.seed}-seat-{seat}")
        while True:
            ringing = await phone.wait_for_call(3600)
            with suppress(CallOver, CallRefused, TimeoutError):
                await self.answer(ringing, dice)

    async def answer(self, ringing: IncomingCall, dice: random.Random) -> None:
        """As the agent's mood is."""
        mood = dice.choices(["talk", "short", "ignore", "refuse"], [6, 3, 1, 1])[0]
        self.moods[mood] += 1
        await asyncio.sleep(dice.uniform(0, 0.1))
        await ringing.ring()
        if mood == "ignore":
            await ringing.ended(30)
            return
        await asyncio.sleep(dice.choice([0, dice.uniform(0, 0.8)]))
        if mood == "refuse":
            await ringing.refuse(dice.choice([486, 603, 480]))
            return
        await ringing.answer()
        with suppress(TimeoutError):
            await ringing.ended(dice.uniform(0, 0.3) if mood == "short" else dice.uniform(0, 4))
        await ringing.hang_up()

    async def mind_the_seats(self) -> None:
        """A supervisor who sends everybody back to work."""
        while True:
            await asyncio.sleep(0.3)
            with suppress(HotlineError):
                for row in self.stage.hotline.ask({"do": "seats"})["ok"]:
                    if row["presence"] == "on_break" and row["seat"] in self.stage.seats and row["reason"] in ("missed", "busy", "rest"):
                        self.stage.hotline.ask({"do": "seat", "seat": row["seat"], "action": "available"})


def outcomes(hotline: Hotline, since: Moment) -> dict[str, int]:
    """What the figures say of all calls that arrived after ``since``; raises AssertionError where they contradict each other."""
    events = hotline.events()
    arrivals = [one for one in events if isinstance(one, e.CallArrived) and one.at.wall >= since.wall]
    calls = {one.call for one in arrivals}
    assert len(arrivals) == len(calls), "a call arrived twice"
    of_call: dict[CallId, list[e.Event]] = {call: [] for call in calls}
    for one in events:
        if getattr(one, "call", None) in of_call:
            of_call[one.call].append(one)  # type: ignore[attr-defined]
    for call, own in of_call.items():
        kinds = Counter(type(one) for one in own)
        assert kinds[e.CallEnded] == 1, (call, own)
        assert kinds[e.CallQueued] == kinds[e.TalkEnded] + kinds[e.CallAbandoned], (call, own)
        assert kinds[e.CallAnswered] == kinds[e.TalkEnded], (call, own)
        ends = kinds[e.RingNoAnswer] + kinds[e.OfferDeclined] + kinds[e.OfferWithdrawn] + kinds[e.CallAnswered]
        assert kinds[e.CallOffered] == ends, (call, own)
    reports = [day_report(day, [one for own in of_call.values() for one in own]) for day in {one.at.day() for one in arrivals}]
    counted = {
        name: sum(getattr(report.totals, name) for report in reports) for name in ("calls_arrived", "undecided", *CLASS_FIELDS.values())
    }
    assert sum(counted[name] for name in CLASS_FIELDS.values()) == counted["calls_arrived"] == len(calls)
    assert counted["undecided"] == 0
    journeys = JourneyFold().add_all(one for own in of_call.values() for one in own).journeys()
    assert not [one.call for one in journeys if one.open or one.call_class is None]
    return counted


def faults_in(log: str) -> list[str]:
    """Lines of a worker's log that say that something of ours went wrong."""
    return [line for line in log.splitlines() if '"level": "error"' in line or "Traceback" in line]


async def storm_leaves_nothing(stage: Scene, calls: int, at_once: int, seed: int) -> dict[str, int]:
    """Let it rage; afterwards nothing is left, and the figures are those of so many calls."""
    began = now()
    storm = Storm(stage, calls, at_once, seed)
    await storm.rage()
    await stage.calm()
    counted = outcomes(stage.hotline, began)
    assert counted["calls_arrived"] == calls
    assert faults_in(stage.hotline.log()) == []
    return {**counted, **{f"seats_{mood}": number for mood, number in sorted(storm.moods.items())}}
