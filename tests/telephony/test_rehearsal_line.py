"""The line without a telephone keeps the rules of a line, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from hotline.ids import CallId, ChannelId, RecordingId
from telephony.ports import Arrival, Found, LineEnded, LineHeld, Sound
from telephony.rehearsal_line import RehearsalLine
from telephony.virtual_time import LoopClock, run_virtually
from tests.contracts.telephony import ANI, Stage
from tests.telephony.agi_stage import LINE_RULES, AgiStage

CALL = CallId("c-20251125-01")


class Person:
    """Somebody at a keyboard with the hands of the contract."""

    def __init__(self, stage: RehearsalStage) -> None:
        self.stage = stage

    async def press(self, keys: str) -> None:
        for number, key in enumerate(keys):
            asyncio.get_running_loop().call_later(number * 0.2, self.stage.line.press, key)

    async def hang_up(self) -> None:
        self.stage.line.leave()


class RehearsalStage(AgiStage):
    """One line; it is its own switch, and tells nothing by itself."""

    sound: Sound = "/prompts/short"
    long_sound: Sound = "/prompts/long"

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.line = RehearsalLine(self.clock, lambda sound: 10.0 if sound.endswith("long") else 1.0, call=CALL)
        self.switch = RehearsalSwitch(self)  # type: ignore[assignment]

    async def recorded(self, name: RecordingId) -> float:
        return self.line.recorded.get(name, 0.0)

    async def call(self, ani: str = ANI) -> Person:
        return Person(self)

    async def signal(self, kind: type[object], where: object = None) -> object:  # type: ignore[override]
        if kind is Arrival:
            return Arrival(CALL, ChannelId("rehearsal"), ANI, "12329", "carrier", self.clock.now())
        while not self.line.hung_up:
            await asyncio.sleep(0.1)
        assert self.line.gone_at is not None
        return LineEnded(CALL, ChannelId("rehearsal"), self.line.gone_at, by_caller=True)


class RehearsalSwitch:
    """Hands the one line out."""

    def __init__(self, stage: RehearsalStage) -> None:
        self.stage = stage
        self.held = False

    @asynccontextmanager
    async def line(self, arrival: Arrival) -> AsyncIterator[RehearsalLine]:
        if self.held:
            raise LineHeld
        self.held = True
        try:
            yield self.stage.line
        finally:
            self.held = False

    async def found(self) -> Found:
        return Found(self.stage.clock.now(), (), (), frozenset())


ITS_RULES = [rule for rule in LINE_RULES if rule.__name__ != "our_own_hang_up_is_not_the_callers"]
"""Nobody asks a rehearsal who hung up."""


@pytest.mark.parametrize("rule", ITS_RULES, ids=lambda rule: rule.__name__)
def test_a_rehearsal_keeps_the_rule(rule: Callable[[Stage], Awaitable[None]]) -> None:
    async def play() -> None:
        await rule(RehearsalStage())

    run_virtually(play())


def test_the_person_is_shown_what_is_said_and_told_when_a_key_is_waited_for() -> None:
    shown: list[tuple[Sound, ...]] = []
    waits: list[float] = []

    async def play() -> None:
        line = RehearsalLine(LoopClock(), lambda sound: 1.0, lambda sounds: shown.append(tuple(sounds)))
        line.on_wait = lambda: waits.append(asyncio.get_running_loop().time())
        line.press("1")
        assert await line.say("skipped") == "1"
        assert await line.say("a", "b") is None
        line.press("2")
        assert await line.key(timedelta(seconds=5)) == "2"
        assert await line.key(timedelta(seconds=5)) is None

    run_virtually(play())
    assert shown == [("a", "b")]
    assert waits == [2.0]
