"""The fake exchange keeps the contract, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from hotline.ids import RecordingId
from telephony.fake import FakeExchange
from telephony.fake_line import FakeCaller
from telephony.fake_phone import FakePhone
from telephony.ports import Sound
from telephony.virtual_time import LoopClock, run_virtually
from tests.contracts.telephony import ENDPOINT, RULES, Manner, Stage
from tests.telephony.real_stage import seconds_in

T = TypeVar("T")


class Person:
    """A fake caller with the hands of the contract."""

    def __init__(self, caller: FakeCaller) -> None:
        self.caller = caller

    async def press(self, keys: str) -> None:
        self.caller.press(keys)

    async def hang_up(self) -> None:
        self.caller.hang_up()


class Agent:
    """A fake phone with the hands of the contract."""

    def __init__(self, phone: FakePhone) -> None:
        self.phone = phone

    async def hang_up(self) -> None:
        self.phone.hang_up()

    async def hold(self, held: bool) -> None:
        self.phone.hold(held)

    async def dial(self, code: str, argument: str) -> None:
        self.phone.dial(code, argument)

    async def unplug(self) -> None:
        self.phone.unplug()

    async def plug_in(self) -> None:
        self.phone.plug_in()


class FakeStage:
    """The fake exchange as a stage."""

    sound: Sound = "/prompts/short"
    long_sound: Sound = "/prompts/long"

    def __init__(self, spool: Path) -> None:
        self.exchange = FakeExchange(LoopClock(), lambda sound: 10.0 if sound.endswith("long") else 1.0, spool)
        self.switch = self.exchange.switch
        self.phones = self.exchange.phones
        self._signals = self.switch.signals()

    async def call(self, ani: str = "13900001111") -> Person:
        return Person(self.exchange.call(ani))

    async def seat(self, manner: Manner = "answer") -> Agent:
        return Agent(self.exchange.phone(ENDPOINT, manner))

    async def signal(self, kind: type[T], where: Callable[[T], bool] = lambda signal: True) -> T:
        async with asyncio.timeout(30):
            async for signal in self._signals:
                if isinstance(signal, kind) and where(signal):
                    return signal
        raise AssertionError(f"no {kind.__name__}")

    async def cut(self) -> None:
        self.exchange.cut()

    async def mend(self) -> None:
        self.exchange.reconnect()

    async def recorded(self, name: RecordingId) -> float:
        return seconds_in(self.exchange.spool_folder / f"{name}.wav")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_fake_exchange_keeps_the_rule(rule: Callable[[Stage], Awaitable[None]], tmp_path: Path) -> None:
    async def play() -> None:
        await rule(FakeStage(tmp_path))

    run_virtually(play())
