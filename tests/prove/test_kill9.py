"""kill -9 of the line worker, again and again, while calls come, wait, ring and talk: nobody is dropped, every figure adds up."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from faults.house import House, house
from faults.scenes import SPEECH, Caller, call_shown, longest_gap, ms_apart, now
from faults.storm import outcomes

from hotline import events as e
from hotline.ids import CallId
from hotline.moment import Moment
from robots.errors import CallOver
from robots.incoming import IncomingCall
from robots.phone import Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.prove]
SEED = 12329
KILLS, SEATS, CALLERS = 40, 3, 6
CLOSE_MS = 50.0


@dataclass
class Shift:
    """Callers who come again and again, seats that talk; who talked when, by the telephones."""

    home: House
    dice: random.Random
    callers: list[Caller] = field(default_factory=list)
    talks: list[IncomingCall] = field(default_factory=list)
    kills: list[Moment] = field(default_factory=list)
    back: list[Moment] = field(default_factory=list)
    closing: bool = False

    async def call_again_and_again(self) -> None:
        """A caller who asks for an agent, talks as long as he is talked to, and sometimes loses patience."""
        while not self.closing:
            caller = await self.home.dial()
            self.callers.append(caller)
            asking = asyncio.create_task(self.ask(caller))
            with suppress(TimeoutError):
                await caller.line.ended(self.dice.uniform(5, 25))
            await caller.line.hang_up()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await asyncio.sleep(self.dice.uniform(0.1, 1))

    async def ask(self, caller: Caller) -> None:
        """0 until somebody listens (a key is lost when nobody is there to hear it), then speech."""
        with suppress(CallOver):
            caller.line.start_playing(SPEECH, loop=True)
            while True:
                await caller.line.press("0")
                await asyncio.sleep(2)

    async def sit(self, phone: Phone) -> None:
        """A seat that takes what rings and hangs up after a while, or leaves that to the caller."""
        while True:
            ringing = await phone.wait_for_call(3600)
            with suppress(CallOver, TimeoutError):
                await asyncio.sleep(self.dice.uniform(0, 0.3))
                await ringing.ring()
                await asyncio.sleep(self.dice.uniform(0, 1.5))
                await ringing.answer()
                ringing.start_playing(SPEECH, loop=True)
                self.talks.append(ringing)
                await ringing.ended(self.dice.uniform(2, 10))
            await ringing.hang_up()

    async def kill_again_and_again(self) -> None:
        """kill -9 at random moments; each time until the next worker serves."""
        for _ in range(KILLS):
            await asyncio.sleep(self.dice.uniform(0.3, 3))
            worker = self.home.worker
            os.kill(worker, signal.SIGKILL)
            self.kills.append(now())
            await self.home.replaced(worker, 20)
            self.back.append(now())

    async def run(self) -> None:
        """All of it, until the last call is over."""
        async with asyncio.TaskGroup() as group:
            staff = [group.create_task(self.sit(phone)) for phone in self.home.seats.values()]
            callers = [group.create_task(self.call_again_and_again()) for _ in range(CALLERS)]
            minding = group.create_task(self.mind())
            await self.kill_again_and_again()
            self.closing = True
            await asyncio.wait(callers)
            await self.home.hotline.until(lambda: self.home.hotline.ask({"do": "calls"})["ok"] == [], "no call is on", 30)
            for task in (minding, *staff):
                task.cancel()

    async def mind(self) -> None:
        """Everybody back to work who was sent on a break."""
        while True:
            await asyncio.sleep(0.5)
            with suppress(Exception):
                for row in self.home.hotline.ask({"do": "seats"})["ok"]:
                    if row["presence"] == "on_break" and row["reason"] in ("missed", "busy"):
                        self.home.hotline.ask({"do": "seat", "seat": row["seat"], "action": "available"})

    # -- what came of it -------------------------------------------------------------------------------------------

    def line_of(self) -> dict[CallId, Caller]:
        """The callers by their calls, as far as we ever saw them."""
        arrived = {one.caller: one.call for one in self.home.hotline.events(e.CallArrived)}
        return {arrived[caller.key]: caller for caller in self.callers if caller.key in arrived}

    def dropped(self) -> list[CallId]:
        """Talks that ended although neither side hung up."""
        lines = self.line_of()
        ended_by_others = [one for one in self.talks if one.ended_by == "peer"]
        return [call_shown(one) for one in ended_by_others if (call := lines.get(call_shown(one))) and call.line.moments.bye_sent is None]

    def errors_ms(self) -> tuple[list[float], list[float]]:
        """How far the ends of our talks are from the telephones' BYE: those we heard, those told by Asterisk's record."""
        lines, heard, recorded = self.line_of(), list[float](), list[float]()
        talks: dict[CallId, e.CallAnswered] = {}
        for one in self.home.hotline.events(e.CallAnswered, e.TalkEnded):
            if isinstance(one, e.CallAnswered):
                talks[one.call] = one
            elif isinstance(one, e.TalkEnded) and one.by != "switch":
                phone = min(self.talks, key=lambda talk, at=talks[one.call].at: ms_apart(talk.moments.answered, at))
                byes = [at for at in (phone.moments.bye_sent, lines[one.call].line.moments.bye_sent) if at is not None]
                (recorded if one.estimated else heard).append(min(ms_apart(one.at, bye) for bye in byes))
        return heard, recorded

    def over_a_kill(self) -> list[IncomingCall]:
        """Talks during which a worker died."""
        spans = [(talk, talk.moments.answered, talk.moments.ended) for talk in self.talks]
        return [talk for talk, one, other in spans if one and other and any(one.mono < kill.mono < other.mono for kill in self.kills)]

    def longest_gap_s(self) -> float:
        """The longest silence an agent heard in a talk over which a worker died; the murmur pauses for 0.2 s at most."""
        gaps = [0.0]
        lines = self.line_of()
        for talk in self.over_a_kill():
            answered, ended, caller = talk.moments.answered, talk.moments.ended, lines.get(call_shown(talk))
            assert answered is not None
            assert ended is not None
            if caller is None:
                continue
            bye = caller.line.moments.bye_sent
            until = bye if bye is not None and bye.mono < ended.mono else ended
            if until.mono - answered.mono > 4_000_000:  # joined at the latest when the next worker was there
                gaps.append(longest_gap(talk, answered.after(timedelta(seconds=3)), until.after(timedelta(seconds=-0.5))))
        return max(gaps)


def worst(errors: list[float]) -> dict[str, float]:
    """How many, and the worst of them; the last of twenty apart, for a stalled machine may sit on a BYE."""
    ordered = sorted(errors)
    return {"n": len(errors), "p95": ordered[len(errors) * 95 // 100] if errors else 0.0, "max": ordered[-1] if errors else 0.0}


async def test_40_kills_drop_no_talk(tmp_path: Path, evidence: Callable[..., None]) -> None:
    async with house(tmp_path, seats={"count": SEATS, "ring_s": 10}) as home:
        await home.run()
        await home.staff(*range(1, SEATS + 1))
        began = now()
        shift = Shift(home, random.Random(SEED))
        await shift.run()
        await home.calm()
        counted = outcomes(home.hotline, began)
        times = sorted(ms_apart(one, other) for one, other in zip(shift.kills, shift.back, strict=True))
        heard, recorded = shift.errors_ms()
        evidence(
            seed=SEED,
            kills=len(shift.kills),
            calls=len(shift.callers),
            talks_over_a_kill=len(shift.over_a_kill()),
            talks_dropped=len(shift.dropped()),
            longest_gap_in_a_talk_s=shift.longest_gap_s(),
            served_again_ms={"p50": times[len(times) // 2], "max": times[-1]},
            talk_end_error_ms={"heard": worst(heard), "from_record": worst(recorded)},
            **counted,
        )
        assert shift.dropped() == []
        assert counted["calls_arrived"] == len(shift.callers)
        assert max(recorded, default=0.0) < CLOSE_MS
        assert worst(heard)["p95"] < CLOSE_MS
        assert shift.longest_gap_s() < 0.4
